//! Output kept in bounded memory: its beginning and its end.

use std::collections::VecDeque;

/// How many bytes of the beginning are kept.
const HEAD: usize = 64 << 10;
/// How many bytes of the end are kept.
const TAIL: usize = 64 << 10;

/// What a process printed: the first and the last 64 KiB.
///
/// ```
/// let mut capture = prove::decode::Capture::default();
/// capture.push(b"hello");
/// assert_eq!(capture.text(), "hello");
/// capture.push(&[b'x'; 1 << 20]);
/// assert!(capture.truncated());
/// assert!(capture.text().contains("917509 bytes left out"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Capture {
    /// Adds bytes; past the bounds, the middle is dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        let (skipped, rest) = rest.split_at(rest.len().saturating_sub(TAIL));
        let over = (self.tail.len() + rest.len()).saturating_sub(TAIL);
        self.tail.drain(..over);
        self.tail.extend(rest);
        self.dropped += (skipped.len() + over) as u64;
    }

    /// Whether nothing was printed.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Whether bytes in the middle were dropped.
    pub fn truncated(&self) -> bool {
        self.dropped > 0
    }

    /// The text, with what is not UTF-8 replaced, and a line in place of what was dropped.
    pub fn text(&self) -> String {
        let mut bytes = self.head.clone();
        if self.dropped > 0 {
            bytes.extend_from_slice(
                format!("\n[... {} bytes left out ...]\n", self.dropped).as_bytes(),
            );
        }
        bytes.extend(&self.tail);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Takes what is there, leaving nothing.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

impl From<&[u8]> for Capture {
    fn from(bytes: &[u8]) -> Self {
        let mut capture = Self::default();
        capture.push(bytes);
        capture
    }
}
