//! The tag at a position of an array: `["EVENT", fields...]`, `[join, ref, topic, "event", payload]`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::vec;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::capture::Captured;
use crate::message::{self, ContentSeed, Found, Message, TagSeed};
use crate::positions::Positions;
use crate::tag::Tag;
use crate::whole::{self, Form, Layout, Source};

/// Reads a message that is an array.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn deserialize<'de, M: Message<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<M, D::Error> {
    whole::deserialize::<Array<M>, D>(deserializer)
}

pub(crate) struct Array<M>(PhantomData<M>);

impl<'de, M: Message<'de>> Layout<'de> for Array<M> {
    type Value = M;
    const FORM: Form = Form::Array;
    const CAPTURE: bool = M::OTHER_BORROWS;

    fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array with the tag at position {} for {}", M::TAG, M::NAME)
    }

    #[inline]
    fn seq<A: SeqAccess<'de>>(source: Source<'_, 'de>, mut seq: A) -> Result<M, A::Error> {
        let Ok(at) = usize::try_from(M::TAG_AT) else { return whole_first::<M, A>(source, seq) };
        if M::CONTENT_AT.is_some_and(|content| content < M::TAG_AT) {
            return whole_first::<M, A>(source, seq);
        }
        let mut early = Vec::new();
        for _ in 0..at {
            let there = if M::OTHER {
                seq.next_element()?.map(|element| early.push(element)).is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !there {
                return Err(message::missing_tag::<M, _>());
            }
        }
        match message::tag_of_seq::<M, A>(&mut seq)? {
            None => Err(message::missing_tag::<M, _>()),
            Some(Found::Other(tag)) => other(source, early, tag, &mut seq),
            Some(Found::Variant(index)) => variant(Positions::new(seq, at + 1), index),
        }
    }
}

/// What stands behind the tag.
#[inline]
fn variant<'de, M: Message<'de>, A: SeqAccess<'de>>(
    mut seq: Positions<A>,
    index: usize,
) -> Result<M, A::Error> {
    let Some(content) = M::CONTENT_AT else { return M::elements(index, seq) };
    let between = usize::try_from(content - M::TAG_AT - 1).unwrap_or(0);
    let name = M::VARIANTS.get(index).copied().unwrap_or(M::NAME);
    seq = seq.of(name, 0, Some(between + 1));
    for _ in 0..between {
        seq.next_element::<IgnoredAny>()?;
    }
    match seq.next_element_seed(ContentSeed::<M>::new(index))? {
        Some(value) => seq.finish().map(|()| value),
        None => message::without_content(index),
    }
}

/// A tag counted from the end, or behind its content: every element is kept until it is known.
#[inline(never)]
fn whole_first<'de, M: Message<'de>, A: SeqAccess<'de>>(
    source: Source<'_, 'de>,
    mut seq: A,
) -> Result<M, A::Error> {
    let mut all: Vec<Captured<'de>> = Vec::new();
    while let Some(element) = seq.next_element()? {
        all.push(element);
    }
    let place = |at: isize| match usize::try_from(at) {
        Ok(at) => Some(at).filter(|at| *at < all.len()),
        Err(_) => all.len().checked_sub(at.unsigned_abs()),
    };
    let Some(tag_at) = place(M::TAG_AT) else { return Err(message::missing_tag::<M, _>()) };
    let content_at = M::CONTENT_AT.map(place);
    let index = match all[tag_at].decode::<_, A::Error>(TagSeed::<M>::new())? {
        Found::Variant(index) => index,
        Found::Other(tag) => {
            let mut none = Replay::new(Vec::new());
            return other(source, all, tag, &mut none);
        }
    };
    match content_at {
        Some(Some(at)) => all[at].decode(ContentSeed::new(index)),
        Some(None) => message::without_content(index),
        None => {
            all.remove(tag_at);
            M::elements(index, Positions::new(Replay::new(all), 0))
        }
    }
}

/// An unknown message is kept as a whole: the very text where that is at hand.
#[cold]
fn other<'de, M: Message<'de>, A: SeqAccess<'de>>(
    source: Source<'_, 'de>,
    mut elements: Vec<Captured<'de>>,
    tag: Tag<'de>,
    seq: &mut A,
) -> Result<M, A::Error> {
    if let Some(text) = source.whole() {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        return M::other(tag, Some(Captured(Cow::Borrowed(text))));
    }
    if M::TAG_AT >= 0 && elements.len() == M::TAG_AT.unsigned_abs() {
        elements.push(Captured(serde_json::to_string(&tag).map_err(de::Error::custom)?.into()));
    }
    while let Some(element) = seq.next_element()? {
        elements.push(element);
    }
    let texts: Vec<&str> = elements.iter().map(|element| &*element.0).collect();
    M::other(tag, Some(Captured(format!("[{}]", texts.join(",")).into())))
}

/// Kept elements as a sequence.
struct Replay<'de, E> {
    elements: vec::IntoIter<Captured<'de>>,
    error: PhantomData<E>,
}

impl<'de, E> Replay<'de, E> {
    fn new(elements: Vec<Captured<'de>>) -> Self {
        Replay { elements: elements.into_iter(), error: PhantomData }
    }
}

impl<'de, E: de::Error> SeqAccess<'de> for Replay<'de, E> {
    type Error = E;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, E> {
        self.elements.next().map(|element| element.decode(seed)).transpose()
    }
}

/// Reads the content of a variant with several unnamed fields: an array inside the envelope.
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn fields<'de, M: Message<'de>, D: Deserializer<'de>>(
    index: usize,
    deserializer: D,
) -> Result<M, D::Error> {
    deserializer.deserialize_any(Fields::<M> { index, message: PhantomData })
}

struct Fields<M> {
    index: usize,
    message: PhantomData<M>,
}

impl<'de, M: Message<'de>> Visitor<'de> for Fields<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array for {}", M::VARIANTS.get(self.index).copied().unwrap_or(M::NAME))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<M, A::Error> {
        M::elements(self.index, Positions::new(seq, 0))
    }
}
