//! Cuts chunks into lines in bounded memory.

/// The longest line that is kept whole, in bytes.
const LONGEST: usize = 1 << 20;

/// Cuts chunks of any size into lines, without their newline. A line longer
/// than 1 MiB is cut there, and its rest dropped.
///
/// ```
/// let mut lines = prove::decode::Lines::default();
/// let mut seen = Vec::new();
/// lines.push(b"a\nb", |line| seen.push(line.to_vec()));
/// lines.push(b"c\n", |line| seen.push(line.to_vec()));
/// assert_eq!(seen, [b"a".to_vec(), b"bc".to_vec()]);
/// ```
#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Hands over each line that is now complete.
    pub fn push(&mut self, mut chunk: &[u8], mut line: impl FnMut(&[u8])) {
        while let Some(at) = memchr::memchr(b'\n', chunk) {
            let (head, rest) = chunk.split_at(at);
            chunk = &rest[1..];
            if self.partial.is_empty() {
                line(&head[..head.len().min(LONGEST)]);
            } else {
                self.keep(head);
                line(&self.partial);
                self.partial.clear();
            }
        }
        self.keep(chunk);
    }

    /// What stands behind the last newline.
    pub fn rest(&self) -> &[u8] {
        &self.partial
    }

    /// Hands over what stands behind the last newline, if anything does.
    pub fn end(&mut self, mut line: impl FnMut(&[u8])) {
        if !self.partial.is_empty() {
            line(&self.partial);
            self.partial.clear();
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST - self.partial.len();
        self.partial.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_stays_bounded() {
        let mut lines = Lines::default();
        for _ in 0..64 {
            lines.push(&vec![b'x'; 1 << 16], |_| unreachable!("there is no newline"));
        }
        let mut seen = Vec::new();
        lines.push(b"\nnext\n", |line| seen.push(line.len()));
        assert_eq!(seen, [LONGEST, 4]);
    }
}
