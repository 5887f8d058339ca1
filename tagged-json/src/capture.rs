//! A value kept as JSON text until it is known what it is.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;
use serde_json::de::{IoRead, StrRead};

use crate::context;
use crate::locate;

/// `serde_json` accepts one level less than this.
const DEPTH: usize = 128;

/// The name under which `serde_json` hands out the text of a value, as `RawValue` asks for it.
pub(crate) const RAW: &str = "$serde_json::private::RawValue";

/// JSON text of one value, checked. Borrowed from the input wherever that is text in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured<'de>(pub(crate) Cow<'de, str>);

impl<'de> Captured<'de> {
    /// Takes a text as it comes, once it is checked.
    pub(crate) fn check(text: &'de str) -> serde_json::Result<Self> {
        let mut json = serde_json::Deserializer::from_str(text);
        let value = Captured::deserialize(&mut json)?;
        json.end().map(|()| value)
    }

    /// Decodes it, with errors moved to their place in the document.
    pub(crate) fn decode<S, E>(&self, seed: S) -> Result<S::Value, E>
    where
        S: DeserializeSeed<'de>,
        E: de::Error,
    {
        match &self.0 {
            Cow::Borrowed(text) => decode_borrowed(text, seed),
            Cow::Owned(text) => decode_owned(text, seed),
        }
    }
}

fn decode_borrowed<'de, S, E>(text: &'de str, seed: S) -> Result<S::Value, E>
where
    S: DeserializeSeed<'de>,
    E: de::Error,
{
    check_depth(text)?;
    let mut json = serde_json::Deserializer::<StrRead<'de>>::from_str(text);
    match seed.deserialize(&mut json) {
        Ok(value) => json.end().map(|()| value).map_err(|error| context::rebase(&error, text)),
        Err(error) => Err(context::rebase(&error, text)),
    }
}

/// From a reader nothing can be borrowed; all the rest (128-bit integers, raw values) stays.
fn decode_owned<'de, S, E>(text: &str, seed: S) -> Result<S::Value, E>
where
    S: DeserializeSeed<'de>,
    E: de::Error,
{
    check_depth(text)?;
    let mut json = serde_json::Deserializer::<IoRead<&[u8]>>::from_reader(text.as_bytes());
    match seed.deserialize(&mut json) {
        Ok(value) => json.end().map(|()| value).map_err(|error| context::rebase(&error, text)),
        Err(error) => Err(context::rebase(&error, text)),
    }
}

/// A captured value is decoded by a decoder of its own, which counts its depth anew. A text that
/// captures at every level must not get a fresh allowance each time: this looks ahead.
fn check_depth<E: de::Error>(text: &str) -> Result<(), E> {
    // A text of n bytes cannot nest deeper than n / 2.
    if text.len() > 2 * DEPTH && locate::depth(text) >= DEPTH {
        return Err(E::custom("recursion limit exceeded"));
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Captured<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW, CaptureVisitor)
    }
}

struct CaptureVisitor;

impl CaptureVisitor {
    fn value<E: de::Error>(value: &Value) -> Result<Captured<'static>, E> {
        serde_json::to_string(value).map(|text| Captured(Cow::Owned(text))).map_err(E::custom)
    }
}

macro_rules! scalars {
    ($($method:ident: $ty:ty,)*) => {$(
        fn $method<E: de::Error>(self, value: $ty) -> Result<Self::Value, E> {
            Self::value(&Value::from(value))
        }
    )*};
}

/// `serde_json` calls `visit_map` with the text. The rest is for values that were taken apart
/// already, by serde's own buffering around us.
impl<'de> Visitor<'de> for CaptureVisitor {
    type Value = Captured<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        match map.next_key_seed(Text)? {
            Some(key) if key == RAW => map.next_value_seed(Text).map(Captured),
            Some(key) => {
                let first = (key.into_owned(), map.next_value::<Value>()?);
                let rest = serde_json::Map::deserialize(MapAccessDeserializer::new(map))?;
                Self::value(&Value::Object(std::iter::once(first).chain(rest).collect()))
            }
            None => Ok(Captured(Cow::Borrowed("{}"))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Self::value(&Value::Array(Vec::deserialize(SeqAccessDeserializer::new(seq))?))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        Self::value(&Value::deserialize(inner)?)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        Self::value(&Value::deserialize(inner)?)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Captured(Cow::Borrowed("null")))
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        self.visit_unit()
    }

    scalars! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, }
}

/// A string, borrowed if it can be.
pub(crate) struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// Text made up of pieces, handed over as `serde_json` hands over the text of a value.
pub(crate) struct RawText<E> {
    text: Option<String>,
    error: PhantomData<E>,
}

impl<E> RawText<E> {
    pub(crate) fn new(text: String) -> Self {
        RawText { text: Some(text), error: PhantomData }
    }
}

impl<'de, E: de::Error> MapAccess<'de> for RawText<E> {
    type Error = E;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, E> {
        match self.text {
            Some(_) => seed.deserialize(BorrowedStrDeserializer::new(RAW)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, E> {
        seed.deserialize(self.text.take().unwrap_or_default().into_deserializer())
    }
}
