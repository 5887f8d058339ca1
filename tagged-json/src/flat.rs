//! The tag among the fields: `{"reason": "compiler-artifact", fields...}`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::capture::Captured;
use crate::guessing::Guessing;
use crate::members::{Members, MembersDeserializer};
use crate::message::{self, Found, Message};
use crate::watch::Behind;
use crate::whole::{self, Form, Layout, Source};

/// Reads a message whose fields stand beside the tag.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "called by derived code alone")]
pub fn deserialize<'de, M: Message<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<M, D::Error> {
    whole::deserialize::<Flat<M>, D>(deserializer)
}

pub(crate) struct Flat<M>(PhantomData<M>);

impl<'de, M: Message<'de>> Layout<'de> for Flat<M> {
    type Value = M;
    const FORM: Form = Form::Object;
    const CAPTURE: bool = M::OTHER_BORROWS;

    fn expecting(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the tag `{}` for {}", M::TAG, M::NAME)
    }

    #[inline]
    fn map<A: MapAccess<'de>>(source: Source<'_, 'de>, mut map: A) -> Result<M, A::Error> {
        match map.next_key_seed(First::<M>(PhantomData))? {
            Some(Name::Tag) => match message::tag_of_map::<M, A>(&mut map)? {
                Found::Variant(index) => behind(map, index),
                Found::Other(tag) => other(source, Members::new(map), tag),
            },
            Some(Name::Other(name)) => late(source, map, name),
            None => without_tag(Members::new(map)),
        }
    }
}

/// A name in front of which there was no tag.
enum Name<'de> {
    Tag,
    Other(Cow<'de, str>),
}

/// Reads it.
struct First<M>(PhantomData<M>);

impl<'de, M: Message<'de>> DeserializeSeed<'de> for First<M> {
    type Value = Name<'de>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, M: Message<'de>> Visitor<'de> for First<M> {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(if name == M::TAG { Name::Tag } else { Name::Other(Cow::Borrowed(name)) })
    }

    #[inline]
    fn visit_str<E: de::Error>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(if name == M::TAG { Name::Tag } else { Name::Other(Cow::Owned(name.to_owned())) })
    }
}

/// The tag came first, as it mostly does: the members go straight through.
#[inline]
fn behind<'de, M: Message<'de>, A: MapAccess<'de>>(map: A, index: usize) -> Result<M, A::Error> {
    let mut members = Behind::<M, A>::new(map);
    let read = M::content(index, MembersDeserializer(&mut members));
    if read.is_err() || !members.ended() {
        return finish(members, read, index);
    }
    read
}

#[cold]
#[inline(never)]
fn finish<'de, M: Message<'de>, A: MapAccess<'de>>(
    mut members: Behind<M, A>,
    read: Result<M, A::Error>,
    index: usize,
) -> Result<M, A::Error> {
    match read {
        Ok(value) => skip_all(&mut members).map(|()| value),
        Err(error) => Err(message::in_variant::<M, _>(error, index)),
    }
}

fn variant<'de, M: Message<'de>, A: MapAccess<'de>>(
    mut members: Members<'de, M, A>,
    index: usize,
) -> Result<M, A::Error> {
    match M::content(index, MembersDeserializer(&mut members)) {
        Ok(value) => {
            members.drain()?;
            Ok(value)
        }
        Err(error) => Err(message::in_variant::<M, _>(error, index)),
    }
}

/// What fails here is read again without the guess: its error is not shown.
#[inline]
fn guessed<'de, M: Message<'de>, A: MapAccess<'de>>(
    map: A,
    name: Cow<'de, str>,
    index: usize,
) -> Result<M, A::Error> {
    let mut members = Guessing::<M, A>::new(map, name, index);
    let read = M::content(index, MembersDeserializer(&mut members));
    if members.confirmed() || read.is_err() {
        return read;
    }
    skip_all(&mut members)?;
    if members.confirmed() { read } else { Err(de::Error::custom("wrong guess")) }
}

/// The first member is not the tag.
fn late<'de, M: Message<'de>, A: MapAccess<'de>>(
    source: Source<'_, 'de>,
    mut map: A,
    mut name: Cow<'de, str>,
) -> Result<M, A::Error> {
    if let Some(index) = source.guess::<M>() {
        return guessed(map, name, index);
    }
    let mut early = Vec::with_capacity(8);
    loop {
        early.push((name, map.next_value::<Captured<'de>>()?));
        match map.next_key_seed(First::<M>(PhantomData))? {
            Some(Name::Other(next)) => name = next,
            Some(Name::Tag) => break,
            None => return without_tag(Members::replaying(map, early)),
        }
    }
    let found = message::tag_of_map::<M, A>(&mut map)?;
    let members = Members::replaying(map, early);
    match found {
        Found::Variant(index) => variant(members, index),
        Found::Other(tag) => other(source, members, tag),
    }
}

fn without_tag<'de, M: Message<'de>, A: MapAccess<'de>>(
    members: Members<'de, M, A>,
) -> Result<M, A::Error> {
    match M::DEFAULT {
        Some(index) => variant(members, index),
        None => Err(message::missing_tag::<M, _>()),
    }
}

/// An unknown message is kept as a whole: the very text where that is at hand.
fn other<'de, M: Message<'de>, A: MapAccess<'de>>(
    source: Source<'_, 'de>,
    mut members: Members<'de, M, A>,
    tag: crate::Tag<'de>,
) -> Result<M, A::Error> {
    if let Some(text) = source.whole() {
        members.drain()?;
        return M::other(tag, Some(Captured(Cow::Borrowed(text))));
    }
    let text = members.rebuild(&tag)?;
    M::other(tag, Some(Captured(Cow::Owned(text))))
}

/// Reads and forgets what a type left unread.
pub(crate) fn skip_all<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}
