//! How a derived enum meets its input: live inside any deserializer, or with the whole text.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};

use crate::capture::Captured;
use crate::context::Document;
use crate::guess;
use crate::message::{self, Message};
use crate::read::WHOLE;

/// One layout of one type.
pub(crate) trait Layout<'de>: Sized {
    type Value;
    /// Whether the value has to be one piece of text before it is looked at.
    const CAPTURE: bool = false;
    /// What it is in JSON.
    const FORM: Form;
    /// What is expected, for errors.
    fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result;

    fn map<A: MapAccess<'de>>(source: Source<'_, 'de>, map: A) -> Result<Self::Value, A::Error> {
        let _ = (source, map);
        Err(de::Error::invalid_type(Unexpected::Map, &Walk::<Self>::new(Source::LIVE)))
    }

    fn seq<A: SeqAccess<'de>>(source: Source<'_, 'de>, seq: A) -> Result<Self::Value, A::Error> {
        let _ = (source, seq);
        Err(de::Error::invalid_type(Unexpected::Seq, &Walk::<Self>::new(Source::LIVE)))
    }
}

/// What a layout is in JSON. Asking for just that is cheaper than asking what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Object,
    Array,
    Either,
}

/// What is known of the text beside the live access.
#[derive(Debug, Clone, Copy)]
pub struct Source<'g, 'de> {
    /// All of it, at the root of our own entry points.
    text: Option<&'de str>,
    /// Whether the text is all of the value, and nothing but it.
    whole: bool,
    /// Set when a guess was acted upon; `None` where guessing is over.
    guessed: Option<&'g Cell<bool>>,
}

impl<'de> Source<'_, 'de> {
    pub(crate) const LIVE: Source<'static, 'de> =
        Source { text: None, whole: false, guessed: None };

    /// The text of the value, blanks around it left out.
    pub(crate) fn whole(&self) -> Option<&'de str> {
        let blank = |c: char| matches!(c, ' ' | '\n' | '\r' | '\t');
        self.text.filter(|_| self.whole).map(|text| text.trim_matches(blank))
    }

    /// The same for an enum inside a struct of siblings.
    pub(crate) fn without_text(self) -> Self {
        Source { whole: false, ..self }
    }

    /// The variant that the message seems to be. Whoever acts on it verifies it.
    #[inline]
    pub(crate) fn guess<M: Message<'de>>(&self) -> Option<usize> {
        let (text, guessed) = (self.text?, self.guessed?);
        let index = match guess::last_string(text, M::TAG).and_then(M::by_str) {
            Some(index) => index,
            None => message::variant_of::<M>(&guess::late_tag(text, M::TAG)?)?,
        };
        guessed.set(true);
        Some(index)
    }
}

#[inline]
pub(crate) fn deserialize<'de, L, D>(deserializer: D) -> Result<L::Value, D::Error>
where
    L: Layout<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_newtype_struct(WHOLE, Ask::<L>(PhantomData))
}

/// Asks for the whole text; is content with less.
struct Ask<L>(PhantomData<L>);

impl<'de, L: Layout<'de>> Visitor<'de> for Ask<L> {
    type Value = L::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        L::expecting(f)
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<L::Value, D::Error> {
        if L::CAPTURE {
            return captured::<L, D>(inner);
        }
        Walk::<L>::new(Source::LIVE).deserialize(inner)
    }

    #[inline]
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<L::Value, E> {
        if !Document::is(text) {
            return Err(E::invalid_type(Unexpected::Str(text), &self));
        }
        let guessed = Cell::new(false);
        let source = Source { text: Some(text), whole: true, guessed: Some(&guessed) };
        let mut json = serde_json::Deserializer::from_str(text);
        let error = match Walk::<L>::new(source).deserialize(&mut json) {
            Ok(value) => match json.end() {
                Ok(()) => return Ok(value),
                Err(error) => error,
            },
            Err(error) => error,
        };
        again::<L, E>(text, guessed.get(), &error)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<L::Value, A::Error> {
        L::map(Source::LIVE, map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<L::Value, A::Error> {
        L::seq(Source::LIVE, seq)
    }
}

#[inline(never)]
fn captured<'de, L: Layout<'de>, D: Deserializer<'de>>(inner: D) -> Result<L::Value, D::Error> {
    let value = Captured::deserialize(inner)?;
    let source = match value.0 {
        Cow::Borrowed(text) => Source { text: Some(text), whole: true, guessed: None },
        Cow::Owned(_) => Source::LIVE,
    };
    value.decode(Walk::<L>::new(source))
}

/// The guess may have been wrong, or right and the message bad: without it we know.
#[cold]
#[inline(never)]
fn again<'de, L: Layout<'de>, E: de::Error>(
    text: &'de str,
    guessed: bool,
    error: &serde_json::Error,
) -> Result<L::Value, E> {
    if !guessed {
        return Err(E::custom(error));
    }
    let source = Source { text: Some(text), whole: true, guessed: None };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Walk::<L>::new(source).deserialize(&mut json);
    read.and_then(|value| json.end().map(|()| value)).map_err(E::custom)
}

struct Walk<'g, 'de, L> {
    source: Source<'g, 'de>,
    layout: PhantomData<L>,
}

impl<'g, 'de, L> Walk<'g, 'de, L> {
    #[inline]
    fn new(source: Source<'g, 'de>) -> Self {
        Walk { source, layout: PhantomData }
    }
}

impl<'de, L: Layout<'de>> DeserializeSeed<'de> for Walk<'_, 'de, L> {
    type Value = L::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<L::Value, D::Error> {
        match L::FORM {
            Form::Object => deserializer.deserialize_map(self),
            Form::Array => deserializer.deserialize_seq(self),
            Form::Either => deserializer.deserialize_any(self),
        }
    }
}

impl<'de, L: Layout<'de>> Visitor<'de> for Walk<'_, 'de, L> {
    type Value = L::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        L::expecting(f)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<L::Value, A::Error> {
        L::map(self.source, map)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<L::Value, A::Error> {
        L::seq(self.source, seq)
    }
}
