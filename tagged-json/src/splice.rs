//! Writing a value's members or elements into an object or array that is open already.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::{
    Error, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleStruct, Serializer,
};
use serde_json::value::RawValue;

use crate::capture::RAW;

/// Writes an object's members into an open object.
#[derive(Debug)]
pub struct IntoMap<'m, M>(pub &'m mut M);

/// Writes an array's elements into an open array.
#[derive(Debug)]
pub struct IntoSeq<'s, S>(pub &'s mut S);

macro_rules! refuse {
    ($what:expr; $($method:ident($($ty:ty),*) -> $ok:ty,)*) => {$(
        fn $method(self, $(_: $ty),*) -> Result<$ok, Self::Error> {
            Err(Self::Error::custom($what))
        }
    )*};
}

macro_rules! refuse_scalars {
    ($what:expr) => {
        refuse! { $what;
            serialize_bool(bool) -> (), serialize_i8(i8) -> (), serialize_i16(i16) -> (),
            serialize_i32(i32) -> (), serialize_i64(i64) -> (), serialize_i128(i128) -> (),
            serialize_u8(u8) -> (), serialize_u16(u16) -> (), serialize_u32(u32) -> (),
            serialize_u64(u64) -> (), serialize_u128(u128) -> (), serialize_f32(f32) -> (),
            serialize_f64(f64) -> (), serialize_char(char) -> (), serialize_str(&str) -> (),
            serialize_bytes(&[u8]) -> (),
        }
    };
}

const NO_MEMBERS: &str = "only an object or nothing can stand among the members beside a tag";

impl<'m, M: SerializeMap> Serializer for IntoMap<'m, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = IntoMap<'m, M>;
    type SerializeStruct = IntoMap<'m, M>;
    type SerializeStructVariant = Impossible<(), M::Error>;

    refuse_scalars!(NO_MEMBERS);
    refuse! { NO_MEMBERS;
        serialize_seq(Option<usize>) -> Self::SerializeSeq,
        serialize_tuple(usize) -> Self::SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
    }

    fn serialize_none(self) -> Result<(), M::Error> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), M::Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), M::Error> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(name, &())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, M::Error> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, M::Error> {
        Ok(self)
    }
}

impl<M: SerializeMap> SerializeMap for IntoMap<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), M::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), M::Error> {
        self.0.serialize_value(value)
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(key, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<M: SerializeMap> SerializeStruct for IntoMap<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        if key == RAW {
            return self.raw(&serde_json::to_string(value).map_err(M::Error::custom)?);
        }
        self.0.serialize_entry(key, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<M: SerializeMap> IntoMap<'_, M> {
    /// A raw value gives its text as a string: its members are written as they are.
    fn raw(&mut self, quoted: &str) -> Result<(), M::Error> {
        let text: String = serde_json::from_str(quoted).map_err(M::Error::custom)?;
        let members: RawMembers<'_> = serde_json::from_str(&text).map_err(M::Error::custom)?;
        members.0.iter().try_for_each(|(name, value)| self.0.serialize_entry(name, value))
    }
}

/// A value at the end of a path of members.
#[derive(Debug)]
pub struct Nest<'v, T: ?Sized>(pub &'v [&'v str], pub &'v T);

impl<T: Serialize + ?Sized> Serialize for Nest<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [head, tail @ ..] = self.0 else { return self.1.serialize(serializer) };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(head, &Nest(tail, self.1))?;
        map.end()
    }
}

/// An open object that notes whether a member was written.
#[derive(Debug)]
pub struct Unless<'m, M> {
    map: &'m mut M,
    name: &'static str,
    /// Whether it was.
    pub written: bool,
}

impl<'m, M> Unless<'m, M> {
    /// Looks out for `name`.
    pub fn new(map: &'m mut M, name: &'static str) -> Self {
        Unless { map, name, written: false }
    }
}

impl<M: SerializeMap> SerializeMap for Unless<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), M::Error> {
        let name = serde_json::to_value(key).map_err(M::Error::custom)?;
        self.written |= name.as_str() == Some(self.name);
        self.map.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), M::Error> {
        self.map.serialize_value(value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

struct RawMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for RawMembers<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RawMembers(Vec::new()))
    }
}

impl<'de: 'a, 'a> Visitor<'de> for RawMembers<'a> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(member) = map.next_entry()? {
            self.0.push(member);
        }
        Ok(self)
    }
}

const NO_ELEMENTS: &str = "only an array or nothing can stand among the elements of a message";

impl<'s, S: SerializeSeq> Serializer for IntoSeq<'s, S> {
    type Ok = ();
    type Error = S::Error;
    type SerializeSeq = IntoSeq<'s, S>;
    type SerializeTuple = IntoSeq<'s, S>;
    type SerializeTupleStruct = IntoSeq<'s, S>;
    type SerializeTupleVariant = Impossible<(), S::Error>;
    type SerializeMap = Impossible<(), S::Error>;
    type SerializeStruct = Impossible<(), S::Error>;
    type SerializeStructVariant = Impossible<(), S::Error>;

    refuse_scalars!(NO_ELEMENTS);
    refuse! { NO_ELEMENTS;
        serialize_unit_variant(&'static str, u32, &'static str) -> (),
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_struct(&'static str, usize) -> Self::SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
    }

    fn serialize_none(self) -> Result<(), S::Error> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), S::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), S::Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), S::Error> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), S::Error> {
        Err(S::Error::custom(NO_ELEMENTS))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, S::Error> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, S::Error> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, S::Error> {
        Ok(self)
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident,)*) => {$(
        impl<S: SerializeSeq> $trait for IntoSeq<'_, S> {
            type Ok = ();
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.serialize_element(value)
            }

            fn end(self) -> Result<(), S::Error> {
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
}
