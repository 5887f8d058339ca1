//! Entry points that write: `serde_json`'s, with this crate's error.

use std::io::Write;

use serde::Serialize;

use crate::error::{Error, Kind};

fn failed(error: serde_json::Error) -> Error {
    if error.is_io() {
        Error::io(error.into())
    } else {
        Error::plain(Kind::Data, error.to_string(), 0, 0, 0)
    }
}

/// Writes a value as JSON text.
///
/// ```
/// use tagged_json::Array;
///
/// #[derive(Array)]
/// struct Notification { message: String, priority: u8, critical: bool }
///
/// let notification = Notification { message: "Hello world".into(), priority: 10, critical: false };
/// assert_eq!(tagged_json::to_string(&notification)?, r#"["Hello world",10,false]"#);
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # Errors
///
/// When the value refuses to be written, for instance a map whose keys are not strings.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(failed)
}

/// Writes a value as JSON bytes.
///
/// ```
/// assert_eq!(tagged_json::to_vec(&[1, 2])?, b"[1,2]");
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # Errors
///
/// As [`to_string`].
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(failed)
}

/// Writes a value and a line feed: one line of a JSON-lines stream.
///
/// ```
/// let mut stream = Vec::new();
/// tagged_json::write_line(&mut stream, &[1, 2])?;
/// tagged_json::write_line(&mut stream, &[3])?;
/// assert_eq!(stream, b"[1,2]\n[3]\n");
/// # Ok::<(), tagged_json::Error>(())
/// ```
///
/// # Errors
///
/// As [`to_string`], and when writing fails.
pub fn write_line<W: Write, T: Serialize + ?Sized>(mut writer: W, value: &T) -> Result<(), Error> {
    let mut line = to_vec(value)?;
    line.push(b'\n');
    writer.write_all(&line).map_err(Error::io)
}

/// A value written as a string that holds its JSON text.
#[doc(hidden)]
#[derive(Debug)]
pub struct Embedded<'v, T: ?Sized>(pub &'v T);

impl<T: Serialize + ?Sized> Serialize for Embedded<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}
