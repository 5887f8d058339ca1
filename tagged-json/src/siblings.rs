//! Members of an envelope besides tag and content, put into a struct around the enum.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeSeq};

use crate::capture::{Captured, Text};
use crate::context::{self, Note};
use crate::error::Kind;
use crate::key::Key;
use crate::message::Message;
use crate::replay::Replay;
use crate::whole::{self, Form, Layout, Source};

/// A struct around an enum of messages. Implemented by `#[derive(Envelope)]` on structs.
#[expect(clippy::missing_errors_doc, reason = "called by this module alone")]
pub trait Around<'de>: Sized {
    /// The name of the struct.
    const NAME: &'static str;
    /// The positions of siblings, for a body that is an array.
    const POSITIONS: &'static [usize] = &[];
    /// Whether members that nobody knows are kept.
    const EXTRA: bool = false;
    /// The enum.
    type Body: Message<'de>;
    /// The siblings that are members: serde's own derive reads them.
    type Members: Deserialize<'de>;

    /// Puts it together from members.
    fn from_members<D: Deserializer<'de>>(
        body: Self::Body,
        members: Self::Members,
        extra: D,
    ) -> Result<Self, D::Error>;
    /// Puts it together from elements.
    fn from_elements<E: de::Error>(body: Self::Body, elements: &mut Kept<'de>) -> Result<Self, E>;
}

/// Reads a struct with a body.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn deserialize<'de, T: Around<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    whole::deserialize::<Surrounded<T>, D>(deserializer)
}

struct Surrounded<T>(PhantomData<T>);

impl<'de, T: Around<'de>> Layout<'de> for Surrounded<T> {
    type Value = T;
    const FORM: Form = Form::Either;

    fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if T::POSITIONS.is_empty() { "object" } else { "array" };
        write!(f, "an {form} for {}", T::NAME)
    }

    fn map<A: MapAccess<'de>>(source: Source<'_, 'de>, map: A) -> Result<T, A::Error> {
        if !T::POSITIONS.is_empty() {
            return Err(de::Error::invalid_type(de::Unexpected::Map, &"an array"));
        }
        let mut live = BesideMembers::<T, A> {
            live: map,
            names: names::<T::Members>(),
            kept: Vec::new(),
            extra: Vec::new(),
            value: None,
            around: PhantomData,
        };
        let body = T::Body::from_map(source.without_text(), &mut live)?;
        let BesideMembers { kept, extra, .. } = live;
        let members = T::Members::deserialize(Replay::new(kept))
            .map_err(|error| context::within(error, T::NAME, None, None))?;
        T::from_members(body, members, Replay::new(extra))
    }

    fn seq<A: SeqAccess<'de>>(source: Source<'_, 'de>, seq: A) -> Result<T, A::Error> {
        if T::POSITIONS.is_empty() {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &"an object"));
        }
        let mut kept = Kept { name: T::NAME, elements: Vec::new() };
        let live =
            BesideElements::<T, A> { live: seq, at: 0, kept: &mut kept, around: PhantomData };
        let body = T::Body::from_seq(source.without_text(), live)?;
        T::from_elements(body, &mut kept)
    }
}

/// Passes to the body what belongs to it, and keeps the rest as checked text.
struct BesideMembers<'de, T, A> {
    live: A,
    names: &'static [&'static str],
    kept: Vec<(Cow<'de, str>, Captured<'de>)>,
    extra: Vec<(Cow<'de, str>, Captured<'de>)>,
    /// The value of a member that a sibling shares with the body.
    value: Option<Captured<'de>>,
    around: PhantomData<T>,
}

impl<'de, T: Around<'de>, A: MapAccess<'de>> MapAccess<'de> for BesideMembers<'de, T, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.live.next_key_seed(Text)? {
            let sibling = self.names.contains(&&*name);
            let wanted = T::Body::wants(&name, sibling);
            if sibling {
                let value: Captured<'de> = self.live.next_value()?;
                self.value = wanted.then(|| value.clone());
                self.kept.push((name.clone(), value));
            } else if T::EXTRA && !wanted {
                self.extra.push((name, self.live.next_value()?));
                continue;
            }
            if wanted || !sibling {
                return seed.deserialize(Key::new(name)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.value.take() {
            Some(value) => value.decode(seed),
            None => self.live.next_value_seed(seed),
        }
    }
}

/// Keeps the elements at the siblings' positions.
struct BesideElements<'k, 'de, T, A> {
    live: A,
    at: usize,
    kept: &'k mut Kept<'de>,
    around: PhantomData<T>,
}

