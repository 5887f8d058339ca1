//! Texts with examples: README.md, docs/*.rst, *.txt.

/// Languages of fenced blocks whose prompts are Python's.
const PYTHON: [&str; 8] = ["", "python", "py", "python3", "py3", "pycon", "python-repl", "doctest"];

/// What a text holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// How many examples there are.
    pub(super) examples: usize,
    /// The lines that belong to no example, whatever they look like: from and
    /// to, from 1. Where a fence closes, doctest (python/cpython#116546) and
    /// pytest (#7374) would take it for expected output.
    pub(super) hidden: Vec<(u32, u32)>,
}

/// Whether files of this extension are texts in which examples stand.
pub(super) fn is_text(extension: Option<&str>) -> bool {
    matches!(extension, Some("rst" | "txt")) || is_markdown(extension)
}

fn is_markdown(extension: Option<&str>) -> bool {
    matches!(extension, Some("md" | "markdown"))
}

/// A fenced block that is open.
struct Fence {
    mark: char,
    length: usize,
    python: bool,
}

impl Text {
    /// Looks at a text.
    pub(super) fn of(extension: Option<&str>, source: &str) -> Self {
        let mut text = Self::default();
        let markdown = is_markdown(extension);
        let mut fence: Option<Fence> = None;
        for (number, line) in (1..).zip(source.lines()) {
            let hidden = match &fence {
                _ if !markdown => false,
                Some(open) if open.closes(line) => {
                    fence = None;
                    true
                }
                Some(open) => !open.python,
                None => {
                    fence = Fence::opened(line);
                    // A prompt that is not indented as code is a quotation.
                    fence.is_some()
                        || line.trim_start_matches(' ').starts_with(">>>")
                            && !line.starts_with("    ")
                }
            };
            let prompt = line.trim_start().strip_prefix(">>>");
            if hidden {
                text.hide(number);
            } else if prompt.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) {
                text.examples += 1;
            }
        }
        text
    }

    fn hide(&mut self, number: u32) {
        match self.hidden.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => self.hidden.push((number, number)),
        }
    }
}

impl Fence {
    /// The fence that a line opens.
    fn opened(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let mark = line.chars().next().filter(|c| "`~".contains(*c))?;
        let info = line.trim_start_matches(mark);
        let length = line.len() - info.len();
        if length < 3 || mark == '`' && info.contains('`') {
            return None;
        }
        // `python title="x"`, `{.python .numberLines}`, `{code-block} python`, `py,notest`
        let word = |c: char| !(c.is_alphanumeric() || "-_+#".contains(c));
        let mut words = info.split(word).filter(|word| !word.is_empty());
        let language = match words.next() {
            Some("code-block" | "code") => words.next(),
            first => first,
        };
        let language = language.unwrap_or_default().to_ascii_lowercase();
        Some(Self { mark, length, python: PYTHON.contains(&language.as_str()) })
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, source: &str, examples: usize, hidden: &[(u32, u32)]) {
        let text = Text::of(name.rsplit('.').next(), source);
        assert_eq!((text.examples, text.hidden.as_slice()), (examples, hidden), "{source}");
    }

    #[test]
    fn a_fence_is_no_output() {
        check("a.md", "```python\n>>> 1\n1\n```\n", 1, &[(1, 1), (4, 4)]);
        check("a.md", "- x\n\n  ~~~~ {.pycon}\n  >>> 1\n  ~~~\n  ~~~~\n", 1, &[(3, 3), (6, 6)]);
        check("a.markdown", "```\n>>> 1\n", 1, &[(1, 1)]);
        check("a.md", "```{code-block} python\n>>> 1\n```", 1, &[(1, 1), (3, 3)]);
    }

    #[test]
    fn other_languages_and_quotations_are_no_examples() {
        check("a.md", "```js\n>>> 1\n```\n>>> quoted\n", 0, &[(1, 4)]);
        check("a.md", "    >>> 1\n    1\n", 1, &[]);
        check("a.md", "a ``` b\n\n    >>> 1\n", 1, &[]);
    }

    #[test]
    fn other_texts_are_taken_as_they_are() {
        check("a.rst", "::\n\n  >>> 1\n  1\n\n>>> 2\n```\n", 2, &[]);
        check("a.txt", ">>>1\n >>>\n", 1, &[]);
    }
}
