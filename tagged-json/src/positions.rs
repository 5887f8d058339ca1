//! The elements of an array, one field after the other.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, IgnoredAny, SeqAccess};

use crate::capture::Captured;
use crate::context::{self, Document, Note};
use crate::error::Kind;

/// How many elements an array may have, the tag and its siblings included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    /// The fewest.
    pub(crate) min: usize,
    /// The most; `None` where more are skipped.
    pub(crate) max: Option<usize>,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) if max == self.min => write!(f, "{max}"),
            Some(max) => write!(f, "{} to {max}", self.min),
            None => write!(f, "at least {}", self.min),
        }
    }
}

/// Reads the fields of `name`, the next one from position `at`.
#[derive(Debug)]
pub struct Positions<A> {
    seq: A,
    name: &'static str,
    count: Count,
    at: usize,
    ended: bool,
}

#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
impl<'de, A: SeqAccess<'de>> Positions<A> {
    /// Starts behind `at` elements that were read already.
    #[inline]
    pub fn new(seq: A, at: usize) -> Self {
        Positions { seq, name: "", count: Count { min: 0, max: None }, at, ended: false }
    }

    /// Says whose fields they are; `count` is without what was read already.
    #[inline]
    #[must_use]
    pub fn of(self, name: &'static str, min: usize, max: Option<usize>) -> Self {
        let count = Count { min: self.at + min, max: max.map(|max| self.at + max) };
        Positions { name, count, ..self }
    }

    /// A field that has to be there.
    #[inline]
    pub fn required<T: Deserialize<'de>>(&mut self, field: &'static str) -> Result<T, A::Error> {
        self.required_seed(field, std::marker::PhantomData)
    }

    /// The same, read by a function of the user's.
    #[inline]
    pub fn required_seed<S: DeserializeSeed<'de>>(
        &mut self,
        field: &'static str,
        seed: S,
    ) -> Result<S::Value, A::Error> {
        match self.seq.next_element_seed(seed) {
            Ok(Some(value)) => {
                self.at += 1;
                Ok(value)
            }
            Ok(None) => Err(wrong_number(self.name, self.count, self.at, None)),
            Err(error) => Err(context::within(error, self.name, Some(field), Some(self.at))),
        }
    }

    /// A field that the array may end before.
    #[inline]
    pub fn optional<T: Deserialize<'de>>(
        &mut self,
        field: &'static str,
    ) -> Result<Option<T>, A::Error> {
        self.optional_seed(field, std::marker::PhantomData)
    }

    /// The same, read by a function of the user's.
    #[inline]
    pub fn optional_seed<S: DeserializeSeed<'de>>(
        &mut self,
        field: &'static str,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        if self.ended {
            return Ok(None);
        }
        match self.seq.next_element_seed(seed) {
            Ok(Some(value)) => {
                self.at += 1;
                Ok(Some(value))
            }
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Err(error) => Err(context::within(error, self.name, Some(field), Some(self.at))),
        }
    }

    /// A position that means nothing.
    #[inline]
    pub fn hole(&mut self) -> Result<(), A::Error> {
        self.required::<IgnoredAny>("hole").map(|_| ())
    }

    /// All the elements that are left, as one value.
    pub fn rest<T: Deserialize<'de>>(&mut self, field: &'static str) -> Result<T, A::Error> {
        let read = T::deserialize(SeqAccessDeserializer::new(&mut *self));
        read.map_err(|error| context::within(error, self.name, Some(field), Some(self.at)))
    }

    /// The array has to end here, or what follows is skipped.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "3 % of an array of three fields; rustc does not")]
    pub fn finish(mut self) -> Result<(), A::Error> {
        if self.ended {
            return Ok(());
        }
        if self.count.max.is_none() {
            while self.seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        match self.seq.next_element_seed(Extra)? {
            None => Ok(()),
            Some(extra) => Err(too_long(self.seq, self.name, self.count, self.at, &extra)),
        }
    }
}

// Not methods: whose address is taken has to live in memory, on the way that is not cold too.

#[cold]
#[inline(never)]
fn too_long<'de, A: SeqAccess<'de>>(
    mut seq: A,
    name: &'static str,
    count: Count,
    read: usize,
    extra: &Captured<'de>,
) -> A::Error {
    let mut found = read + 1;
    loop {
        match seq.next_element::<IgnoredAny>() {
            Ok(Some(_)) => found += 1,
            Ok(None) => {
                return wrong_number(name, count, found, Document::position_of(&extra.0));
            }
            Err(error) => return error,
        }
    }
}

#[cold]
#[inline(never)]
fn wrong_number<E: de::Error>(
    name: &'static str,
    count: Count,
    found: usize,
    place: Option<usize>,
) -> E {
    let text = format!("wrong number of elements in {name}: {found}, expected {count}");
    let consumed = place.map(|place| place + 1);
    Note { consumed, ..Note::new(Kind::Length, name, text) }.raise()
}

/// An element too many. Not inlined: it is there for the error alone.
struct Extra;

impl<'de> DeserializeSeed<'de> for Extra {
    type Value = Captured<'de>;

    #[cold]
    #[inline(never)]
    fn deserialize<D: de::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        Captured::deserialize(deserializer)
    }
}

/// What is left of the array, for a rest field.
impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Positions<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        if self.ended {
            return Ok(None);
        }
        let next = self.seq.next_element_seed(seed)?;
        match next {
            Some(_) => self.at += 1,
            None => self.ended = true,
        }
        Ok(next)
    }

    fn size_hint(&self) -> Option<usize> {
        self.seq.size_hint()
    }
}

/// The visitor of a derived array, and of a variant with several fields in one.
pub trait Elements<'de>: Sized {
    /// The name in errors.
    const NAME: &'static str;
    /// Reads the fields.
    #[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
    fn elements<A: SeqAccess<'de>>(seq: Positions<A>) -> Result<Self, A::Error>;
}

struct ArrayVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Elements<'de>> de::Visitor<'de> for ArrayVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array for {}", T::NAME)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::elements(Positions::new(seq, 0))
    }
}

/// Reads a derived array.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn deserialize<'de, T: Elements<'de>, D: de::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_seq(ArrayVisitor(std::marker::PhantomData))
}
