//! Handlers by tag: the open counterpart of a closed enum.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::capture::{Captured, Text};
use crate::context::{Document, Note};
use crate::error::{Error, Kind};
use crate::nearest;
use crate::tag::Tag;

/// Where a [`Router`] or a [`Message`] finds tag and content.
///
/// ```
/// use tagged_json::{Message, Place};
///
/// // {"type": "sound", "msg": {...}}
/// let message = Message::read(r#"{"type":"sound","msg":{"volume":11}}"#, &Place::adjacent("type", "msg"))?;
/// assert_eq!(message.content(), Some(r#"{"volume":11}"#));
/// // {"type": "sound", ...}
/// let message = Message::read(r#"{"volume":11,"type":"sound"}"#, &Place::flat("type"))?;
/// assert_eq!(message.content(), Some(r#"{"volume":11,"type":"sound"}"#));
/// // ["sound", {...}]
/// let message = Message::read(r#"["sound",{"volume":11}]"#, &Place::array(0, 1))?;
/// assert_eq!(message.content(), Some(r#"{"volume":11}"#));
/// # Ok::<(), tagged_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Adjacent { tag: String, content: String },
    Flat { tag: String },
    Array { tag: usize, content: usize },
}

impl Place {
    /// Tag and content are members: `{"type": ..., "msg": ...}`.
    ///
    /// ```
    /// let _ = tagged_json::Place::adjacent("type", "msg");
    /// ```
    pub fn adjacent(tag: impl Into<String>, content: impl Into<String>) -> Self {
        Place(Form::Adjacent { tag: tag.into(), content: content.into() })
    }

    /// The tag stands among the members, and the content is the whole object.
    ///
    /// ```
    /// let _ = tagged_json::Place::flat("reason");
    /// ```
    pub fn flat(tag: impl Into<String>) -> Self {
        Place(Form::Flat { tag: tag.into() })
    }

    /// Tag and content are elements of an array.
    ///
    /// ```
    /// let _ = tagged_json::Place::array(3, 4);
    /// ```
    pub fn array(tag: usize, content: usize) -> Self {
        Place(Form::Array { tag, content })
    }

    fn name(&self) -> String {
        match &self.0 {
            Form::Adjacent { tag, .. } | Form::Flat { tag } => tag.clone(),
            Form::Array { tag, .. } => tag.to_string(),
        }
    }
}

/// A message of which the tag is read, and the content when it is asked for.
///
/// ```
/// use tagged_json::{Message, Place};
///
/// let text = r#"{"msg": {"volume": 11}, "type": "sound"}"#;
/// let message = Message::read(text, &Place::adjacent("type", "msg"))?;
/// assert_eq!(message.tag().as_str(), Some("sound"));
///
/// #[derive(serde::Deserialize)]
/// struct Sound { volume: u8 }
/// assert_eq!(message.decode::<Sound>()?.volume, 11);
/// // Errors have their place in the whole text.
/// assert_eq!(message.decode::<bool>().unwrap_err().column(), 9);
/// # Ok::<(), tagged_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    text: &'a str,
    tag: Tag<'a>,
    content: Option<Captured<'a>>,
}

impl<'a> Message<'a> {
    /// Reads the tag; the rest is checked to be JSON, and kept.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or has no tag there.
    pub fn read(text: &'a str, place: &Place) -> Result<Self, Error> {
        let _document = Document::enter(text);
        let mut json = serde_json::Deserializer::from_str(text);
        let read =
            Parts { place }.deserialize(&mut json).and_then(|parts| json.end().map(|()| parts));
        let (tag, content) = read.map_err(|error| Error::locate(&error, text))?;
        let whole = matches!(place.0, Form::Flat { .. });
        let content = if whole { Some(Captured(Cow::Borrowed(text.trim()))) } else { content };
        Ok(Message { text, tag, content })
    }

