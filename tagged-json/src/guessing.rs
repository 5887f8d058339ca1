//! A flat message that is decoded before its tag was seen.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::key::Key;
use crate::message::{self, Found, Message, TagSeed};

/// The members but for the tag, which has to turn out as guessed.
pub(crate) struct Guessing<'de, M, A> {
    live: A,
    /// The first name, which showed that the tag comes late.
    first: Option<Cow<'de, str>>,
    guess: usize,
    tag_seen: bool,
    ended: bool,
    message: PhantomData<M>,
}

impl<'de, M: Message<'de>, A: MapAccess<'de>> Guessing<'de, M, A> {
    #[inline]
    pub(crate) fn new(live: A, first: Cow<'de, str>, guess: usize) -> Self {
        Guessing {
            live,
            first: Some(first),
            guess,
            tag_seen: false,
            ended: false,
            message: PhantomData,
        }
    }

    /// Whether everything was read, and the tag was among it.
    #[inline]
    pub(crate) fn confirmed(&self) -> bool {
        self.ended && self.tag_seen
    }

    fn verify(&mut self) -> Result<(), A::Error> {
        if self.tag_seen {
            return Err(message::duplicate::<M, _>(M::TAG));
        }
        self.tag_seen = true;
        match self.live.next_value_seed(TagSeed::<M>::new())? {
            Found::Variant(index) if index == self.guess => Ok(()),
            _ => Err(de::Error::custom("wrong guess")),
        }
    }
}

impl<'de, M: Message<'de>, A: MapAccess<'de>> MapAccess<'de> for Guessing<'de, M, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        if let Some(name) = self.first.take() {
            return seed.deserialize(Key::new(name)).map(Some);
        }
        loop {
            match self.live.next_key_seed(Sift::<M, K> { seed, message: PhantomData })? {
                Some(Sifted::Name(name)) => return Ok(Some(name)),
                Some(Sifted::Tag(back)) => {
                    seed = back;
                    self.verify()?;
                }
                None => {
                    self.ended = true;
                    return Ok(None);
                }
            }
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.live.next_value_seed(seed)
    }
}

/// Reads a name with the seed, or gives the seed back when it is that of the tag.
struct Sift<M, K> {
    seed: K,
    message: PhantomData<M>,
}

enum Sifted<N, K> {
    Name(N),
    Tag(K),
}

impl<'de, M: Message<'de>, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Sift<M, K> {
    type Value = Sifted<K::Value, K>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, M: Message<'de>, K: DeserializeSeed<'de>> Visitor<'de> for Sift<M, K> {
    type Value = Sifted<K::Value, K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
        if name == M::TAG {
            return Ok(Sifted::Tag(self.seed));
        }
        self.seed.deserialize(Key::new(Cow::Borrowed(name))).map(Sifted::Name)
    }

    #[cold]
    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        if name == M::TAG {
            return Ok(Sifted::Tag(self.seed));
        }
        self.seed.deserialize(Key::new(Cow::Owned(name.to_owned()))).map(Sifted::Name)
    }
}
