//! What the derive says of an enum, and what every layout does with it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::capture::{Captured, Text};
use crate::context::{self, Note};
use crate::error::Kind;
use crate::nearest;
use crate::positions::Positions;
use crate::tag::{Literal, Tag};
use crate::whole::Source;

/// An enum of messages. Implemented by `#[derive(Envelope)]`.
#[expect(clippy::missing_errors_doc, reason = "called by the layouts alone")]
pub trait Message<'de>: Sized {
    /// The name of the enum.
    const NAME: &'static str;
    /// `Enum::Variant`, by index.
    const VARIANTS: &'static [&'static str];
    /// The known tags, without aliases.
    const TAGS: &'static [Literal];
    /// Whether all of them, aliases included, are strings.
    const STRINGS: bool;
    /// Where the tag is, as written by the user (`type`, `header.msg_type`, `0`).
    const TAG: &'static str;
    /// The member that holds the content; the first is written.
    const CONTENT: &'static [&'static str] = &[];
    /// The position of the tag in an array, from the end if negative.
    const TAG_AT: isize = 0;
    /// The position of the content in an array; `None` where the fields stand behind the tag.
    const CONTENT_AT: Option<isize> = None;
    /// The paths of one tag or of a pair, where it is no plain member.
    const TAG_PATHS: &'static [&'static [&'static str]] = &[];
    /// The paths of the content, for such a tag.
    const CONTENT_PATHS: &'static [&'static [&'static str]] = &[];
    /// Whether members that belong neither to tag nor content are refused.
    const DENY: bool = false;
    /// Whether unknown tags are kept.
    const OTHER: bool = false;
    /// Whether the kept content borrows, so that it must be one piece of the input.
    const OTHER_BORROWS: bool = false;
    /// Whether the tag may be a list of which the first known one counts.
    const TAG_LIST: bool = false;
    /// Whether the content is JSON text inside a string.
    const EMBEDDED: bool = false;
    /// The variant of a message without tag.
    const DEFAULT: Option<usize> = None;

    /// The variant of a string tag.
    fn by_str(tag: &str) -> Option<usize>;
    /// The variant of an integer tag.
    fn by_int(tag: i128) -> Option<usize>;
    /// The variant of a boolean tag.
    fn by_bool(tag: bool) -> Option<usize>;

    /// Reads the content of a variant.
    fn content<D: Deserializer<'de>>(index: usize, content: D) -> Result<Self, D::Error>;
    /// Makes a variant whose content is not there; `None` if it needs one.
    fn absent(index: usize) -> Option<Self>;
    /// Reads a variant's fields from what is left of an array.
    fn elements<A: SeqAccess<'de>>(index: usize, seq: Positions<A>) -> Result<Self, A::Error>;
    /// Reads it from members, some of which may have gone to siblings.
    fn from_map<A: MapAccess<'de>>(source: Source<'_, 'de>, map: A) -> Result<Self, A::Error>;
    /// Reads it from elements.
    fn from_seq<A: SeqAccess<'de>>(source: Source<'_, 'de>, seq: A) -> Result<Self, A::Error>;
    /// Whether a member is the enum's own; `sibling` says that the struct around it has it too.
    fn wants(name: &str, sibling: bool) -> bool;
    /// Keeps a message with an unknown tag.
    fn other<E: de::Error>(tag: Tag<'de>, content: Option<Captured<'de>>) -> Result<Self, E>;
}

/// What a writer has to know of an enum of messages.
pub trait Shape {
    /// Members that hold a tag among other things: a sibling of that name writes them.
    const SHARED: &'static [&'static str];
}

/// What a tag turned out to be.
#[derive(Debug)]
pub(crate) enum Found<'de> {
    Variant(usize),
    Other(Tag<'de>),
}

/// Reads a tag; an unknown one is an error right where it stands, unless it is kept.
pub(crate) struct TagSeed<M>(PhantomData<M>);

impl<M> TagSeed<M> {
    #[inline]
    pub(crate) fn new() -> Self {
        TagSeed(PhantomData)
    }
}

impl<'de, M: Message<'de>> TagSeed<M> {
    fn found<E: de::Error>(
        variant: Option<usize>,
        tag: impl FnOnce() -> Tag<'de>,
    ) -> Result<Found<'de>, E> {
        match variant {
            Some(index) => Ok(Found::Variant(index)),
            None if M::OTHER => Ok(Found::Other(tag())),
            None => Err(unknown_tag::<M, E>(tag().into_owned())),
        }
    }
}

