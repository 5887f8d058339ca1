//! Half of the world's message protocols look like this:
//!
//! ```json
//! ["EVENT", "sub-1", {"kind": 1, "content": "hi"}]
//! {"msg": {"description": "dynamite"}, "type": "sound"}
//! ```
//!
//! An array in which every position means something else, or an envelope that says what its
//! content is. serde's derives read some of them, write none of the arrays, know string tags
//! only, and where the tag comes late they buffer: 128-bit integers, raw values, integer keys
//! and the place of an error are lost on the way.
//!
//! The types derived here are ordinary [`serde::Serialize`] and [`serde::Deserialize`] types.
//! They nest in each other and in plain serde types, and borrow from the input. A tag that comes
//! first costs nothing; one that comes last costs next to nothing.
//!
//! ```
//! use tagged_json::Envelope;
//!
//! #[derive(Envelope, Debug, PartialEq)]
//! #[envelope(tag = "type", content = "msg", rename_all = "kebab-case")]
//! enum Message<'a> {
//!     Sound { description: &'a str },
//!     MoreCowbell(u32),
//!     Ping,
//! }
//!
//! let text = r#"{"msg": {"description": "dynamite"}, "type": "sound"}"#;
//! let message: Message = tagged_json::from_str(text)?;
//! assert_eq!(message, Message::Sound { description: "dynamite" });
//! assert_eq!(tagged_json::to_string(&message)?, r#"{"type":"sound","msg":{"description":"dynamite"}}"#);
//!
//! let error = tagged_json::from_str::<Message>(r#"{"type": "sond"}"#).unwrap_err();
//! assert_eq!(error.to_string(), r#"unknown tag "sond" of Message, did you mean "sound"? at line 1 column 15"#);
//! # Ok::<(), tagged_json::Error>(())
//! ```
//!
//! # Which form is it?
//!
//! | the JSON | the attribute |
//! |---|---|
//! | `["Hello world", 10, false]` | `#[derive(Array)]` on a struct |
//! | `{"type": "sound", "msg": {…}}` | `#[envelope(tag = "type", content = "msg")]` |
//! | `{"type": "sound", …}` | `#[envelope(tag = "type")]` |
//! | `["sound", …]` | `#[envelope(tag = 0)]` |
//! | `[ref, topic, "sound", {…}]` | `#[envelope(tag = 2, content = 3)]` |
//! | `[…, "sound"]` | `#[envelope(tag = -1)]` |
//! | `{"header": {"type": "sound"}, "data": {"object": …}}` | `#[envelope(tag = "header.type", content = "data.object")]` |
//! | `{"apiVersion": "v1", "kind": "Pod", …}` | `#[envelope(tag = ("apiVersion", "kind"))]` |
//! | `{"result": …}`, `{"error": …}` | `#[envelope(present)]` |
//! | `{"type": "sound", "data": "{\"volume\":11}"}` | `#[envelope(tag = "type", content = "data", embedded)]` |
//! | `{"@type": ["Agent", "Person"], …}` | `#[envelope(tag = "@type", tag_list)]` |
//! | the type is in an HTTP header | [`from_str_tagged`] |
//! | `{"seq": 7, "type": "sound", "msg": …}` | a struct with an `#[envelope(body)]` field |
//! | types that are registered at run time | [`Router`] |
//! | one message a line | [`lines`](lines()), [`lines_in`], [`LineReader`] |
//!
//! # Entry points, and what is lost without them
//!
//! [`from_str`], [`from_slice`], [`from_reader`] and the streams read any serde type, and have the
//! whole text at hand. That buys two things: at the root of a message a late tag is looked up at
//! the end of the text, used as a guess, and verified, so that the content is decoded in one
//! pass; and an [`Error`] knows its line, column and JSON path in the whole input.
//!
//! The same types work through `serde_json` and inside any other type. There a late tag makes
//! the content be kept as checked text (borrowed, nothing is taken apart), so that all types
//! still work. What is lost: the second pass takes time, an error in such content says its line
//! and column *in the content*, and through `serde_json::from_reader` such content cannot be
//! borrowed from. Formats other than JSON work where they describe themselves and the tag comes
//! first; behind serde's own `flatten` and `untagged` serde has buffered before this crate sees
//! anything.
//!
//! # Rules
//!
//! - Exactly the form that was declared: no arrays for objects, no objects for arrays, no second
//!   tag, no second content.
//! - A *known* tag with bad content is an error, never an unknown message.
//! - What is skipped is checked to be JSON, as strictly as `serde_json` checks it.
//! - Nesting is limited as in `serde_json`. Nothing here panics on input, and there is no unsafe code.

