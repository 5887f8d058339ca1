//! Words in a text.
//!
//! ```
//! assert_eq!(mixed::words("one two"), 2);
//! ```

/// How many words there are.
///
/// ```
/// assert_eq!(mixed::words(" a  b c "), 3);
/// assert_eq!(mixed::words(""), 0);
/// ```
pub fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn empty_text_has_none() {
        assert_eq!(words(""), 0);
    }

    #[test]
    fn any_white_space_parts_words() {
        assert_eq!(words("one\ttwo\nthree"), 3);
    }

    #[test]
    #[ignore = "counts a long text"]
    fn a_long_text() {
        assert_eq!(words(&"word ".repeat(1_000_000)), 1_000_000);
    }
}
