//! Members that were read ahead, as an object again.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::vec;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::capture::{Captured, RAW, RawText};
use crate::key::Key;

pub(crate) type Pairs<'de> = Vec<(Cow<'de, str>, Captured<'de>)>;

pub(crate) struct Replay<'de, E> {
    members: vec::IntoIter<(Cow<'de, str>, Captured<'de>)>,
    value: Option<Captured<'de>>,
    error: PhantomData<E>,
}

impl<'de, E> Replay<'de, E> {
    pub(crate) fn new(members: Pairs<'de>) -> Self {
        Replay { members: members.into_iter(), value: None, error: PhantomData }
    }
}

/// The members as the text of an object; values as they were.
pub(crate) fn text<'a, 'de: 'a, E: de::Error>(
    members: impl IntoIterator<Item = &'a (Cow<'de, str>, Captured<'de>)>,
) -> Result<String, E> {
    let mut text = String::from("{");
    for (name, value) in members {
        text.push_str(if text.len() > 1 { "," } else { "" });
        text.push_str(&serde_json::to_string(name).map_err(E::custom)?);
        text.push(':');
        text.push_str(&value.0);
    }
    text.push('}');
    Ok(text)
}

impl<'de, E: de::Error> MapAccess<'de> for Replay<'de, E> {
    type Error = E;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, E> {
        let Some((name, value)) = self.members.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Key::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, E> {
        match self.value.take() {
            Some(value) => value.decode(seed),
            None => Err(E::custom("a value without its name")),
        }
    }
}

impl<'de, E: de::Error> Deserializer<'de> for Replay<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_map(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        if name != RAW {
            return visitor.visit_newtype_struct(self);
        }
        visitor.visit_map(RawText::new(text(self.members.as_slice())?))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        MapAccessDeserializer::new(self).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
