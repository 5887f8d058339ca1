//! Streams of messages, one a line.

use std::io::{BufRead, Read};
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned};

use crate::error::{Error, Kind};
use crate::read;

/// One message of a stream, and where it stood.
///
/// ```
/// let mut lines = tagged_json::lines::<_, u8>(&b"1\n\n2\n"[..]);
/// let second = lines.nth(1).unwrap()?;
/// assert_eq!((second.number, second.offset, second.value), (3, 3, 2));
/// # Ok::<(), tagged_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<T> {
    /// The number of the line, from 1; blank lines count.
    pub number: usize,
    /// The offset of its first byte in the stream.
    pub offset: usize,
    /// What it says.
    pub value: T,
}

/// What a stream hands over where bad lines are kept: see [`Lines::keep_bad`].
///
/// ```
/// use tagged_json::Entry;
///
/// let stream = &b"[1]\nwarning: slow disk\n"[..];
/// let entries: Vec<_> = tagged_json::lines::<_, Vec<u8>>(stream)
///     .keep_bad()
///     .map(|line| line.map(|line| line.value))
///     .collect::<Result<_, _>>()?;
/// assert!(matches!(&entries[0], Entry::Message(numbers) if numbers == &[1]));
/// assert!(matches!(&entries[1], Entry::Bad { line, .. } if line == b"warning: slow disk"));
/// # Ok::<(), tagged_json::Error>(())
/// ```
#[derive(Debug)]
pub enum Entry<T> {
    /// A message.
    Message(T),
    /// A line that is none.
    Bad {
        /// The line without its end.
        line: Vec<u8>,
        /// Why it is no message.
        error: Error,
    },
}

/// The longest line that is read unless told otherwise: 64 MiB.
const LIMIT: usize = 64 << 20;

/// Reads messages from `reader`, one a line, in constant memory.
///
/// Blank lines are passed over. By default the stream ends with the first bad line, after its
/// error; see [`Lines::skip_bad`] and [`Lines::keep_bad`]. Lines and offsets in errors are those
/// of the whole stream.
///
/// ```
/// use tagged_json::Envelope;
///
/// #[derive(Envelope, Debug, PartialEq)]
/// #[envelope(tag = "Action", rename_all = "lowercase")]
/// enum Action {
///     #[serde(rename_all = "PascalCase")]
///     Run { test: String },
///     #[serde(rename_all = "PascalCase")]
///     Pass { test: String, elapsed: f64 },
/// }
///
/// let stream = br#"
/// {"Action":"run","Test":"TestParse"}
/// {"Test":"TestParse","Elapsed":0.5,"Action":"pass"}
/// "#;
/// let actions = tagged_json::lines::<_, Action>(&stream[..])
///     .map(|line| line.map(|line| line.value))
///     .collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(actions[1], Action::Pass { test: "TestParse".into(), elapsed: 0.5 });
/// # Ok::<(), tagged_json::Error>(())
/// ```
pub fn lines<R: BufRead, T: DeserializeOwned>(reader: R) -> Lines<R, T> {
    Lines {
        source: LineReader::new(reader),
        skip: false,
        skipped: 0,
        ended: false,
        message: PhantomData,
    }
}

/// Reads messages from bytes in memory, one a line; they may borrow from the bytes.
///
/// ```
/// let stream = b"[\"EOSE\",\"a\"]\n[\"EOSE\",\"b\"]\n";
/// let lines = tagged_json::lines_in::<[&str; 2]>(stream);
/// let names = lines.map(|line| line.map(|line| line.value[1])).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(names, ["a", "b"]);
/// # Ok::<(), tagged_json::Error>(())
/// ```
pub fn lines_in<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> LinesIn<'de, T> {
    LinesIn { bytes, offset: 0, number: 0, ended: false, message: PhantomData }
}