impl<'de, T: Around<'de>, A: SeqAccess<'de>> SeqAccess<'de> for BesideElements<'_, 'de, T, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        loop {
            let at = self.at;
            self.at += 1;
            if !T::POSITIONS.contains(&at) {
                return self.live.next_element_seed(seed);
            }
            let Some(element) = self.live.next_element::<Captured<'de>>()? else { return Ok(None) };
            self.kept.elements.push((at, element.clone()));
            // The body counts the positions in front of its own last one.
            let last = T::Body::TAG_AT.max(T::Body::CONTENT_AT.unwrap_or(0));
            if isize::try_from(at).is_ok_and(|at| at < last) {
                return element.decode(seed).map(Some);
            }
        }
    }
}

/// The elements at the siblings' positions.
#[derive(Debug)]
pub struct Kept<'de> {
    name: &'static str,
    elements: Vec<(usize, Captured<'de>)>,
}

impl<'de> Kept<'de> {
    /// Reads the sibling at one position.
    #[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
    pub fn take<T: Deserialize<'de>, E: de::Error>(
        &mut self,
        at: usize,
        field: &'static str,
    ) -> Result<T, E> {
        let Some((_, element)) = self.elements.iter().find(|(position, _)| *position == at) else {
            let text = format!("missing element {at}, `{field}` of {}", self.name);
            return Err(Note::new(Kind::Length, self.name, text).raise());
        };
        element
            .decode(PhantomData::<T>)
            .map_err(|error| context::within(error, self.name, Some(field), Some(at)))
    }
}

/// The names of a struct's members, as its own `Deserialize` asks for them.
fn names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    match T::deserialize(Probe) {
        Err(Names(names)) => names,
        Ok(_) => &[],
    }
}

struct Probe;

#[derive(Debug)]
struct Names(&'static [&'static str]);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not read, only asked")
    }
}

impl std::error::Error for Names {}

impl de::Error for Names {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Names(&[])
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Names;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Names> {
        Err(Names(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Names> {
        Err(Names(fields))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The siblings of a body that is an array, for writing.
#[expect(clippy::missing_errors_doc, reason = "called by this module alone")]
pub trait WriteAt {
    /// Writes the sibling that stands at this position; `false` if none does.
    fn write_at<S: SerializeSeq>(&self, at: usize, seq: &mut S) -> Result<bool, S::Error>;
}

/// An open array in which siblings take the places that the body leaves as `null`.
#[derive(Debug)]
pub struct Beside<'s, S, W> {
    seq: S,
    at: usize,
    siblings: &'s W,
}

impl<'s, S: SerializeSeq, W: WriteAt> Beside<'s, S, W> {
    /// Nothing is written yet.
    pub fn new(seq: S, siblings: &'s W) -> Self {
        Beside { seq, at: 0, siblings }
    }

    /// Writes the body and every sibling.
    #[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
    pub fn write<B: Serialize>(mut self, body: &B) -> Result<S::Ok, S::Error> {
        body.serialize(crate::splice::IntoSeq(&mut self))?;
        while self.siblings.write_at(self.at, &mut self.seq)? {
            self.at += 1;
        }
        self.seq.end()
    }
}

impl<S: SerializeSeq, W: WriteAt> SerializeSeq for Beside<'_, S, W> {
    type Ok = ();
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        if !self.siblings.write_at(self.at, &mut self.seq)? {
            self.seq.serialize_element(value)?;
        }
        self.at += 1;
        Ok(())
    }

    fn end(self) -> Result<(), S::Error> {
        Ok(())
    }
}

/// Writes an object's members into an open object, but for those that a sibling writes.
#[derive(Debug)]
pub struct Without<'m, M> {
    map: &'m mut M,
    names: &'m [&'m str],
    skip: bool,
}

impl<'m, M: serde::ser::SerializeMap> Without<'m, M> {
    /// Leaves out `names`.
    pub fn new(map: &'m mut M, names: &'m [&'m str]) -> Self {
        Without { map, names, skip: false }
    }
}

impl<M: serde::ser::SerializeMap> serde::ser::SerializeMap for Without<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), M::Error> {
        let name = serde_json::to_value(key).map_err(M::Error::custom)?;
        self.skip = name.as_str().is_some_and(|name| self.names.contains(&name));
        if self.skip { Ok(()) } else { self.map.serialize_key(key) }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), M::Error> {
        if self.skip { Ok(()) } else { self.map.serialize_value(value) }
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

/// The names under which a value writes its members.
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn written<T: Serialize, E: serde::ser::Error>(value: &T) -> Result<Vec<String>, E> {
    match serde_json::to_value(value).map_err(E::custom)? {
        serde_json::Value::Object(members) => {
            Ok(members.into_iter().map(|(name, _)| name).collect())
        }
        _ => Ok(Vec::new()),
    }
}