mod adjacent;
mod array;
mod capture;
mod context;
mod error;
mod flat;
mod guess;
mod guessing;
mod keep;
mod key;
mod lines;
mod locate;
mod members;
mod message;
mod nearest;
mod positions;
mod read;
mod replay;
mod routed;
mod router;
mod siblings;
mod splice;
mod tag;
mod watch;
mod whole;
mod write;
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::{Error, Kind};
pub use lines::{Entry, KeepBad, Line, LineReader, Lines, LinesIn, lines, lines_in};
pub use read::{from_reader, from_slice, from_str, from_str_tagged};
pub use router::{Message, Place, Router};
pub use tag::Tag;
pub use write::{to_string, to_vec, write_line};

/// Reads a struct from a JSON array, and writes it as one.
///
/// ```
/// use tagged_json::Array;
///
/// // ["Hello world", 10, false]
/// #[derive(Array, Debug, PartialEq)]
/// struct Notification {
///     message: String,
///     priority: u8,
///     critical: bool,
/// }
///
/// let notification: Notification = tagged_json::from_str(r#"["Hello world", 10, false]"#)?;
/// assert_eq!(notification.priority, 10);
/// assert_eq!(tagged_json::to_string(&notification)?, r#"["Hello world",10,false]"#);
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # On the struct
///
/// - `#[array(len = "exact")]`, the default: as many elements as fields.
/// - `#[array(len = "at_least")]`: elements behind the fields are skipped.
/// - `#[array(len = "ignore")]`: those, and fields that are missing take their `Default`.
/// - `#[array(crate = "path")]`: where this crate is.
///
/// # On a field
///
/// - `#[array(default)]`, `#[array(default = "function")]`: the array may end before it. Always
///   written.
/// - `#[array(optional)]` on an `Option`: the array may end before it. Written if it, or an
///   optional field behind it, is there.
/// - `#[array(rest)]`, on the last field: all that follows, in any type that is an array itself.
/// - `#[array(hole)]`: a position that is skipped when read, and written as `null`. The field
///   takes its `Default`.
/// - `#[array(with = "module")]`, `deserialize_with`, `serialize_with`: as in serde.
/// - `#[array(rename = "name")]`: the name in errors.
///
/// References borrow from the input; a `Cow` at a position is owned, as serde has it.
///
/// ```
/// use tagged_json::Array;
///
/// // ["REQ", null, "sub"], ["REQ", null, "sub", {…}, {…}]
/// #[derive(Array, Debug)]
/// struct Request<'a> {
///     verb: &'a str,
///     #[array(hole)]
///     _reserved: (),
///     subscription: &'a str,
///     #[array(rest)]
///     limits: Vec<u32>,
/// }
///
/// // [1], [1, 5], [1, 5, "note"]
/// #[derive(Array, Debug)]
/// struct Entry {
///     id: u64,
///     #[array(default)]
///     level: u8,
///     #[array(optional)]
///     note: Option<String>,
/// }
///
/// let request: Request = tagged_json::from_str(r#"["REQ", 0, "sub", 1, 2]"#)?;
/// assert_eq!(tagged_json::to_string(&request)?, r#"["REQ",null,"sub",1,2]"#);
/// let entry: Entry = tagged_json::from_str("[1]")?;
/// assert_eq!(tagged_json::to_string(&entry)?, "[1,0]");
/// # Ok::<(), tagged_json::Error>(())
/// ```
pub use tagged_json_derive::Array;
/// Reads an enum from messages that say their type, and writes it as such.
///
/// # On the enum: where tag and content are
///
/// - `tag = "type", content = "msg"`: members. Repeat `content` for members of which one is there.
/// - `tag = "type"`: the fields stand beside the tag.
/// - `tag = 0`: the head of an array, the fields behind it; `tag = -1`: its end, the fields before.
/// - `tag = 3, content = 4`: positions of an array; the others are skipped, and written as `null`.
/// - `tag = "header.type"`, `content = "data.object"`: paths. A name with dots: `tag = "/a.b/type"`.
/// - `tag = ("apiVersion", "kind")`: two members together.
/// - `present`: known by the member that is there, which has the variant's name. The first
///   declared wins; the content is the whole object.
///
/// # On the enum: the rest
///
/// - `rename_all = "kebab-case"` for the tags, `rename_all_fields = "camelCase"` for the fields.
/// - `deny_unknown`: members besides tag and content are refused.
/// - `embedded`: the content is a string that holds JSON text.
/// - `tag_list`: the tag may be a list of tags, of which the first known one counts.
/// - `kind = Kind`: makes an enum `Kind` of the tags, `kind()` on this one, and `Kind::ALL`,
///   `Kind::tag`, `Kind::from_tag`, `Display`, `Serialize` and `Deserialize` on that one.
/// - `crate = "path"`: where this crate is.
///
/// # On a variant
///
/// - `#[envelope(rename = "name")]`, an integer, a boolean, or a pair; `#[envelope(alias = …)]`.
/// - `#[envelope(default)]`: for a message without a tag.
/// - `#[envelope(other)]`: for unknown tags. Two fields, the tag and the content, as it was:
///   `Other(String, Option<Box<RawValue>>)`; `None` is no content. Where the content is no value
///   of its own (flat, array, present) it is the whole message. As a unit variant it drops them.
///
/// Fields take serde's attributes where they are members, those of [`Array`](derive@Array) where
/// they are positions.
///
/// ```
/// use serde_json::value::RawValue;
/// use tagged_json::Envelope;
///
/// // {"op": 10, "d": {…}}
/// #[derive(Envelope, Debug)]
/// #[envelope(tag = "op", content = "d")]
/// enum Gateway {
///     #[envelope(rename = 10)]
///     Hello { heartbeat_interval: u32 },
///     #[envelope(rename = 11)]
///     Acknowledged,
///     #[envelope(other)]
///     Other(i64, Option<Box<RawValue>>),
/// }
///
/// // ["OK", id, true], ["EOSE", subscription]
/// #[derive(Envelope, Debug)]
/// #[envelope(tag = 0, rename_all = "UPPERCASE")]
/// enum Relay<'a> {
///     Ok { event: &'a str, accepted: bool, #[array(optional)] reason: Option<&'a str> },
///     Eose(&'a str),
/// }
///
/// for text in [r#"{"op":10,"d":{"heartbeat_interval":45000}}"#, r#"{"op":11}"#, r#"{"op":99,"d":[ 1 ]}"#] {
///     let message: Gateway = tagged_json::from_str(text)?;
///     assert_eq!(tagged_json::to_string(&message)?, text);
/// }
/// assert!(matches!(tagged_json::from_str(r#"["EOSE", "sub"]"#)?, Relay::Eose("sub")));
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # On a struct around such an enum
///
/// The field marked `#[envelope(body)]` is the message; the others are its siblings in the
/// envelope, with serde's attributes. Only they are set aside; the content is not buffered.
/// A field marked `#[envelope(extra)]` takes the members nobody knows. In an array, siblings say
/// their position: `#[envelope(at = 0)]`.
///
/// ```
/// use tagged_json::Envelope;
///
/// #[derive(Envelope, Debug, PartialEq)]
/// #[envelope(tag = "type", content = "msg", rename_all = "lowercase")]
/// enum Message {
///     Cowbell { more: bool },
/// }
///
/// // {"seq": 7, "type": "cowbell", "msg": {"more": true}}
/// #[derive(Envelope, Debug, PartialEq)]
/// struct Numbered {
///     #[serde(rename = "seq")]
///     number: u64,
///     #[envelope(body)]
///     message: Message,
/// }
///
/// let text = r#"{"seq":7,"type":"cowbell","msg":{"more":true}}"#;
/// let numbered: Numbered = tagged_json::from_str(text)?;
/// assert_eq!(numbered, Numbered { number: 7, message: Message::Cowbell { more: true } });
/// assert_eq!(tagged_json::to_string(&numbered)?, text);
/// # Ok::<(), tagged_json::Error>(())
/// ```
pub use tagged_json_derive::Envelope;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
