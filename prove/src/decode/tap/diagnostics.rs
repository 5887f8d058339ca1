//! What Perl's `Test::More`, and those that follow it, say of a failure:
//!
//! ```text
//! #   Failed test 'opens'
//! #   at t/basic.t line 7.
//! #          got: '1'
//! #     expected: '2'
//! ```

/// How much of what is said of one failure is kept.
const LONGEST: usize = 8 << 10;

/// What is said of one failure, in `#` lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Remarks {
    text: String,
    /// The file and the line of the first `at FILE line N.`
    pub(super) place: Option<(String, u32)>,
}

impl Remarks {
    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.place.is_none()
    }

    /// Adds a line; `text` is what stands behind its `#`.
    pub(super) fn push(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        if let Some((file, line)) = place(&text) {
            self.place.get_or_insert_with(|| (file.to_owned(), line));
            if text.trim_start().starts_with("at ") {
                return;
            }
        }
        if self.text.len() + text.len() < LONGEST {
            self.text.push_str(text.trim_end());
            self.text.push('\n');
        }
    }

    /// Adds what was said inside of it; the place inside is the better one.
    pub(super) fn push_inner(&mut self, inner: Self) {
        if self.text.len() + inner.text.len() < LONGEST {
            self.text.push_str(&inner.text);
        }
        self.place = inner.place.or(self.place.take());
    }

    /// The text, without the indentation that all of its lines share.
    pub(super) fn text(&self) -> String {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let lines = || self.text.lines().filter(|line| !line.trim().is_empty());
        let shared = lines().map(indent).min().unwrap_or(0);
        lines().map(|line| line.get(shared..).unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

/// Does a `#` line begin what is said of a failure? Then its test's name,
/// empty where it has none.
pub(super) fn heading(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    let todo = || text.strip_prefix(b"Failed (TODO) test");
    let rest = text.strip_prefix(b"Failed test").or_else(todo)?;
    if rest.first().is_some_and(|byte| !b" (".contains(byte)) {
        return None;
    }
    let Some(quoted) = rest.strip_prefix(b" '") else { return Some(String::new()) };
    let end = memchr::memrchr(b'\'', quoted).unwrap_or(quoted.len());
    Some(String::from_utf8_lossy(&quoted[..end]).into_owned())
}

/// The file and the line in `at FILE line N`, or `(FILE at line N)`.
pub(super) fn place(text: &str) -> Option<(&str, u32)> {
    let at = text.rfind(" line ")?;
    let digits = text[at + 6..].split(|c: char| !c.is_ascii_digit()).next()?;
    let line = digits.parse().ok()?;
    let before = &text[..at];
    let file = match before.strip_suffix(" at") {
        Some(before) => before.rsplit(['(', ' ']).next()?,
        None if before.trim_start().starts_with("at ") => {
            before.trim_start().strip_prefix("at ")?
        }
        None => &before[before.rfind(" at ")? + 4..],
    };
    // `(eval 3)` is no file.
    (!file.is_empty() && !file.starts_with('(')).then_some((file, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        assert_eq!(place("   at t/basic.t line 7."), Some(("t/basic.t", 7)));
        assert_eq!(place("   at t/two words.t line 7."), Some(("t/two words.t", 7)));
        assert_eq!(place("   Failed test at a.t line 3."), Some(("a.t", 3)));
        assert_eq!(place("     Failed test (t/x.t at line 9)"), Some(("t/x.t", 9)));
        assert_eq!(place(" Failed test 1 in t/todo.t at line 9 *TODO*"), Some(("t/todo.t", 9)));
        for text in [
            "",
            "at line",
            " line 3",
            "at t line x",
            "a line 3",
            "at (eval 3) line 1.",
            "at  line 99999999999",
        ] {
            assert_eq!(place(text), None, "{text}");
        }
    }

    #[test]
    fn headings() {
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(heading(b"   Failed test 'it's'"), name("it's"));
        assert_eq!(heading(b"   Failed (TODO) test 'a'"), name("a"));
        assert_eq!(heading(b"   Failed test 'on two"), name("on two"));
        assert_eq!(heading(b"   Failed test at a.t line 3."), name(""));
        assert_eq!(heading(b" Failed tests: 3"), None);
        assert_eq!(heading(b" Looks like you failed 1 test of 2."), None);
    }

    #[test]
    fn the_text_keeps_its_shape_and_its_bounds() {
        let mut remarks = Remarks::default();
        for line in ["   Failed test 'a'", "   at a.t line 3.", "          got: '1'"] {
            remarks.push(line.as_bytes());
        }
        assert_eq!(remarks.text(), "Failed test 'a'\n       got: '1'");
        assert_eq!(remarks.place, Some(("a.t".into(), 3)));
        for _ in 0..10_000 {
            remarks.push(b" more");
        }
        assert!(remarks.text.len() <= LONGEST);
    }
}
