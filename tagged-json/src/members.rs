//! The members of a flat message without its tag: some read ahead, the rest still to come.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::vec;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::capture::{Captured, RAW, RawText, Text};
use crate::flat;
use crate::key::Key;
use crate::message::{self, Message};
use crate::tag::Tag;

pub(crate) struct Members<'de, M, A> {
    live: A,
    /// Whether something that was read ahead is left.
    ahead: bool,
    early: vec::IntoIter<(Cow<'de, str>, Captured<'de>)>,
    value: Option<Captured<'de>>,
    ended: bool,
    message: PhantomData<M>,
}

impl<'de, M: Message<'de>, A: MapAccess<'de>> Members<'de, M, A> {
    #[inline]
    pub(crate) fn new(live: A) -> Self {
        Self::replaying(live, Vec::new())
    }

    #[inline]
    pub(crate) fn replaying(live: A, early: Vec<(Cow<'de, str>, Captured<'de>)>) -> Self {
        let ahead = !early.is_empty();
        let early = early.into_iter();
        Members { live, ahead, early, value: None, ended: false, message: PhantomData }
    }

    /// The name of the next member that is not the tag.
    #[inline]
    fn next_name(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        if self.ahead {
            if let Some(name) = self.next_early() {
                return Ok(Some(name));
            }
        }
        match self.live.next_key_seed(Text)? {
            Some(name) if name == M::TAG => Err(message::duplicate::<M, _>(M::TAG)),
            Some(name) => Ok(Some(name)),
            None => {
                self.ended = true;
                Ok(None)
            }
        }
    }

    /// What was read ahead.
    fn next_early(&mut self) -> Option<Cow<'de, str>> {
        let next = self.early.next();
        self.ahead = next.is_some();
        let (name, value) = next?;
        self.value = Some(value);
        Some(name)
    }

    /// Reads to the end, so that a second tag is found.
    #[inline]
    pub(crate) fn drain(&mut self) -> Result<(), A::Error> {
        if self.ended { Ok(()) } else { flat::skip_all(self) }
    }

    /// The whole message as text again: values as they were, the tag first.
    pub(crate) fn rebuild(&mut self, tag: &Tag<'_>) -> Result<String, A::Error> {
        let json = |text: serde_json::Result<String>| text.map_err(de::Error::custom);
        let mut text = format!(
            "{{{}:{}",
            json(serde_json::to_string(M::TAG))?,
            json(serde_json::to_string(tag))?
        );
        append(self, &mut text, true)?;
        Ok(text)
    }
}

/// Adds members to the text of an object, and closes it.
fn append<'de, A: MapAccess<'de>>(
    members: &mut A,
    text: &mut String,
    mut more: bool,
) -> Result<(), A::Error> {
    while let Some(name) = members.next_key_seed(Text)? {
        let value = members.next_value::<Captured<'de>>()?;
        text.push_str(if more { "," } else { "" });
        text.push_str(&serde_json::to_string(&name).map_err(de::Error::custom)?);
        text.push(':');
        text.push_str(&value.0);
        more = true;
    }
    text.push('}');
    Ok(())
}

impl<'de, M: Message<'de>, A: MapAccess<'de>> MapAccess<'de> for Members<'de, M, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.next_name()? {
            Some(name) => seed.deserialize(Key::new(name)).map(Some),
            None => Ok(None),
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.value.take() {
            Some(value) => value.decode(seed),
            None => self.live.next_value_seed(seed),
        }
    }
}

/// The members as the value that a variant's content is.
pub(crate) struct MembersDeserializer<'m, A>(pub(crate) &'m mut A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for MembersDeserializer<'_, A> {
    type Error = A::Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        flat::skip_all(self.0)?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        if name != RAW {
            return visitor.visit_newtype_struct(self);
        }
        let mut text = String::from("{");
        append(self.0, &mut text, false)?;
        visitor.visit_map(RawText::new(text))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        MapAccessDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        seq tuple tuple_struct map struct identifier
    }
}