/// Reads lines and decodes them where the caller wants them, so that messages may borrow.
///
/// ```
/// let mut lines = tagged_json::LineReader::new(&b"[\"a\",1]\n[\"b\",2]\n"[..]);
/// let mut sum = 0;
/// while let Some(line) = lines.next_as::<(&str, u32)>() {
///     let (name, number) = line?.value;
///     sum += number;
///     assert_eq!(name.len(), 1);
/// }
/// assert_eq!(sum, 3);
/// # Ok::<(), tagged_json::Error>(())
/// ```
#[derive(Debug)]
pub struct LineReader<R> {
    reader: R,
    buffer: Vec<u8>,
    number: usize,
    /// The offset behind the current line.
    end: usize,
    start: usize,
    limit: usize,
}

impl<R: BufRead> LineReader<R> {
    /// Lines of up to 64 MiB.
    ///
    /// ```
    /// assert!(tagged_json::LineReader::new(&b""[..]).next_as::<u8>().is_none());
    /// ```
    pub fn new(reader: R) -> Self {
        LineReader { reader, buffer: Vec::new(), number: 0, end: 0, start: 0, limit: LIMIT }
    }

    /// Lines of up to `bytes`; a longer one is an error, and is skipped without being held.
    ///
    /// ```
    /// use tagged_json::{Kind, LineReader};
    /// let mut lines = LineReader::new(&b"12345\n6\n"[..]).max_len(3);
    /// assert_eq!(lines.next_as::<u32>().unwrap().unwrap_err().kind(), Kind::TooLarge);
    /// assert_eq!(lines.next_as::<u32>().unwrap().unwrap().value, 6);
    /// ```
    #[must_use]
    pub fn max_len(self, bytes: usize) -> Self {
        LineReader { limit: bytes, ..self }
    }

    /// The next message; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// When the line is no such message, is too long, or cannot be read.
    pub fn next_as<'a, T: Deserialize<'a>>(&'a mut self) -> Option<Result<Line<T>, Error>> {
        match self.advance() {
            Ok(false) => None,
            Ok(true) => Some(decode(&self.buffer, self.number, self.start)),
            Err(error) => Some(Err(error)),
        }
    }

    /// Reads the next line that is not blank into the buffer, without its end.
    fn advance(&mut self) -> Result<bool, Error> {
        loop {
            self.buffer.clear();
            self.start = self.end;
            // One more than allowed tells a line that is just long enough from a longer one.
            let allowed = u64::try_from(self.limit).unwrap_or(u64::MAX).saturating_add(2);
            let read = (&mut self.reader)
                .take(allowed)
                .read_until(b'\n', &mut self.buffer)
                .map_err(Error::io)?;
            if read == 0 {
                return Ok(false);
            }
            self.number += 1;
            self.end += read;
            let complete = self.buffer.last() == Some(&b'\n');
            trim_end(&mut self.buffer);
            if self.buffer.len() > self.limit {
                if !complete {
                    self.skip_line()?;
                }
                self.buffer.clear();
                let text = format!("a line of more than {} bytes", self.limit);
                return Err(Error::plain(
                    Kind::TooLarge,
                    text,
                    self.number,
                    self.limit + 1,
                    self.start,
                ));
            }
            if !is_blank(&self.buffer) {
                return Ok(true);
            }
        }
    }

    fn skip_line(&mut self) -> Result<(), Error> {
        loop {
            let available = self.reader.fill_buf().map_err(Error::io)?;
            let (used, ended) = match available.iter().position(|&byte| byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (available.len(), available.is_empty()),
            };
            self.reader.consume(used);
            self.end += used;
            if ended {
                return Ok(());
            }
        }
    }
}

