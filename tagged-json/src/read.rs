//! Entry points that read.

use std::borrow::Cow;
use std::io::Read;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Visitor};
use serde_json::de::StrRead;

use crate::capture::Captured;
use crate::context::Document;
use crate::error::{Error, Kind};
use crate::locate;
use crate::message::{self, ContentSeed, Message};
use crate::tag::Tag;

/// Reads one JSON text.
///
/// Any serde type will do. Types derived here read a late tag at full speed, and every error
/// knows its place in the whole input, wherever the tag stood.
///
/// ```
/// use tagged_json::Envelope;
///
/// #[derive(Envelope, Debug, PartialEq)]
/// #[envelope(tag = "type", content = "msg", rename_all = "kebab-case")]
/// enum Message<'a> {
///     Sound { description: &'a str },
/// }
///
/// let text = r#"{"msg": {"description": "dynamite"}, "type": "sound"}"#;
/// let message: Message = tagged_json::from_str(text)?;
/// assert_eq!(message, Message::Sound { description: "dynamite" });
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # Errors
///
/// When the text is not JSON, or not of this type.
#[inline]
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let _document = Document::enter(text);
    match T::deserialize(Top { text }) {
        Ok(value) => Ok(value),
        Err(error) => Err(Error::locate(&error, text)),
    }
}

/// Reads one JSON text from bytes.
///
/// ```
/// assert_eq!(tagged_json::from_slice::<[u8; 2]>(b"[1, 2]")?, [1, 2]);
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # Errors
///
/// When the bytes are not UTF-8 (anywhere, skipped members included), not JSON, or not of this type.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => from_str(text),
        Err(error) => Err(not_utf8(bytes, error.valid_up_to())),
    }
}

/// Reads one JSON text to the end of `reader`.
///
/// It reads everything first: that is faster than decoding byte by byte, and positions stay.
///
/// ```
/// let numbers: Vec<u8> = tagged_json::from_reader(&b"[1, 2]"[..])?;
/// assert_eq!(numbers, [1, 2]);
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # Errors
///
/// As [`from_slice`], and when reading fails.
pub fn from_reader<R: Read, T: DeserializeOwned>(mut reader: R) -> Result<T, Error> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(Error::io)?;
    from_slice(&bytes)
}

/// Reads the content of a message whose tag came from elsewhere: an HTTP header, a file's name.
///
/// ```
/// use tagged_json::Envelope;
///
/// #[derive(Envelope, Debug, PartialEq)]
/// #[envelope(tag = "type", rename_all = "snake_case")]
/// enum Hook {
///     Push { commits: u32 },
///     Ping,
/// }
///
/// // X-GitHub-Event: push
/// let hook: Hook = tagged_json::from_str_tagged("push", r#"{"commits": 3}"#)?;
/// assert_eq!(hook, Hook::Push { commits: 3 });
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # Errors
///
/// When the tag is not known, or as [`from_str`].
pub fn from_str_tagged<'de, M: Message<'de>>(
    tag: impl Into<Tag<'de>>,
    text: &'de str,
) -> Result<M, Error> {
    let _document = Document::enter(text);
    let tag = tag.into();
    let read = match message::variant_of::<M>(&tag) {
        Some(index) => Captured(Cow::Borrowed(text)).decode(ContentSeed::<M>::new(index)),
        None if M::OTHER => Captured::check(text).and_then(|content| M::other(tag, Some(content))),
        None => {
            let error: serde_json::Error = message::unknown_tag::<M, _>(tag.into_owned());
            return Err(Error::locate(&error, "").without_place());
        }
    };
    read.map_err(|error: serde_json::Error| Error::locate(&error, text))
}

#[cold]
fn not_utf8(bytes: &[u8], valid: usize) -> Error {
    let (line, column) = locate::line_column(bytes, valid + 1);
    Error::plain(Kind::Syntax, "invalid UTF-8".to_owned(), line, column, valid)
}

/// The name under which a derived type asks for the text of its value.
pub(crate) const WHOLE: &str = "$tagged_json::whole";

/// A whole text: what `serde_json::from_str` is, except that it gives its text to those who ask.
struct Top<'de> {
    text: &'de str,
}

impl<'de> Top<'de> {
    #[inline]
    fn run<T>(
        &self,
        read: impl FnOnce(&mut serde_json::Deserializer<StrRead<'de>>) -> serde_json::Result<T>,
    ) -> serde_json::Result<T> {
        let mut json = serde_json::Deserializer::from_str(self.text);
        let value = read(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

macro_rules! forward {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
            self.run(|json| json.$method(visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Top<'de> {
    type Error = serde_json::Error;

    forward! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.run(|json| json.deserialize_unit_struct(name, visitor))
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        if name == WHOLE {
            return visitor.visit_borrowed_str(self.text);
        }
        self.run(|json| json.deserialize_newtype_struct(name, visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.run(|json| json.deserialize_tuple(len, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.run(|json| json.deserialize_tuple_struct(name, len, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.run(|json| json.deserialize_struct(name, fields, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.run(|json| json.deserialize_enum(name, variants, visitor))
    }
}
