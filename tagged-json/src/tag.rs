//! The value that says what a message is.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A tag as it stands in the message: a string, an integer or a boolean.
///
/// ```
/// use tagged_json::Tag;
///
/// let tag: Tag = serde_json::from_str("36")?;
/// assert_eq!(tag, Tag::from(36));
/// assert_eq!(Tag::from("sound").as_str(), Some("sound"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tag<'a> {
    /// `"sound"`
    Str(Cow<'a, str>),
    /// `36`
    Int(i128),
    /// `true`
    Bool(bool),
}

impl Tag<'_> {
    /// The text of a string tag.
    ///
    /// ```
    /// assert_eq!(tagged_json::Tag::from(1).as_str(), None);
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Tag::Str(text) => Some(text),
            Tag::Int(_) | Tag::Bool(_) => None,
        }
    }

    /// The same tag, free of the input it was read from.
    ///
    /// ```
    /// use tagged_json::Tag;
    /// let kept: Tag<'static> = Tag::from(&*String::from("x")).into_owned();
    /// assert_eq!(kept, Tag::from("x"));
    /// ```
    pub fn into_owned(self) -> Tag<'static> {
        match self {
            Tag::Str(text) => Tag::Str(Cow::Owned(text.into_owned())),
            Tag::Int(number) => Tag::Int(number),
            Tag::Bool(flag) => Tag::Bool(flag),
        }
    }
}

impl fmt::Display for Tag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tag::Str(text) => f.write_str(text),
            Tag::Int(number) => number.fmt(f),
            Tag::Bool(flag) => flag.fmt(f),
        }
    }
}

impl<'a> From<&'a str> for Tag<'a> {
    fn from(text: &'a str) -> Self {
        Tag::Str(Cow::Borrowed(text))
    }
}

impl From<String> for Tag<'_> {
    fn from(text: String) -> Self {
        Tag::Str(Cow::Owned(text))
    }
}

impl From<i64> for Tag<'_> {
    fn from(number: i64) -> Self {
        Tag::Int(number.into())
    }
}

impl From<bool> for Tag<'_> {
    fn from(flag: bool) -> Self {
        Tag::Bool(flag)
    }
}

impl Serialize for Tag<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tag::Str(text) => serializer.serialize_str(text),
            Tag::Int(number) => match i64::try_from(*number) {
                Ok(small) => serializer.serialize_i64(small),
                Err(_) => serializer.serialize_i128(*number),
            },
            Tag::Bool(flag) => serializer.serialize_bool(*flag),
        }
    }
}

impl<'de> Deserialize<'de> for Tag<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TagVisitor)
    }
}

struct TagVisitor;

impl<'de> Visitor<'de> for TagVisitor {
    type Value = Tag<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag (string, integer or boolean)")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Tag::Str(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Tag::Str(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Tag::Int(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Tag::Int(number.into()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Self::Value, E> {
        Ok(Tag::Int(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Tag::Bool(flag))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        // With serde_json's `arbitrary_precision` every number comes as a map.
        let number = serde_json::Number::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        match whole {
            Some(whole) => Ok(Tag::Int(whole)),
            None => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
        }
    }
}

/// Hands a tag to any type that reads a string, an integer or a boolean.
impl<'de, E: de::Error> IntoDeserializer<'de, E> for Tag<'de> {
    type Deserializer = TagDeserializer<'de, E>;

    fn into_deserializer(self) -> Self::Deserializer {
        TagDeserializer { tag: self, error: std::marker::PhantomData }
    }
}

#[doc(hidden)]
#[derive(Debug)]
pub struct TagDeserializer<'de, E> {
    tag: Tag<'de>,
    error: std::marker::PhantomData<E>,
}

impl<'de, E: de::Error> Deserializer<'de> for TagDeserializer<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.tag {
            Tag::Str(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Tag::Str(Cow::Owned(text)) => visitor.visit_string(text),
            Tag::Int(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(small), _) => visitor.visit_i64(small),
                (_, Ok(large)) => visitor.visit_u64(large),
                _ => visitor.visit_i128(number),
            },
            Tag::Bool(flag) => visitor.visit_bool(flag),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        match self.tag {
            Tag::Str(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            Tag::Int(_) | Tag::Bool(_) => self.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A tag known at compile time.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    Str(&'static str),
    Int(i64),
    Bool(bool),
}

impl From<Literal> for Tag<'static> {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Str(text) => Tag::Str(Cow::Borrowed(text)),
            Literal::Int(number) => Tag::Int(number.into()),
            Literal::Bool(flag) => Tag::Bool(flag),
        }
    }
}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Literal::Str(text) => serializer.serialize_str(text),
            Literal::Int(number) => serializer.serialize_i64(*number),
            Literal::Bool(flag) => serializer.serialize_bool(*flag),
        }
    }
}