fn trim_end(line: &mut Vec<u8>) {
    for end in [b'\n', b'\r'] {
        if line.last() == Some(&end) {
            line.pop();
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

fn decode<'a, T: Deserialize<'a>>(
    line: &'a [u8],
    number: usize,
    offset: usize,
) -> Result<Line<T>, Error> {
    match read::from_slice(line) {
        Ok(value) => Ok(Line { number, offset, value }),
        Err(error) => Err(error.shift(number - 1, offset)),
    }
}

/// The messages of a stream; made by [`lines`].
#[derive(Debug)]
pub struct Lines<R, T> {
    source: LineReader<R>,
    skip: bool,
    skipped: usize,
    ended: bool,
    message: PhantomData<T>,
}

impl<R: BufRead, T: DeserializeOwned> Lines<R, T> {
    /// Passes over lines that are no such message, and counts them.
    ///
    /// ```
    /// let mut lines = tagged_json::lines::<_, u8>(&b"1\nnoise\n2\n"[..]).skip_bad();
    /// let sum: u8 = lines.by_ref().map(|line| line.unwrap().value).sum();
    /// assert_eq!((sum, lines.skipped()), (3, 1));
    /// ```
    #[must_use]
    pub fn skip_bad(self) -> Self {
        Lines { skip: true, ..self }
    }

    /// Hands over bad lines beside the messages.
    ///
    /// ```
    /// let lines = tagged_json::lines::<_, u8>(&b"1\nnoise\n2\n"[..]).keep_bad();
    /// assert_eq!(lines.count(), 3);
    /// ```
    pub fn keep_bad(self) -> KeepBad<R, T> {
        KeepBad { lines: self }
    }

    /// The longest line that is read; 64 MiB unless set. A longer one is a bad line.
    ///
    /// ```
    /// let lines = tagged_json::lines::<_, u8>(&b"1\n 2\n"[..]).max_len(1).skip_bad();
    /// assert_eq!(lines.count(), 1);
    /// ```
    #[must_use]
    pub fn max_len(self, bytes: usize) -> Self {
        Lines { source: self.source.max_len(bytes), ..self }
    }

    /// How many bad lines were passed over so far.
    ///
    /// ```
    /// assert_eq!(tagged_json::lines::<_, u8>(&b""[..]).skipped(), 0);
    /// ```
    pub fn skipped(&self) -> usize {
        self.skipped
    }
}

impl<R: BufRead, T: DeserializeOwned> Iterator for Lines<R, T> {
    type Item = Result<Line<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.source.next_as() {
                None => break,
                Some(Err(error)) if self.skip && error.kind() != Kind::Io => {
                    drop(error);
                    self.skipped += 1;
                }
                Some(line) => {
                    self.ended = line.is_err();
                    return Some(line);
                }
            }
        }
        self.ended = true;
        None
    }
}

/// The messages and the bad lines of a stream; made by [`Lines::keep_bad`].
///
/// An error of the iterator itself is one of reading, and ends it.
#[derive(Debug)]
pub struct KeepBad<R, T> {
    lines: Lines<R, T>,
}

impl<R: BufRead, T: DeserializeOwned> Iterator for KeepBad<R, T> {
    type Item = Result<Line<Entry<T>>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let lines = &mut self.lines;
        if lines.ended {
            return None;
        }
        let result = match lines.source.next_as() {
            None => {
                lines.ended = true;
                return None;
            }
            Some(result) => result.map(Entry::of_line),
        };
        let (number, offset) = (lines.source.number, lines.source.start);
        Some(result.or_else(|error| {
            if error.kind() == Kind::Io {
                lines.ended = true;
                return Err(error);
            }
            let line = lines.source.buffer.clone();
            Ok(Line { number, offset, value: Entry::Bad { line, error } })
        }))
    }
}

impl<T> Entry<T> {
    fn of_line(line: Line<T>) -> Line<Self> {
        Line { number: line.number, offset: line.offset, value: Entry::Message(line.value) }
    }
}

/// The messages in a slice; made by [`lines_in`]. It goes on behind a bad line.
#[derive(Debug)]
pub struct LinesIn<'de, T> {
    bytes: &'de [u8],
    offset: usize,
    number: usize,
    ended: bool,
    message: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Iterator for LinesIn<'de, T> {
    type Item = Result<Line<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let rest = self.bytes.get(self.offset..)?;
            let start = self.offset;
            let end = rest.iter().position(|&byte| byte == b'\n');
            self.ended = end.is_none();
            let line = &rest[..end.unwrap_or(rest.len())];
            self.number += 1;
            self.offset += line.len() + 1;
            if !is_blank(line) {
                return Some(decode(line, self.number, start));
            }
        }
        None
    }
}
