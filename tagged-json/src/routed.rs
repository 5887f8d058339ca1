//! The tag at a path, two tags, or no tag but the members that are there.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::capture::{Captured, Text};
use crate::message::{self, ContentSeed, Found, Message, TagSeed};
use crate::replay::{self, Pairs, Replay};
use crate::tag::Tag;
use crate::whole::{self, Form, Layout, Source};

/// Separates the two tags of a pair where they are looked up; no JSON name holds it unescaped.
pub(crate) const PAIR: char = '\0';

/// Reads a message whose tag has to be looked for.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn routed<'de, M: Message<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    whole::deserialize::<Routed<M>, D>(deserializer)
}

/// Reads a message that is known by one of its members.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn present<'de, M: Message<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    whole::deserialize::<Present<M>, D>(deserializer)
}

pub(crate) struct Routed<M>(PhantomData<M>);

impl<'de, M: Message<'de>> Layout<'de> for Routed<M> {
    type Value = M;
    const FORM: Form = Form::Object;
    const CAPTURE: bool = M::OTHER_BORROWS;

    fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the tag `{}` for {}", M::TAG, M::NAME)
    }

    fn map<A: MapAccess<'de>>(source: Source<'_, 'de>, map: A) -> Result<M, A::Error> {
        let members = read_all(map, |name| {
            let mut heads =
                M::TAG_PATHS.iter().chain(M::CONTENT_PATHS).filter_map(|path| path.first());
            heads.any(|head| *head == name).then(|| message::duplicate::<M, A::Error>(name))
        })?;
        let Some(found) = find_tag::<M, A::Error>(&members)? else {
            return match M::DEFAULT {
                Some(index) => content(index, members),
                None => Err(message::missing_tag::<M, _>()),
            };
        };
        match found {
            Found::Variant(index) => content(index, members),
            Found::Other(tag) if M::CONTENT_PATHS.is_empty() => {
                M::other(tag, Some(whole_text(source, &members)?))
            }
            Found::Other(tag) => M::other(tag, find_content::<M, A::Error>(&members)?),
        }
    }
}

fn content<'de, M: Message<'de>, E: de::Error>(index: usize, members: Pairs<'de>) -> Result<M, E> {
    if M::CONTENT_PATHS.is_empty() {
        return M::content(index, Replay::new(members))
            .map_err(|error| message::in_variant::<M, E>(error, index));
    }
    match find_content::<M, E>(&members)? {
        Some(content) => content.decode(ContentSeed::new(index)),
        None => message::without_content(index),
    }
}

fn find_content<'de, M: Message<'de>, E: de::Error>(
    members: &Pairs<'de>,
) -> Result<Option<Captured<'de>>, E> {
    let mut found = None;
    for path in M::CONTENT_PATHS {
        if let Some(value) = find(members, path)? {
            if found.is_some() {
                return Err(message::duplicate::<M, E>(&path.join(".")));
            }
            found = Some(value);
        }
    }
    Ok(found)
}

fn find_tag<'de, M: Message<'de>, E: de::Error>(
    members: &Pairs<'de>,
) -> Result<Option<Found<'de>>, E> {
    let [first, rest @ ..] = M::TAG_PATHS else { return Ok(None) };
    let Some(tag) = find(members, first)? else { return Ok(None) };
    let [second] = rest else { return tag.decode(TagSeed::<M>::new()).map(Some) };
    let Some(second) = find(members, second)? else { return Ok(None) };
    let (first, second): (Cow<'_, str>, Cow<'_, str>) = (tag.decode(Text)?, second.decode(Text)?);
    if let Some(index) = M::by_str(&format!("{first}{PAIR}{second}")) {
        return Ok(Some(Found::Variant(index)));
    }
    let shown = Tag::from(format!("{first} {second}"));
    if M::OTHER { Ok(Some(Found::Other(shown))) } else { Err(message::unknown_tag::<M, E>(shown)) }
}

fn whole_text<'de, E: de::Error>(
    source: Source<'_, 'de>,
    members: &Pairs<'de>,
) -> Result<Captured<'de>, E> {
    match source.whole() {
        Some(text) => Ok(Captured(Cow::Borrowed(text))),
        None => replay::text(members).map(|text| Captured(Cow::Owned(text))),
    }
}

fn read_all<'de, A: MapAccess<'de>>(
    mut map: A,
    refuse: impl Fn(&str) -> Option<A::Error>,
) -> Result<Pairs<'de>, A::Error> {
    let mut members: Pairs<'de> = Vec::new();
    while let Some(name) = map.next_key_seed(Text)? {
        if members.iter().any(|(other, _)| *other == name) {
            refuse(&name).map_or(Ok(()), Err)?;
        }
        members.push((name, map.next_value()?));
    }
    Ok(members)
}

fn find<'de, E: de::Error>(
    members: &Pairs<'de>,
    path: &[&str],
) -> Result<Option<Captured<'de>>, E> {
    let [head, tail @ ..] = path else { return Ok(None) };
    match members.iter().find(|(name, _)| name == head) {
        Some((_, value)) if tail.is_empty() => Ok(Some(value.clone())),
        Some((_, value)) => value.decode(At(tail)),
        None => Ok(None),
    }
}

/// The value at a path, if everything on the way is an object that has it.
struct At<'p>(&'p [&'p str]);

impl<'de> de::DeserializeSeed<'de> for At<'_> {
    type Value = Option<Captured<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! nothing {
    ($($method:ident($ty:ty),)*) => {$(
        fn $method<E>(self, _: $ty) -> Result<Self::Value, E> {
            Ok(None)
        }
    )*};
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Option<Captured<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let [head, tail @ ..] = self.0 else { return Ok(None) };
        let mut found = None;
        while let Some(name) = map.next_key_seed(Text)? {
            if name != *head {
                map.next_value::<IgnoredAny>()?;
            } else if found.is_some() {
                return Err(de::Error::custom(format_args!(
                    "duplicate member `{head}` on the way to the tag"
                )));
            } else if tail.is_empty() {
                found = Some(Some(map.next_value()?));
            } else {
                found = Some(map.next_value_seed(At(tail))?);
            }
        }
        Ok(found.flatten())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    nothing! { visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str), }
}

pub(crate) struct Present<M>(PhantomData<M>);

impl<'de, M: Message<'de>> Layout<'de> for Present<M> {
    type Value = M;
    const FORM: Form = Form::Object;
    const CAPTURE: bool = M::OTHER_BORROWS;

    fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object for {}", M::NAME)
    }

    fn map<A: MapAccess<'de>>(source: Source<'_, 'de>, map: A) -> Result<M, A::Error> {
        let members = read_all(map, |name| {
            M::by_str(name).is_some().then(|| message::duplicate::<M, A::Error>(name))
        })?;
        // The variant that was declared first wins: a request has a method, whatever else it has.
        let known = members.iter().filter_map(|(name, _)| M::by_str(name)).min().or(M::DEFAULT);
        match known {
            Some(index) => M::content(index, Replay::new(members))
                .map_err(|error| message::in_variant::<M, A::Error>(error, index)),
            None if M::OTHER => M::other("".into(), Some(whole_text(source, &members)?)),
            None => Err(message::no_member::<M, A::Error>()),
        }
    }
}