    /// The tag.
    pub fn tag(&self) -> &Tag<'a> {
        &self.tag
    }

    /// The JSON text of the content, if there is one.
    pub fn content(&self) -> Option<&str> {
        self.content.as_ref().map(|content| &*content.0)
    }

    /// The JSON text of the whole message.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Decodes the content; what is not there reads as `null`.
    ///
    /// # Errors
    ///
    /// When the content is not of this type. Places are those in the whole message.
    pub fn decode<T: Deserialize<'a>>(&self) -> Result<T, Error> {
        let _document = Document::enter(self.text);
        let absent = Captured(Cow::Borrowed("null"));
        let content = self.content.as_ref().unwrap_or(&absent);
        content
            .decode::<_, serde_json::Error>(std::marker::PhantomData)
            .map_err(|error| Error::locate(&error, self.text))
    }
}

struct Parts<'p> {
    place: &'p Place,
}

impl<'de> DeserializeSeed<'de> for Parts<'_> {
    type Value = (Tag<'de>, Option<Captured<'de>>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Parts<'_> {
    fn missing<E: de::Error>(&self) -> E {
        let text = format!("missing tag `{}`", self.place.name());
        Note { type_name: None, ..Note::new(Kind::MissingTag, "", text) }.raise()
    }
}

fn once<T, E: de::Error>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), E> {
    if slot.replace(value).is_none() {
        return Ok(());
    }
    let text = format!("duplicate member `{name}`");
    Err(Note { type_name: None, ..Note::new(Kind::Duplicate, "", text) }.raise())
}

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = (Tag<'de>, Option<Captured<'de>>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if matches!(self.place.0, Form::Array { .. }) { "array" } else { "object" };
        write!(f, "an {form} with the tag `{}`", self.place.name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (tag_name, content_name) = match &self.place.0 {
            Form::Adjacent { tag, content } => (tag, Some(content)),
            Form::Flat { tag } => (tag, None),
            Form::Array { .. } => return Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
        };
        let (mut tag, mut content) = (None, None);
        while let Some(name) = map.next_key_seed(Text)? {
            if name == **tag_name {
                once(&mut tag, &name, map.next_value()?)?;
            } else if content_name.is_some_and(|content| name == **content) {
                once(&mut content, &name, map.next_value()?)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        tag.map(|tag| (tag, content)).ok_or_else(|| self.missing())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Form::Array { tag: tag_at, content: content_at } = self.place.0 else {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        };
        let (mut tag, mut content) = (None, None);
        for at in 0.. {
            let more = if at == tag_at {
                tag = seq.next_element()?;
                tag.is_some()
            } else if at == content_at {
                content = seq.next_element()?;
                content.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
        }
        tag.map(|tag| (tag, content)).ok_or_else(|| self.missing())
    }
}

type Handler<'h, R> = Box<dyn FnMut(&Message<'_>) -> Result<R, Error> + 'h>;

/// Typed handlers by tag, registered as the program goes.
///
/// A closed set of messages is better an enum with `#[derive(Envelope)]`: the compiler then
/// tells what was forgotten. A router is for sets that grow elsewhere, as in plug-ins.
///
/// ```
/// use serde::Deserialize;
/// use tagged_json::{Place, Router};
///
/// #[derive(Deserialize)]
/// struct Sound { description: String }
/// #[derive(Deserialize)]
/// struct Cowbell { more: bool }
///
/// let mut router = Router::new(Place::adjacent("type", "msg"))
///     .on("sound", |sound: Sound| format!("the sound of {}", sound.description))
///     .on("cowbell", |bell: Cowbell| format!("more cowbell: {}", bell.more))
///     .fallback(|message| format!("{} is new to me", message.tag()));
///
/// assert_eq!(router.dispatch(r#"{"type":"cowbell","msg":{"more":true}}"#)?, "more cowbell: true");
/// assert_eq!(router.dispatch(r#"{"msg":{"description":"dynamite"},"type":"sound"}"#)?, "the sound of dynamite");
/// assert_eq!(router.dispatch(r#"{"type":"kazoo"}"#)?, "kazoo is new to me");
/// // A known tag with bad content is an error, never the fallback's.
/// let error = router.dispatch(r#"{"type":"cowbell","msg":{"more":1}}"#).unwrap_err();
/// assert_eq!(error.path(), "$.msg.more");
/// # Ok::<(), tagged_json::Error>(())
/// ```
pub struct Router<'h, R> {
    place: Place,
    /// Sorted by tag: a map could not be asked with a borrowed one.
    handlers: Vec<(Tag<'static>, Handler<'h, R>)>,
    fallback: Option<Handler<'h, R>>,
}

impl<'h, R> Router<'h, R> {
    /// No handlers yet: every message is an error.
    ///
    /// ```
    /// use tagged_json::{Kind, Place, Router};
    /// let error = Router::<()>::new(Place::flat("type")).dispatch(r#"{"type":"x"}"#).unwrap_err();
    /// assert_eq!(error.kind(), Kind::UnknownTag);
    /// ```
    pub fn new(place: Place) -> Self {
        Router { place, handlers: Vec::new(), fallback: None }
    }

    /// Handles a tag. A second handler of the same tag takes the place of the first.
    ///
    /// ```
    /// use tagged_json::{Place, Router};
    /// let mut heard = Vec::new();
    /// let mut router = Router::new(Place::array(0, 1)).on(16, |number: u32| heard.push(number));
    /// router.dispatch("[16, 5]")?;
    /// drop(router);
    /// assert_eq!(heard, [5]);
    /// # Ok::<(), tagged_json::Error>(())
    /// ```
    #[must_use]
    pub fn on<T: de::DeserializeOwned>(
        self,
        tag: impl Into<Tag<'static>>,
        mut handler: impl FnMut(T) -> R + 'h,
    ) -> Self {
        self.on_message(tag, move |message| message.decode().map(&mut handler))
    }

    /// Handles a tag with the message itself, to decode (or not) as it sees fit.
    ///
    /// ```
    /// use tagged_json::{Place, Router};
    /// let mut router = Router::new(Place::flat("type"))
    ///     .on_message("x", |message| Ok(message.text().len()));
    /// assert_eq!(router.dispatch(r#"{"type":"x"}"#)?, 12);
    /// # Ok::<(), tagged_json::Error>(())
    /// ```
    #[must_use]
    pub fn on_message(
        mut self,
        tag: impl Into<Tag<'static>>,
        handler: impl FnMut(&Message<'_>) -> Result<R, Error> + 'h,
    ) -> Self {
        let entry = (tag.into(), Box::new(handler) as Handler<'h, R>);
        match self.find(&entry.0) {
            Ok(at) => self.handlers[at] = entry,
            Err(at) => self.handlers.insert(at, entry),
        }
        self
    }

    /// Handles every tag that no handler was registered for.
    ///
    /// ```
    /// use tagged_json::{Place, Router};
    /// let mut router = Router::new(Place::flat("type")).fallback(|message| message.tag().to_string());
    /// assert_eq!(router.dispatch(r#"{"type":7}"#)?, "7");
    /// # Ok::<(), tagged_json::Error>(())
    /// ```
    #[must_use]
    pub fn fallback(mut self, mut handler: impl FnMut(&Message<'_>) -> R + 'h) -> Self {
        self.fallback = Some(Box::new(move |message| Ok(handler(message))));
        self
    }

    /// Reads a message and calls its handler.
    ///
    /// # Errors
    ///
    /// When the message has no tag, its content is not what the handler takes, or there is no
    /// handler for it.
    pub fn dispatch(&mut self, text: &str) -> Result<R, Error> {
        let message = Message::read(text, &self.place)?;
        match (self.find(&message.tag), &mut self.fallback) {
            (Ok(at), _) => (self.handlers[at].1)(&message),
            (Err(_), Some(fallback)) => fallback(&message),
            (Err(_), None) => Err(self.unknown(&message)),
        }
    }

    fn find(&self, tag: &Tag<'_>) -> Result<usize, usize> {
        self.handlers.binary_search_by(|(known, _)| Tag::cmp(known, tag))
    }

    fn unknown(&self, message: &Message<'_>) -> Error {
        let names: Vec<String> = self.handlers.iter().map(|(tag, _)| tag.to_string()).collect();
        let near =
            nearest::nearest_name(&message.tag.to_string(), names.iter().map(String::as_str));
        let hint = near.map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
        let shown = match &message.tag {
            Tag::Str(text) => format!("{text:?}"),
            Tag::Int(_) | Tag::Bool(_) => message.tag.to_string(),
        };
        Error::of_tag(
            format!("no handler for the tag {shown}{hint}"),
            message.tag.clone().into_owned(),
        )
    }
}

impl<R> fmt::Debug for Router<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("place", &self.place)
            .field("tags", &self.handlers.iter().map(|(tag, _)| tag).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
