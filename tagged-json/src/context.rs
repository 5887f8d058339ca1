//! What is known at the place where decoding fails, carried past error types that hold only text.
//!
//! `serde::de::Error` takes a message and nothing else. A failing derived type leaves the rest
//! here, beside the message; our entry points pick it up when the error that reaches them begins
//! with that very message. An error that was caught on the way leaves a note nobody picks up.

use std::cell::{Cell, RefCell};

use serde::de;

use crate::error::Kind;
use crate::locate;
use crate::tag::Tag;

thread_local! {
    /// Address and length of the text that an entry point is decoding.
    static DOCUMENT: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    static NOTE: RefCell<Option<Box<Note>>> = const { RefCell::new(None) };
}

/// What a failing type knew.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) type_name: Option<&'static str>,
    pub(crate) field: Option<&'static str>,
    pub(crate) index: Option<usize>,
    pub(crate) tag: Option<Tag<'static>>,
    pub(crate) suggestion: Option<&'static str>,
    /// Bytes of the document in front of the place, where that is known.
    pub(crate) consumed: Option<usize>,
    /// Whether the error had no place of its own: `serde_json` adds one, behind the next comma.
    pub(crate) floating: bool,
}

impl Note {
    pub(crate) fn new(kind: Kind, type_name: &'static str, text: String) -> Self {
        Note {
            text,
            kind,
            type_name: Some(type_name),
            field: None,
            index: None,
            tag: None,
            suggestion: None,
            consumed: None,
            floating: false,
        }
    }

    /// Leaves the note and makes the error that stands for it.
    #[cold]
    pub(crate) fn raise<E: de::Error>(self) -> E {
        let error = E::custom(&self.text);
        leave(self);
        error
    }
}

fn leave(note: Note) {
    NOTE.with(|slot| *slot.borrow_mut() = Some(Box::new(note)));
}

/// Takes the note that belongs to `message`, if it is there.
pub(crate) fn pick_up(message: &str) -> Option<Note> {
    let note = NOTE.with(|slot| slot.borrow_mut().take())?;
    message.starts_with(&note.text).then_some(*note)
}

/// Marks `text` as the document until dropped.
#[derive(Debug)]
pub(crate) struct Document {
    outer: (usize, usize),
}

impl Document {
    pub(crate) fn enter(text: &str) -> Self {
        Document { outer: DOCUMENT.replace((text.as_ptr().addr(), text.len())) }
    }

    /// Whether `text` is the whole document, and not a string that happens to be equal to it.
    pub(crate) fn is(text: &str) -> bool {
        DOCUMENT.get() == (text.as_ptr().addr(), text.len())
    }

    /// Where `part` begins in the document.
    pub(crate) fn position_of(part: &str) -> Option<usize> {
        let (start, len) = DOCUMENT.get();
        let from = part.as_ptr().addr().checked_sub(start)?;
        (from + part.len() <= len).then_some(from)
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        DOCUMENT.set(self.outer);
    }
}

/// Names the type and the place in it, unless something further in has done so.
#[cold]
#[inline(never)]
pub(crate) fn within<E: de::Error>(
    error: E,
    type_name: &'static str,
    field: Option<&'static str>,
    index: Option<usize>,
) -> E {
    let text = error.to_string();
    let (message, position) = split_position(&text);
    if is_syntax(message) {
        return error;
    }
    let mut consumed = None;
    if let Some(note) = pick_up(&text) {
        if note.type_name.is_some() {
            leave(note);
            return error;
        }
        consumed = note.consumed;
    }
    let member = field.map(|field| format!(".{field}")).unwrap_or_default();
    let place = index.map(|index| format!(" (index {index})")).unwrap_or_default();
    let full = format!("{type_name}{member}{place}: {}", tidy(message));
    let wrapped = E::custom(format_args!("{full}{position}"));
    let note = Note::new(Kind::of_message(message), type_name, full);
    leave(Note { field, index, consumed, floating: position.is_empty(), ..note });
    wrapped
}

