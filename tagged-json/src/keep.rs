//! What an unknown message is kept in.

use std::borrow::Cow;

use serde::de::{self, Deserialize, IntoDeserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::capture::Captured;
use crate::tag::Tag;

/// A type that can hold the content of a message with an unknown tag.
///
/// In an `Option`, `None` stands for content that is not there; `null` is content.
pub trait Keep<'de>: Sized {
    /// Takes the content; `None` if there is none.
    #[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
    fn keep<E: de::Error>(content: Option<Captured<'de>>) -> Result<Self, E>;

    /// Whether there is nothing to write.
    fn is_absent(&self) -> bool {
        false
    }
}

fn present<E: de::Error>(content: Option<Captured<'_>>) -> Result<Captured<'_>, E> {
    content.ok_or_else(|| E::custom("an unknown message without content; keep it in an `Option`"))
}

impl<'de> Keep<'de> for Box<RawValue> {
    fn keep<E: de::Error>(content: Option<Captured<'de>>) -> Result<Self, E> {
        RawValue::from_string(present(content)?.0.into_owned()).map_err(E::custom)
    }
}

impl<'de: 'a, 'a> Keep<'de> for &'a RawValue {
    fn keep<E: de::Error>(content: Option<Captured<'de>>) -> Result<Self, E> {
        match present(content)?.0 {
            Cow::Borrowed(text) => serde_json::from_str(text).map_err(E::custom),
            Cow::Owned(_) => Err(E::custom(
                "an unknown message cannot be borrowed here; keep it in a `Box<RawValue>`",
            )),
        }
    }
}

impl<'de> Keep<'de> for Value {
    fn keep<E: de::Error>(content: Option<Captured<'de>>) -> Result<Self, E> {
        serde_json::from_str(&present(content)?.0).map_err(E::custom)
    }
}

impl<'de> Keep<'de> for () {
    fn keep<E: de::Error>(_: Option<Captured<'de>>) -> Result<Self, E> {
        Ok(())
    }

    fn is_absent(&self) -> bool {
        true
    }
}

impl<'de, T: Keep<'de>> Keep<'de> for Option<T> {
    fn keep<E: de::Error>(content: Option<Captured<'de>>) -> Result<Self, E> {
        content.map(|content| T::keep(Some(content))).transpose()
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Puts a tag into the type that the user chose for it.
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn tag<'de, T: Deserialize<'de>, E: de::Error>(tag: Tag<'de>) -> Result<T, E> {
    T::deserialize(tag.into_deserializer())
}
