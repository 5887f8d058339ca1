//! The one error type of the entry points.

use std::fmt;
use std::io;

use crate::context::{self, Note};
use crate::locate;
use crate::tag::Tag;

/// What went wrong, in one word.
///
/// ```
/// use tagged_json::Kind;
///
/// let error = tagged_json::from_str::<Vec<u8>>("[1, 2").unwrap_err();
/// assert_eq!(error.kind(), Kind::Eof);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The text is not JSON.
    Syntax,
    /// The text ends too early.
    Eof,
    /// Reading failed.
    Io,
    /// A value is of another JSON type, or out of range, or refused by its type.
    Data,
    /// An array has too many or too few elements.
    Length,
    /// The tag is not among the known ones.
    UnknownTag,
    /// There is no tag.
    MissingTag,
    /// A member that may be there once is there twice.
    Duplicate,
    /// The content that the tag calls for is not there.
    MissingContent,
    /// A member that the envelope does not have, where that is denied.
    UnknownMember,
    /// A message is larger than the limit of the stream.
    TooLarge,
}

impl Kind {
    pub(crate) fn of_json(error: &serde_json::Error) -> Self {
        match error.classify() {
            serde_json::error::Category::Io => Kind::Io,
            serde_json::error::Category::Syntax => Kind::Syntax,
            serde_json::error::Category::Eof => Kind::Eof,
            serde_json::error::Category::Data => Kind::of_message(&error.to_string()),
        }
    }

    pub(crate) fn of_message(message: &str) -> Self {
        if message.starts_with("EOF while parsing") {
            Kind::Eof
        } else if context::is_syntax(message) {
            Kind::Syntax
        } else if message.starts_with("invalid length") {
            Kind::Length
        } else if message.starts_with("duplicate field") {
            Kind::Duplicate
        } else {
            Kind::Data
        }
    }
}

/// Why a message could not be read: what, in which Rust type and field, and where in the input.
///
/// ```
/// use tagged_json::{Array, Kind};
///
/// #[derive(Array, Debug)]
/// struct Notification {
///     message: String,
///     priority: u8,
///     critical: bool,
/// }
///
/// let error = tagged_json::from_str::<Notification>(r#"["Hello world", 300, false]"#).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "Notification.priority (index 1): invalid value: integer 300, expected u8 at line 1 column 19"
/// );
/// assert_eq!(error.type_name(), Some("Notification"));
/// assert_eq!(error.field(), Some("priority"));
/// assert_eq!(error.index(), Some(1));
/// assert_eq!(error.path(), "$[1]");
/// assert_eq!((error.line(), error.column()), (1, 19));
/// assert_eq!(error.expected(), Some("u8"));
/// assert_eq!(error.found(), Some("integer 300"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    message: String,
    type_name: Option<&'static str>,
    field: Option<&'static str>,
    index: Option<usize>,
    tag: Option<Tag<'static>>,
    suggestion: Option<&'static str>,
    path: String,
    line: usize,
    column: usize,
    offset: usize,
    source: Option<io::Error>,
}

impl Error {
    /// Completes an error of `serde_json` with the note that was left for it.
    #[cold]
    pub(crate) fn locate(error: &serde_json::Error, text: &str) -> Self {
        let full = error.to_string();
        let (message, _) = context::split_position(&full);
        let note = context::pick_up(&full);
        let known = note.as_ref().and_then(|note| note.consumed);
        let mut consumed = known
            .unwrap_or_else(|| locate::consumed(text.as_bytes(), error.line(), error.column()));
        if known.is_none() && note.as_ref().is_some_and(|note| note.floating) {
            let comma = text.as_bytes()[..consumed].last() == Some(&b',');
            consumed -= usize::from(comma);
        }
        if message.contains("invalid type: map,") || message.contains("invalid type: sequence,") {
            consumed = locate::onto_bracket(text.as_bytes(), consumed);
        }
        let (line, column) = locate::line_column(text.as_bytes(), consumed);
        let note = note.unwrap_or_else(|| Note {
            type_name: None,
            ..Note::new(Kind::of_json(error), "", context::tidy(message))
        });
        Error(Box::new(Inner {
            kind: note.kind,
            message: note.text,
            type_name: note.type_name,
            field: note.field,
            index: note.index,
            tag: note.tag,
            suggestion: note.suggestion,
            path: locate::path(text, consumed),
            line,
            column,
            offset: consumed.saturating_sub(1),
            source: None,
        }))
    }

