//! Text from outside, made harmless.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal, or an editor, may act on this character instead of
/// showing it: controls, changes of direction, invisible separators.
pub(crate) fn acts(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A text on one line: nothing in it breaks the line or acts on a terminal.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push(&mut out, c);
    }
    Cow::Owned(out)
}

/// The same lines, none of which is a command to the CI server that reads the
/// log: GitHub's, Azure's and others take a line that begins so for one,
/// wherever it comes from.
pub(crate) fn defused(text: &str) -> Cow<'_, str> {
    let commands = ["::", "##[", "##vso[", "##teamcity["];
    let acts = |line: &str| commands.iter().any(|start| line.trim_start().starts_with(start));
    if !text.lines().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let (room, rest) = line.split_at(line.len() - line.trim_start().len());
        match rest.chars().next().filter(|_| acts(line)) {
            Some(first) => {
                let _ = write!(out, "{room}\\x{:02x}{}", u32::from(first), &rest[1..]);
            }
            None => out.push_str(line),
        }
    }
    Cow::Owned(out)
}

/// What becomes of plain colour codes in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colors {
    /// They are shown like any other control character: the text is a test's.
    Show,
    /// They are left out: the text is a tool's, and nothing can show them.
    Drop,
    /// They pass, and each line ends with its colours off.
    Keep,
}

/// The lines of a longer text, each harmless, with its tabs.
pub(crate) fn lines(text: &str, colors: Colors) -> impl Iterator<Item = String> {
    let text = text.trim_end_matches(['\n', '\r']);
    text.split('\n').map(move |line| one_of(line.strip_suffix('\r').unwrap_or(line), colors))
}

fn one_of(line: &str, colors: Colors) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut painted = false;
    while let Some(c) = rest.chars().next() {
        if let Some(code) = sgr(rest).filter(|_| colors != Colors::Show) {
            if colors == Colors::Keep {
                out.push_str(code);
                painted = true;
            }
            rest = &rest[code.len()..];
            continue;
        }
        if c == '\t' {
            out.push(c);
        } else {
            push(&mut out, c);
        }
        rest = &rest[c.len_utf8()..];
    }
    if painted {
        out.push_str("\u{1b}[0m");
    }
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if !acts(c) => out.push(c),
        c if c.is_ascii() => drop(write!(out, "\\x{:02x}", u32::from(c))),
        c => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
    }
}

/// The code that sets colours at the start of this text, if one is there. One
/// that hides text (8), or colours its ground, is none.
fn sgr(text: &str) -> Option<&str> {
    let body = text.strip_prefix("\u{1b}[")?;
    let end = body.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    let numbers: Vec<&str> = body[..end].split(';').collect();
    let harmless = match numbers.as_slice() {
        ["38", "5", _] | ["38", "2", _, _, _] => true,
        all => all.iter().all(
            |n| matches!(n.parse().unwrap_or(0), 0..=4 | 21..=24 | 30..=37 | 39 | 49 | 90..=97_u32),
        ),
    };
    (harmless && body[end..].starts_with('m')).then(|| &text[..end + 3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_stays_one() {
        assert_eq!(line("plain é ✓"), "plain é ✓");
        assert_eq!(line("a\nb\u{1b}[2J\u{9b}\u{202e}\t"), r"a\nb\x1b[2J\u{9b}\u{202e}\t");
    }

    #[test]
    fn what_was_escaped_can_be_typed() {
        for c in ('\0'..=char::MAX).filter(|&c| acts(c)) {
            let text = format!("a{c}b");
            assert_eq!(crate::plan::unescape(&line(&text)), Some(text));
        }
    }

    #[test]
    fn every_character_that_acts_is_known() {
        let named = "\u{0}\u{7}\u{8}\t\n\u{b}\r\u{1b}\u{1f}\u{7f}\u{80}\u{9b}\u{9f}\u{61c}\u{200e}\u{200f}\
                     \u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\
                     \u{2069}\u{feff}\u{fffe}\u{ffff}";
        assert_eq!(named.chars().find(|&c| !acts(c)), None);
        assert_eq!(" ~\u{a0}é日\u{200d}\u{fffd}🦀".chars().find(|&c| acts(c)), None);
    }

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(defused("a::b\n## c\n"), "a::b\n## c\n");
        assert_eq!(defused("a\n\n  ::set-env name=x::y\nb"), "a\n\n  \\x3a:set-env name=x::y\nb");
        assert_eq!(defused("##vso[x]\n##[y]\n"), "\\x23#vso[x]\n\\x23#[y]\n");
    }

    #[test]
    fn colours_pass_only_where_asked_for() {
        let check = |text: &str, colors, expected: &str| {
            assert_eq!(lines(text, colors).collect::<Vec<_>>().join("\n"), expected);
        };
        let red = "\u{1b}[1;31mred\u{1b}[0m\tx\r\nb\n\n";
        check(red, Colors::Show, "\\x1b[1;31mred\\x1b[0m\tx\nb");
        check(red, Colors::Drop, "red\tx\nb");
        check("\u{1b}[1;31mred\nb", Colors::Keep, "\u{1b}[1;31mred\u{1b}[0m\nb");
        check("\u{1b}[38;5;9mred", Colors::Keep, "\u{1b}[38;5;9mred\u{1b}[0m");
        let others = "\u{1b}[8mhidden\u{1b}[2J\u{1b}[";
        check(others, Colors::Keep, "\\x1b[8mhidden\\x1b[2J\\x1b[");
        check(others, Colors::Drop, "\\x1b[8mhidden\\x1b[2J\\x1b[");
    }
}
