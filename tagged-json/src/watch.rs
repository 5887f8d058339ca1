//! Looks at a member's name in passing, without holding it.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use crate::capture::Text;
use crate::key::Key;
use crate::message::{self, Message};

/// A seed, a deserializer or a visitor of a name; notes when it is that of the tag.
pub(crate) struct Watch<'w, M, T> {
    inner: T,
    tag_seen: &'w Cell<bool>,
    message: PhantomData<M>,
}

impl<'w, M, T> Watch<'w, M, T> {
    #[inline]
    pub(crate) fn new(inner: T, tag_seen: &'w Cell<bool>) -> Self {
        Watch { inner, tag_seen, message: PhantomData }
    }
}

impl<'de, M: Message<'de>, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Watch<'_, M, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Watch::<M, D>::new(deserializer, self.tag_seen))
    }
}

macro_rules! forward {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($arg,)* Watch::<M, V>::new(visitor, self.tag_seen))
        }
    )*};
}

impl<'de, M: Message<'de>, D: Deserializer<'de>> Deserializer<'de> for Watch<'_, M, D> {
    type Error = D::Error;

    forward! {
        deserialize_any(); deserialize_bool(); deserialize_i8(); deserialize_i16();
        deserialize_i32(); deserialize_i64(); deserialize_i128(); deserialize_u8();
        deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_f32(); deserialize_f64(); deserialize_char(); deserialize_str();
        deserialize_string(); deserialize_bytes(); deserialize_byte_buf(); deserialize_option();
        deserialize_unit(); deserialize_seq(); deserialize_map(); deserialize_identifier();
        deserialize_ignored_any();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }

    /// A name that is an enum is not shown to its visitor: it is read ahead.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let member = Text.deserialize(self.inner)?;
        self.tag_seen.set(self.tag_seen.get() || member == M::TAG);
        Key::new(member).deserialize_enum(name, variants, visitor)
    }
}

macro_rules! visit {
    ($($method:ident($ty:ty);)*) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $ty) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, M: Message<'de>, V: Visitor<'de>> Visitor<'de> for Watch<'_, M, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<V::Value, E> {
        if name == M::TAG {
            self.tag_seen.set(true);
        }
        self.inner.visit_borrowed_str(name)
    }

    #[inline]
    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        if name == M::TAG {
            self.tag_seen.set(true);
        }
        self.inner.visit_str(name)
    }

    #[inline]
    fn visit_string<E: Error>(self, name: String) -> Result<V::Value, E> {
        if name == M::TAG {
            self.tag_seen.set(true);
        }
        self.inner.visit_string(name)
    }

    visit! {
        visit_bool(bool); visit_i8(i8); visit_i16(i16); visit_i32(i32); visit_i64(i64);
        visit_i128(i128); visit_u8(u8); visit_u16(u16); visit_u32(u32); visit_u64(u64);
        visit_u128(u128); visit_f32(f32); visit_f64(f64); visit_char(char); visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]); visit_byte_buf(Vec<u8>);
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    // What is inside of a name is watched too: a map's keys may be newtypes or options.
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Watch::<M, D>::new(inner, self.tag_seen))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Watch::<M, D>::new(inner, self.tag_seen))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(map)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(data)
    }
}

/// The members behind the tag, as they come.
pub(crate) struct Behind<M, A> {
    live: A,
    tag_seen: Cell<bool>,
    ended: bool,
    message: PhantomData<M>,
}

impl<'de, M: Message<'de>, A: MapAccess<'de>> Behind<M, A> {
    #[inline]
    pub(crate) fn new(live: A) -> Self {
        Behind { live, tag_seen: Cell::new(false), ended: false, message: PhantomData }
    }

    /// Whether the object was read to its end.
    #[inline]
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }
}

impl<'de, M: Message<'de>, A: MapAccess<'de>> MapAccess<'de> for Behind<M, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let name = self.live.next_key_seed(Watch::<M, K>::new(seed, &self.tag_seen));
        if self.tag_seen.get() {
            return Err(message::duplicate::<M, _>(M::TAG));
        }
        self.ended = matches!(name, Ok(None));
        name
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.live.next_value_seed(seed)
    }
}
