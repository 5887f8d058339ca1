//! Cuts Python source into logical lines: what a glance at a module needs,
//! and no more. Total: broken source gives odd lines, never an error.

/// Stands in [`Line::code`] for each string literal.
pub(super) const STRING: char = '\u{1}';

/// A statement, or the head of a block, on however many lines it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// How far it is indented, in columns.
    pub(super) indent: usize,
    /// Its first line, from 1.
    pub(super) number: u32,
    /// Its text without comments, with [`STRING`] for each string literal.
    pub(super) code: String,
    /// Its string literals.
    pub(super) strings: Vec<Text<'a>>,
}

/// A string literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text<'a> {
    /// What stands between the quotes, as in the source.
    pub(super) raw: &'a str,
    /// The line on which it begins, from 1.
    pub(super) number: u32,
    /// Whether it is neither bytes nor formatted, and so can be a docstring.
    pub(super) plain: bool,
}

/// The logical lines of a source.
pub(super) fn lines(source: &str) -> Vec<Line<'_>> {
    let mut lexer = Lexer { source, at: 0, number: 1 };
    let mut lines = Vec::new();
    while lexer.at < source.len() {
        lines.extend(lexer.line());
    }
    lines
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    number: u32,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        &self.source.as_bytes()[self.at..]
    }

    /// Steps over one byte.
    fn step(&mut self) {
        if self.peek() == Some(b'\n') {
            self.number += 1;
        }
        self.at += 1;
    }

    fn line(&mut self) -> Option<Line<'a>> {
        let indent = self.indent();
        let mut line =
            Line { indent, number: self.number, code: String::new(), strings: Vec::new() };
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.step();
                    if depth == 0 {
                        break;
                    }
                    line.code.push(' ');
                }
                b'#' => self.comment(),
                b'\\' if matches!(self.rest(), [_, b'\n', ..] | [_, b'\r', b'\n', ..]) => {
                    while self.peek() != Some(b'\n') {
                        self.step();
                    }
                    self.step();
                    line.code.push(' ');
                }
                b'"' | b'\'' => {
                    let prefix = prefix(&line.code);
                    let text = self.string(&line.code[prefix..]);
                    line.code.truncate(prefix);
                    line.code.push(STRING);
                    line.strings.push(text);
                }
                _ => {
                    match byte {
                        b'(' | b'[' | b'{' => depth += 1,
                        b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    let from = self.at;
                    self.word();
                    line.code.push_str(&self.source[from..self.at]);
                }
            }
        }
        line.code.truncate(line.code.trim_end().len());
        (!line.code.is_empty()).then_some(line)
    }

    fn indent(&mut self) -> usize {
        let mut columns = 0;
        loop {
            match self.peek() {
                Some(b' ') => columns += 1,
                Some(b'\t') => columns = (columns / 8 + 1) * 8,
                Some(b'\x0c') => columns = 0,
                Some(b'\r') => {}
                _ => return columns,
            }
            self.at += 1;
        }
    }

    /// Steps to the next byte that could mean something.
    fn word(&mut self) {
        self.at += 1;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        self.at += self.rest().iter().take_while(|byte| plain(byte)).count();
    }

    fn comment(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
    }

    /// Steps over a string literal. One with single quotes ends with its line
    /// at the latest, so that a mistake does not run on.
    fn string(&mut self, prefix: &str) -> Text<'a> {
        let number = self.number;
        let quote = self.rest()[0];
        let triple = self.rest().starts_with(&[quote; 3]);
        let has = |wanted: char| prefix.chars().any(|c| c.eq_ignore_ascii_case(&wanted));
        self.at += if triple { 3 } else { 1 };
        let from = self.at;
        let mut to = self.source.len();
        let mut braces = 0_usize;
        while let Some(byte) = self.peek() {
            if byte == quote && (!triple || self.rest().starts_with(&[quote; 3])) {
                if braces > 0 && !triple {
                    // Python 3.12 takes the same quotes inside of `f"{...}"`.
                    self.string("");
                    continue;
                }
                to = self.at;
                self.at += if triple { 3 } else { 1 };
                break;
            }
            match byte {
                b'\n' if !triple => {
                    to = self.at;
                    break;
                }
                b'\\' => self.step(),
                b'{' if has('f') => match self.rest() {
                    [_, b'{', ..] if braces == 0 => self.step(),
                    _ => braces += 1,
                },
                b'}' => braces = braces.saturating_sub(1),
                _ => {}
            }
            if self.at < self.source.len() {
                self.step();
            }
        }
        self.at = self.at.min(self.source.len());
        let raw = self.source.get(from..to).unwrap_or_default();
        Text { raw, number, plain: !has('b') && !has('f') && !has('t') }
    }
}

/// Where the prefix of a string literal begins that follows `code`.
fn prefix(code: &str) -> usize {
    let letters = code.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let word = &code[code.len() - letters..];
    let known = word.len() <= 2 && word.bytes().all(|b| b"rRbBuUfFtT".contains(&b));
    if known && !code[..code.len() - letters].ends_with('_') {
        code.len() - letters
    } else {
        code.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expect: &[(u32, usize, &str)]) {
        let lines = lines(source);
        let seen: Vec<_> = lines
            .iter()
            .map(|line| (line.number, line.indent, line.code.replace(STRING, "$")))
            .collect();
        let seen: Vec<_> = seen.iter().map(|(n, i, code)| (*n, *i, code.as_str())).collect();
        assert_eq!(seen, expect, "{source}");
    }

    #[test]
    fn statements_are_put_together() {
        check("a = (1,  # one\n  2)\nb\n", &[(1, 0, "a = (1,     2)"), (3, 0, "b")]);
        check("if a and \\\n   b:\n\tc\n", &[(1, 0, "if a and     b:"), (3, 8, "c")]);
        check("\n# only words\n\n  x\r\n", &[(4, 2, "x")]);
    }

    #[test]
    fn strings_hide_what_they_hold() {
        check("a = '# no' # yes\nb", &[(1, 0, "a = $"), (2, 0, "b")]);
        check("a = r'\\\\' + b\"\"\"\ndef test():\n\"\"\"\nc", &[(1, 0, "a = $ + $"), (4, 0, "c")]);
        check("a = 'it\\'s' 'x'\nb", &[(1, 0, "a = $ $"), (2, 0, "b")]);
        check(
            "a = f\"{d['x']}\" + f\"{d[\"x\"]}\" + f'{{'\nb",
            &[(1, 0, "a = $ + $ + $"), (2, 0, "b")],
        );
        check("a = 'never closed\nb", &[(1, 0, "a = $"), (2, 0, "b")]);
        check("a = '''never closed\nb", &[(1, 0, "a = $")]);
        check("sub'x'\n", &[(1, 0, "sub$")]);
    }

    #[test]
    fn a_string_knows_its_line_and_kind() {
        let found = lines("x = [\n 'one', Rb'two',\n '''three\n''']");
        let strings: Vec<_> = found[0].strings.iter().map(|s| (s.raw, s.number, s.plain)).collect();
        assert_eq!(strings, [("one", 2, true), ("two", 2, false), ("three\n", 3, true)]);
    }

    #[test]
    fn any_text_ends() {
        let pieces = ["'", "\"\"\"", "f'{", "}", "\\", "\n", "(", "é", "#", "\r"];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    lines(&[a, b, c].concat());
                }
            }
        }
    }
}