/// Turns an error inside `part`, a piece cut out of the document, into one of the document.
#[cold]
#[inline(never)]
pub(crate) fn rebase<E: de::Error>(error: &serde_json::Error, part: &str) -> E {
    let text = error.to_string();
    let (message, _) = split_position(&text);
    // Of what it only looked at, serde_json says the place in front.
    let inner = locate::consumed(part.as_bytes(), error.line(), error.column()).max(1);
    let consumed = Document::position_of(part).map(|start| start + inner);
    let note = match pick_up(&text) {
        Some(note) => Note { consumed: note.consumed.or(consumed), ..note },
        None => Note {
            text: message.to_owned(),
            kind: Kind::of_json(error),
            type_name: None,
            field: None,
            index: None,
            tag: None,
            suggestion: None,
            consumed,
            floating: false,
        },
    };
    let place = note.consumed;
    leave(note);
    if place.is_some() || error.line() == 0 || message.contains(" of the content)") {
        E::custom(message)
    } else {
        // Nobody here knows where the piece stood: the place inside it is all there is to say.
        let (line, column) = (error.line(), error.column());
        E::custom(format_args!("{message} (line {line} column {column} of the content)"))
    }
}

/// Splits ` at line 1 column 2` off the end.
pub(crate) fn split_position(text: &str) -> (&str, &str) {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(at) = text.rfind(" at line ") {
        let (message, position) = text.split_at(at);
        let numbers = position.trim_start_matches(" at line ").split_once(" column ");
        if numbers.is_some_and(|(line, column)| digits(line) && digits(column)) {
            return (message, position);
        }
    }
    (text, "")
}

/// Serde puts numbers and booleans in back quotes; ours read as the JSON does.
pub(crate) fn tidy(message: &str) -> String {
    for prefix in ["invalid type: ", "invalid value: "] {
        let Some(rest) = message.strip_prefix(prefix) else { continue };
        for noun in ["integer ", "floating point ", "boolean "] {
            let Some(rest) = rest.strip_prefix(noun) else { continue };
            if let Some((value, rest)) = rest.strip_prefix('`').and_then(|r| r.split_once('`')) {
                return format!("{prefix}{noun}{value}{rest}");
            }
        }
    }
    message.to_owned()
}

/// Whether `serde_json` says that the text is not JSON, rather than not of this type.
pub(crate) fn is_syntax(message: &str) -> bool {
    const STARTS: [&str; 18] = [
        "EOF while parsing",
        "expected `",
        "expected value",
        "expected ident",
        "expected numeric key",
        "invalid escape",
        "invalid number",
        "number out of range",
        "invalid unicode code point",
        "control character",
        "key must be a string",
        "lone leading surrogate",
        "trailing comma",
        "trailing characters",
        "unexpected end of hex escape",
        "recursion limit exceeded",
        "invalid UTF-8",
        "float key must be finite",
    ];
    STARTS.iter().any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_split_only_at_the_end() {
        assert_eq!(split_position("x at line 1 column 2"), ("x", " at line 1 column 2"));
        assert_eq!(split_position("x at line 1 column 2."), ("x at line 1 column 2.", ""));
        assert_eq!(split_position("x at line y"), ("x at line y", ""));
    }

    #[test]
    fn numbers_lose_their_quotes() {
        assert_eq!(
            tidy("invalid value: integer `300`, expected u8"),
            "invalid value: integer 300, expected u8"
        );
        assert_eq!(
            tidy("invalid type: string \"`\", expected u8"),
            "invalid type: string \"`\", expected u8"
        );
    }

    #[test]
    fn a_note_is_for_its_own_message_only() {
        let _error: serde_json::Error = Note::new(Kind::Data, "T", "caught".into()).raise();
        assert!(pick_up("something else").is_none());
    }
}