impl<'de, M: Message<'de>> DeserializeSeed<'de> for TagSeed<M> {
    type Value = Found<'de>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Reads the value of the tag's member.
#[inline]
pub(crate) fn tag_of_map<'de, M: Message<'de>, A: MapAccess<'de>>(
    map: &mut A,
) -> Result<Found<'de>, A::Error> {
    if plain::<M>() {
        return map.next_value_seed(PlainTag::<M>(PhantomData)).map(Found::Variant);
    }
    map.next_value_seed(TagSeed::<M>::new())
}

/// Reads the element that is the tag.
#[inline]
pub(crate) fn tag_of_seq<'de, M: Message<'de>, A: SeqAccess<'de>>(
    seq: &mut A,
) -> Result<Option<Found<'de>>, A::Error> {
    if plain::<M>() {
        let index = seq.next_element_seed(PlainTag::<M>(PhantomData))?;
        return Ok(index.map(Found::Variant));
    }
    seq.next_element_seed(TagSeed::<M>::new())
}

/// Whether a tag can be nothing but one of the known strings.
const fn plain<'de, M: Message<'de>>() -> bool {
    M::STRINGS && !M::OTHER && !M::TAG_LIST
}

/// Reads such a tag: asking for a string is cheaper than asking what there is, and an index fits
/// into a register.
struct PlainTag<M>(PhantomData<M>);

impl<'de, M: Message<'de>> DeserializeSeed<'de> for PlainTag<M> {
    type Value = usize;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, M: Message<'de>> Visitor<'de> for PlainTag<M> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TagSeed::<M>::new().expecting(f)
    }

    #[inline]
    fn visit_str<E: de::Error>(self, tag: &str) -> Result<usize, E> {
        match M::by_str(tag) {
            Some(index) => Ok(index),
            None => Err(unknown_tag::<M, E>(tag.to_owned().into())),
        }
    }
}

impl<'de, M: Message<'de>> Visitor<'de> for TagSeed<M> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = |kind: fn(&Literal) -> bool| M::TAGS.iter().any(kind);
        let mut names = Vec::new();
        if kinds(|tag| matches!(tag, Literal::Str(_))) || M::OTHER {
            names.push("a string");
        }
        if kinds(|tag| matches!(tag, Literal::Int(_))) {
            names.push("an integer");
        }
        if kinds(|tag| matches!(tag, Literal::Bool(_))) {
            names.push("a boolean");
        }
        write!(f, "{} as the tag `{}` of {}", names.join(" or "), M::TAG, M::NAME)
    }

    #[inline]
    fn visit_borrowed_str<E: de::Error>(self, tag: &'de str) -> Result<Self::Value, E> {
        Self::found(M::by_str(tag), || tag.into())
    }

    fn visit_str<E: de::Error>(self, tag: &str) -> Result<Self::Value, E> {
        Self::found(M::by_str(tag), || tag.to_owned().into())
    }

    #[inline]
    fn visit_u64<E: de::Error>(self, tag: u64) -> Result<Self::Value, E> {
        self.visit_i128(tag.into())
    }

    #[inline]
    fn visit_i64<E: de::Error>(self, tag: i64) -> Result<Self::Value, E> {
        self.visit_i128(tag.into())
    }

    fn visit_i128<E: de::Error>(self, tag: i128) -> Result<Self::Value, E> {
        let wanted = |tag: &Literal| matches!(tag, Literal::Int(_));
        if !M::OTHER && !M::TAGS.iter().any(wanted) {
            let shown =
                i64::try_from(tag).map_or(de::Unexpected::Other("integer"), de::Unexpected::Signed);
            return Err(E::invalid_type(shown, &self));
        }
        Self::found(M::by_int(tag), || Tag::Int(tag))
    }

    fn visit_bool<E: de::Error>(self, tag: bool) -> Result<Self::Value, E> {
        let wanted = |tag: &Literal| matches!(tag, Literal::Bool(_));
        if !M::OTHER && !M::TAGS.iter().any(wanted) {
            return Err(E::invalid_type(de::Unexpected::Bool(tag), &self));
        }
        Self::found(M::by_bool(tag), || Tag::Bool(tag))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        // With serde_json's `arbitrary_precision` numbers come as maps.
        match serde::Deserialize::deserialize(de::value::MapAccessDeserializer::new(map)) {
            Ok(Tag::Int(number)) => self.visit_i128(number),
            _ => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        if !M::TAG_LIST {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        }
        let (mut known, mut first) = (None, None);
        while let Some(tag) = seq.next_element::<Tag<'de>>()? {
            known = known.or_else(|| variant_of::<M>(&tag));
            first.get_or_insert(tag);
        }
        Self::found(known, || first.unwrap_or_else(|| "".into()))
    }
}

