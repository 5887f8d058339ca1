//! The tag beside the content: `{"type": "sound", "msg": {...}}`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::capture::Captured;
use crate::context::Note;
use crate::error::Kind;
use crate::message::{self, ContentSeed, Found, Message};
use crate::whole::{self, Form, Layout, Source};

/// Reads a message whose content is a member of its own.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn deserialize<'de, M: Message<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<M, D::Error> {
    whole::deserialize::<Adjacent<M>, D>(deserializer)
}

pub(crate) struct Adjacent<M>(PhantomData<M>);

enum Content<'de, M> {
    None,
    /// Came before the tag.
    Captured(Captured<'de>),
    /// Decoded as this variant.
    Decoded(usize, M),
}

impl<'de, M: Message<'de>> Layout<'de> for Adjacent<M> {
    type Value = M;
    const FORM: Form = Form::Object;

    fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the tag `{}` for {}", M::TAG, M::NAME)
    }

    #[inline]
    fn map<A: MapAccess<'de>>(source: Source<'_, 'de>, mut map: A) -> Result<M, A::Error> {
        let mut tag = None;
        let mut content = Content::None;
        while let Some(member) = map.next_key_seed(MemberSeed::<M>(PhantomData))? {
            match member {
                Member::Tag if tag.is_some() => return Err(message::duplicate::<M, _>(M::TAG)),
                Member::Tag => tag = Some(message::tag_of_map::<M, A>(&mut map)?),
                Member::Content(name) if !matches!(content, Content::None) => {
                    return Err(message::duplicate::<M, _>(name));
                }
                Member::Content(_) => content = read_content(source, tag.as_ref(), &mut map)?,
                Member::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        finish(tag, content)
    }
}

#[inline]
fn read_content<'de, M: Message<'de>, A: MapAccess<'de>>(
    source: Source<'_, 'de>,
    tag: Option<&Found<'de>>,
    map: &mut A,
) -> Result<Content<'de, M>, A::Error> {
    let index = match tag {
        Some(Found::Variant(index)) => Some(*index),
        Some(Found::Other(_)) => None,
        None => source.guess::<M>(),
    };
    match index {
        Some(index) => {
            map.next_value_seed(ContentSeed::new(index)).map(|value| Content::Decoded(index, value))
        }
        None => map.next_value().map(Content::Captured),
    }
}

#[inline]
fn finish<'de, M: Message<'de>, E: de::Error>(
    tag: Option<Found<'de>>,
    content: Content<'de, M>,
) -> Result<M, E> {
    let index = match (tag, M::DEFAULT) {
        (Some(Found::Variant(index)), _) | (None, Some(index)) => index,
        (Some(Found::Other(tag)), _) => {
            return match content {
                Content::Captured(text) => M::other(tag, Some(text)),
                Content::None => M::other(tag, None),
                Content::Decoded(..) => Err(E::custom("wrong guess")),
            };
        }
        (None, None) => return Err(message::missing_tag::<M, E>()),
    };
    match content {
        Content::Decoded(guess, value) if guess == index => Ok(value),
        Content::Decoded(..) => Err(E::custom("wrong guess")),
        Content::Captured(text) => text.decode(ContentSeed::new(index)),
        Content::None => message::without_content(index),
    }
}

enum Member {
    Tag,
    Content(&'static str),
    Unknown,
}

struct MemberSeed<M>(PhantomData<M>);

impl<'de, M: Message<'de>> DeserializeSeed<'de> for MemberSeed<M> {
    type Value = Member;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, M: Message<'de>> Visitor<'de> for MemberSeed<M> {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a member of {}", M::NAME)
    }

    #[inline]
    fn visit_str<E: de::Error>(self, name: &str) -> Result<Member, E> {
        if name == M::TAG {
            return Ok(Member::Tag);
        }
        match M::CONTENT.iter().find(|content| **content == name) {
            Some(content) => Ok(Member::Content(content)),
            None if M::DENY => Err(unknown_member::<M, E>(name)),
            None => Ok(Member::Unknown),
        }
    }
}

#[cold]
fn unknown_member<'de, M: Message<'de>, E: de::Error>(name: &str) -> E {
    let known =
        M::CONTENT.iter().fold(format!("`{}`", M::TAG), |list, name| format!("{list} or `{name}`"));
    let text = format!("unknown member `{name}` of {}, expected {known}", M::NAME);
    Note::new(Kind::UnknownMember, M::NAME, text).raise()
}