    /// The same, about something that is not in the text.
    pub(crate) fn without_place(mut self) -> Self {
        self.0.line = 0;
        self.0.column = 0;
        self
    }

    pub(crate) fn plain(
        kind: Kind,
        message: String,
        line: usize,
        column: usize,
        offset: usize,
    ) -> Self {
        Error(Box::new(Inner {
            kind,
            message,
            type_name: None,
            field: None,
            index: None,
            tag: None,
            suggestion: None,
            path: "$".to_owned(),
            line,
            column,
            offset,
            source: None,
        }))
    }

    /// A message that nobody handles: its tag is known, its place is the message's.
    pub(crate) fn of_tag(message: String, tag: Tag<'static>) -> Self {
        let mut made = Error::plain(Kind::UnknownTag, message, 0, 0, 0);
        made.0.tag = Some(tag);
        made
    }

    pub(crate) fn io(error: io::Error) -> Self {
        let mut made = Error::plain(Kind::Io, error.to_string(), 0, 0, 0);
        made.0.source = Some(error);
        made
    }

    /// Moves the place by what stood in front of this text in a stream.
    pub(crate) fn shift(mut self, lines: usize, bytes: usize) -> Self {
        if self.0.line > 0 {
            self.0.line += lines;
        }
        self.0.offset += bytes;
        self
    }

    /// What went wrong, in one word.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The Rust type (`Notification`) or variant (`Message::Sound`) that was being read.
    pub fn type_name(&self) -> Option<&'static str> {
        self.0.type_name
    }

    /// The field of that type.
    pub fn field(&self) -> Option<&'static str> {
        self.0.field
    }

    /// The position of that field in the array.
    pub fn index(&self) -> Option<usize> {
        self.0.index
    }

    /// The tag of the message, where the error is about the tag.
    pub fn tag(&self) -> Option<&Tag<'static>> {
        self.0.tag.as_ref()
    }

    /// The known tag that is nearest to an unknown one.
    pub fn suggestion(&self) -> Option<&'static str> {
        self.0.suggestion
    }

    /// The JSON path of the offending value, from the root `$`.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The line in the whole input, from 1; 0 if the error has no place.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column in bytes, as `serde_json` counts: that of the last byte read.
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// The offset of that byte in the whole input.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// What the type wanted, where a value was of another type or out of range.
    pub fn expected(&self) -> Option<&str> {
        self.mismatch().map(|(_, expected)| expected)
    }

    /// What was there instead.
    pub fn found(&self) -> Option<&str> {
        self.mismatch().map(|(found, _)| found)
    }

    /// The message without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    fn mismatch(&self) -> Option<(&str, &str)> {
        let message = &self.0.message;
        let start = ["invalid type: ", "invalid value: ", "invalid length "]
            .iter()
            .find_map(|prefix| message.find(prefix).map(|at| at + prefix.len()))
            .or_else(|| {
                let at = message.find("wrong number of elements in ")?;
                message[at..].find(": ").map(|colon| at + colon + 2)
            })?;
        // The last comma is the one: a quoted string in front of it may hold another.
        message[start..].rsplit_once(", expected ")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.write_str(&inner.message)?;
        if inner.line > 0 {
            write!(f, " at line {} column {}", inner.line, inner.column)?;
        }
        // A type that is not ours does not name the field: the path does.
        if inner.field.is_none()
            && inner.index.is_none()
            && inner.kind == Kind::Data
            && inner.path != "$"
        {
            write!(f, " ({})", inner.path)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &inner.message)
            .field("path", &inner.path)
            .field("line", &inner.line)
            .field("column", &inner.column)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| error as _)
    }
}