/// The variant of a tag of any type.
pub(crate) fn variant_of<'de, M: Message<'de>>(tag: &Tag<'_>) -> Option<usize> {
    match tag {
        Tag::Str(text) => M::by_str(text),
        Tag::Int(number) => M::by_int(*number),
        Tag::Bool(flag) => M::by_bool(*flag),
    }
}

/// Reads a variant's content.
pub(crate) struct ContentSeed<M> {
    index: usize,
    message: PhantomData<M>,
}

impl<M> ContentSeed<M> {
    #[inline]
    pub(crate) fn new(index: usize) -> Self {
        ContentSeed { index, message: PhantomData }
    }
}

impl<'de, M: Message<'de>> DeserializeSeed<'de> for ContentSeed<M> {
    type Value = M;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        let read = if M::EMBEDDED {
            let text = Captured(Text.deserialize(deserializer)?);
            text.decode(Plain { index: self.index, message: PhantomData })
        } else {
            M::content(self.index, deserializer)
        };
        match read {
            Ok(message) => Ok(message),
            Err(error) => Err(in_variant::<M, _>(error, self.index)),
        }
    }
}

/// The content itself, once it is out of its string.
struct Plain<M> {
    index: usize,
    message: PhantomData<M>,
}

impl<'de, M: Message<'de>> DeserializeSeed<'de> for Plain<M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        M::content(self.index, deserializer)
    }
}

#[cold]
pub(crate) fn in_variant<'de, M: Message<'de>, E: de::Error>(error: E, index: usize) -> E {
    context::within(error, M::VARIANTS.get(index).copied().unwrap_or(M::NAME), None, None)
}

/// A variant without content where one is needed.
pub(crate) fn without_content<'de, M: Message<'de>, E: de::Error>(index: usize) -> Result<M, E> {
    match M::absent(index) {
        Some(message) => Ok(message),
        None => Err(missing_content::<M, E>(index)),
    }
}

#[cold]
fn missing_content<'de, M: Message<'de>, E: de::Error>(index: usize) -> E {
    let name = M::VARIANTS.get(index).copied().unwrap_or(M::NAME);
    let member = M::CONTENT.first().copied().unwrap_or("content");
    Note::new(Kind::MissingContent, name, format!("missing content `{member}` of {name}")).raise()
}

/// A tag alone that is not among the known ones.
pub fn unknown_kind<E: de::Error>(tag: &Tag<'_>, known: &[Literal]) -> E {
    E::custom(format_args!("unknown tag {tag}, expected {}", nearest::list(known)))
}

#[cold]
pub(crate) fn unknown_tag<'de, M: Message<'de>, E: de::Error>(tag: Tag<'static>) -> E {
    let shown = match &tag {
        Tag::Str(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    let suggestion = nearest::nearest(&tag, M::TAGS);
    let text = match suggestion {
        Some(near) => format!("unknown tag {shown} of {}, did you mean \"{near}\"?", M::NAME),
        None => format!("unknown tag {shown} of {}, expected {}", M::NAME, nearest::list(M::TAGS)),
    };
    Note { tag: Some(tag), suggestion, ..Note::new(Kind::UnknownTag, M::NAME, text) }.raise()
}

#[cold]
pub(crate) fn no_member<'de, M: Message<'de>, E: de::Error>() -> E {
    let text =
        format!("{} is known by one of its members, expected {}", M::NAME, nearest::list(M::TAGS));
    Note::new(Kind::MissingTag, M::NAME, text).raise()
}

#[cold]
pub(crate) fn missing_tag<'de, M: Message<'de>, E: de::Error>() -> E {
    let text = format!("missing tag `{}` of {}", M::TAG, M::NAME);
    Note::new(Kind::MissingTag, M::NAME, text).raise()
}

#[cold]
pub(crate) fn duplicate<'de, M: Message<'de>, E: de::Error>(member: &str) -> E {
    let text = format!("duplicate member `{member}` of {}", M::NAME);
    Note::new(Kind::Duplicate, M::NAME, text).raise()
}
