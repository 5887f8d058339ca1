//! One line of TAP: bytes in, what they say out. No state, no allocation.

/// Which TAP is spoken.
///
/// A stream without a version line is TAP 12, and Perl's harness is what says
/// how that is read. One with a version line is read as TAP 14 is specified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// No version line.
    Perl,
    /// `TAP version 13`.
    V13,
    /// `TAP version 14`.
    V14,
}

/// What a line says, its indentation taken off.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// Nothing.
    Blank,
    /// `ok`, `not ok`.
    Point(Point<'a>),
    /// `1..N`.
    Plan(Plan<'a>),
    /// `TAP version N`.
    Version(u64),
    /// `pragma +strict`: what stands behind the word.
    Pragma(&'a [u8]),
    /// `Bail out!`, and why.
    Bail(&'a [u8]),
    /// What stands behind `#`.
    Comment(&'a [u8]),
    /// `{` alone: the subtest of the point above.
    Open,
    /// `}` alone: the end of a buffered subtest.
    Close,
    /// Not TAP.
    Other,
}

/// A test point.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Point<'a> {
    /// Not `not`.
    pub(super) ok: bool,
    /// Its number, where it has one.
    pub(super) number: Option<u64>,
    /// Its description, escapes and all.
    pub(super) description: &'a [u8],
    /// Its directive, and the reason given with it.
    pub(super) directive: Option<(Directive, &'a [u8])>,
    /// How long it took (`# time=12ms`, as node's producers write it).
    pub(super) seconds: Option<f64>,
    /// Whether it ends with `{`: a buffered subtest follows.
    pub(super) opens: bool,
}

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    /// It is expected to fail.
    Todo,
    /// It did not run.
    Skip,
}

/// A plan.
#[derive(Debug, PartialEq)]
pub(super) struct Plan<'a> {
    /// How many points are announced.
    pub(super) count: u64,
    /// With `1..0`: why, as far as that is said.
    pub(super) reason: &'a [u8],
    /// TAP 12 can name the points that are expected to fail: `1..5 todo 2 4`.
    pub(super) todo: &'a [u8],
}

/// Reads a line, without its newline and its indentation.
pub(super) fn parse(text: &[u8], dialect: Dialect) -> Line<'_> {
    let special = match text.first() {
        None => Some(Line::Blank),
        Some(b'o' | b'n') => point(text, dialect).map(Line::Point),
        Some(b'#') => Some(Line::Comment(&text[1..])),
        Some(b'1') => plan(text, dialect).map(Line::Plan),
        Some(b'T' | b't') => version(text).map(Line::Version),
        Some(b'p') => text.strip_prefix(b"pragma ").map(|keys| Line::Pragma(keys.trim_ascii())),
        Some(b'B' | b'b') => bail(text).map(Line::Bail),
        Some(b'{') if text.trim_ascii_end().len() == 1 => Some(Line::Open),
        Some(b'}') if text.trim_ascii_end().len() == 1 => Some(Line::Close),
        Some(_) if text.trim_ascii().is_empty() => Some(Line::Blank),
        Some(_) => None,
    };
    special.unwrap_or(Line::Other)
}

/// `Bail out!`, in any case, and the reason.
pub(super) fn bail(text: &[u8]) -> Option<&[u8]> {
    strip_word(text, b"bail out!").map(<[u8]>::trim_ascii)
}

/// Text as it is to be read: `\#` and `\\` unescaped, what is not UTF-8 replaced.
pub(super) fn unescape(text: &[u8]) -> String {
    if memchr::memchr(b'\\', text).is_none() {
        return String::from_utf8_lossy(text).into_owned();
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let escaped = rest.next_if(|next| byte == b'\\' && matches!(next, b'\\' | b'#'));
        plain.push(escaped.unwrap_or(byte));
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn point(text: &[u8], dialect: Dialect) -> Option<Point<'_>> {
    let not_ok = || text.strip_prefix(b"not ok").map(|rest| (false, rest));
    let (ok, rest) = text.strip_prefix(b"ok").map(|rest| (true, rest)).or_else(not_ok)?;
    if rest.first().is_some_and(|&byte| is_word(byte)) {
        return None;
    }
    let rest = rest.trim_ascii();
    let (number, rest) = digits(rest).map_or((None, rest), |(number, rest)| (Some(number), rest));
    let mut point = Point { ok, number, ..Point::default() };
    let rest = point.take_brace(rest.trim_ascii_start());
    let text = point.take_directive(rest, dialect);
    let text = point.take_brace(text.trim_ascii());
    point.description = without_dash(text);
    Some(point)
}

impl<'a> Point<'a> {
    /// Takes a closing ` {` off.
    fn take_brace(&mut self, text: &'a [u8]) -> &'a [u8] {
        match text.strip_suffix(b"{") {
            Some(rest) if rest.last().is_none_or(u8::is_ascii_whitespace) => {
                self.opens = true;
                rest.trim_ascii_end()
            }
            _ => text,
        }
    }

    /// Takes the directive off: it stands behind the first `#` that is not escaped.
    fn take_directive(&mut self, text: &'a [u8], dialect: Dialect) -> &'a [u8] {
        let Some(at) = first_hash(text) else { return text };
        let (before, after) = (&text[..at], text[at + 1..].trim_ascii_start());
        // TAP 14 wants a space there, so that `page.html#skip` is no directive.
        let apart = before.last().is_none_or(|&byte| byte.is_ascii_whitespace() || byte == b'\\');
        if !apart && dialect != Dialect::Perl {
            return text;
        }
        if let Some(directive) = directive(after, dialect) {
            self.directive = Some(directive);
            return before;
        }
        self.seconds = after.strip_prefix(b"time=").and_then(duration);
        if self.seconds.is_some() { before } else { text }
    }
}

/// The first `#` that no backslash escapes.
fn first_hash(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'#', b'\\', text.get(from..)?)?;
        if text[at] == b'#' {
            return Some(at);
        }
        from = at + 2;
    }
}

fn directive(text: &[u8], dialect: Dialect) -> Option<(Directive, &[u8])> {
    let todo = || strip_word(text, b"todo").map(|rest| (Directive::Todo, rest));
    let (directive, rest) =
        strip_word(text, b"skip").map(|rest| (Directive::Skip, rest)).or_else(todo)?;
    Some((directive, reason(rest, dialect)?))
}

/// What follows the word of a directive. Perl: the word ends there. TAP 14:
/// more may follow it without a space (`Skipped: no network`).
fn reason(rest: &[u8], dialect: Dialect) -> Option<&[u8]> {
    if dialect == Dialect::Perl {
        let ends = rest.first().is_none_or(|&byte| !is_word(byte));
        return ends.then(|| rest.strip_prefix(b":").unwrap_or(rest).trim_ascii());
    }
    let word = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
    Some(rest[word..].trim_ascii())
}

fn plan(text: &[u8], dialect: Dialect) -> Option<Plan<'_>> {
    let (count, tail) = digits(text.strip_prefix(b"1..")?)?;
    let tail = tail.trim_ascii();
    let plan = |reason, todo| Some(Plan { count, reason, todo });
    let Some(comment) = tail.strip_prefix(b"#") else {
        return match (tail, dialect) {
            ([], _) => plan(&[], &[]),
            (_, Dialect::Perl) if count == 0 => plan(&[], &[]),
            (_, Dialect::Perl) => plan(&[], tail.strip_prefix(b"todo ")?),
            (_, Dialect::V13 | Dialect::V14) => None,
        };
    };
    let comment = comment.trim_ascii();
    let skip = strip_word(comment, b"skip");
    // TAP 14 allows any reason. `skipping: no network` after `TAP version 13`
    // is Perl's own sample of a line that is no plan, and red stays red.
    let cut = skip.is_some_and(|rest| rest.first().is_some_and(|&byte| is_word(byte)));
    if count == 0 && dialect == Dialect::V13 && cut {
        return None;
    }
    plan(skip.and_then(|rest| reason(rest, Dialect::V14)).unwrap_or(comment), &[])
}

fn version(text: &[u8]) -> Option<u64> {
    let rest = strip_spaces(strip_word(text, b"tap")?)?;
    let rest = strip_spaces(strip_word(rest, b"version")?)?;
    let (version, rest) = digits(rest)?;
    rest.trim_ascii().is_empty().then_some(version)
}

/// `12.5ms`, `3s`, `2m`, in seconds.
fn duration(text: &[u8]) -> Option<f64> {
    let text = str::from_utf8(text.trim_ascii()).ok()?;
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let scale = match &text[unit..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    text[..unit].parse::<f64>().ok().map(|number| number * scale)
}

/// A number and what follows it; one that is too large is the largest.
pub(super) fn digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    (length > 0).then(|| (digits.iter().fold(0, add), rest))
}

/// ` - opens` and `opens` are the same description.
fn without_dash(text: &[u8]) -> &[u8] {
    match text.strip_prefix(b"-") {
        Some(rest) if rest.first().is_none_or(u8::is_ascii_whitespace) => rest.trim_ascii_start(),
        _ => text,
    }
}

fn strip_word<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

fn strip_spaces(text: &[u8]) -> Option<&[u8]> {
    let rest = text.trim_ascii_start();
    (rest.len() < text.len()).then_some(rest)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_point(text: &str, dialect: Dialect) -> Point<'_> {
        match parse(text.as_bytes(), dialect) {
            Line::Point(point) => point,
            other => panic!("{text}: {other:?}"),
        }
    }

    /// What a point says, as `NUMBER|DESCRIPTION|DIRECTIVE REASON|{`.
    #[track_caller]
    fn check(dialect: Dialect, text: &str, expect: &str) {
        let point = only_point(text, dialect);
        let number = point.number.map_or(String::new(), |number| number.to_string());
        let directive = point.directive.map_or(String::new(), |(directive, reason)| {
            format!("{directive:?} {}", unescape(reason))
        });
        let brace = if point.opens { "{" } else { "" };
        let said = format!("{number}|{}|{directive}|{brace}", unescape(point.description));
        assert_eq!(said, expect, "{text}");
    }

    #[test]
    fn points() {
        for dialect in [Dialect::Perl, Dialect::V14] {
            check(dialect, "ok", "|||");
            check(dialect, "ok 3", "3|||");
            check(dialect, "not ok 3 - opens", "3|opens||");
            check(dialect, "ok 3 opens # ToDo later", "3|opens|Todo later|");
            check(dialect, r"ok 3 - a \# TODO \\ b", r"3|a # TODO \ b||");
            check(dialect, r"ok 5 - hello \\# todo hash \# c", r"5|hello \|Todo hash # c|");
            check(dialect, "ok 7 - a # b # todo", "7|a # b # todo||");
            check(dialect, "ok - 1", "|1||");
            check(dialect, "ok 4 -5 is less", "4|-5 is less||");
            check(dialect, "ok 1 - x {", "1|x||{");
            check(dialect, "ok 1 - x { # time=2ms", "1|x||{");
            check(dialect, "ok 1 # SKIP no {", "1||Skip no|{");
            check(dialect, "ok 18446744073709551616 big", "18446744073709551615|big||");
        }
    }

    #[test]
    fn perl_and_tap_14_part_ways_at_the_directive() {
        check(Dialect::Perl, "ok 1 H # TODOORNOTTODO", "1|H # TODOORNOTTODO||");
        check(Dialect::V14, "ok 1 H # TODOORNOTTODO", "1|H|Todo |");
        check(Dialect::V14, "ok 1 # Skipped: on linux", "1||Skip on linux|");
        check(Dialect::Perl, "ok 1 # skip: on linux", "1||Skip on linux|");
        check(Dialect::Perl, "ok 2 see page.html#skip a", "2|see page.html|Skip a|");
        check(Dialect::V14, "ok 2 see page.html#skip a", "2|see page.html#skip a||");
    }

    #[test]
    fn what_only_looks_like_a_point() {
        for text in ["okay", "ok5", "not  ok 1", "not", "nothing ok", "o"] {
            assert_eq!(parse(text.as_bytes(), Dialect::Perl), Line::Other, "{text}");
        }
    }

    #[test]
    fn times_are_no_part_of_the_name() {
        let seconds = |text| only_point(text, Dialect::V13).seconds;
        assert_eq!(seconds("ok 1 - a # time=250ms"), Some(0.25));
        assert_eq!(seconds("ok 1 - a # time=3s"), Some(3.0));
        check(Dialect::V13, "ok 1 - a # time=250ms", "1|a||");
        check(Dialect::V13, "ok 1 - a # time=soon", "1|a # time=soon||");
    }

    #[test]
    fn plans() {
        let read = |text: &'static str, dialect| match parse(text.as_bytes(), dialect) {
            Line::Plan(plan) => Some((plan.count, unescape(plan.reason), unescape(plan.todo))),
            _ => None,
        };
        let plan = |count, reason: &str, todo: &str| Some((count, reason.into(), todo.into()));
        for dialect in [Dialect::Perl, Dialect::V13, Dialect::V14] {
            assert_eq!(read("1..5 ", dialect), plan(5, "", ""));
            assert_eq!(read("1..4 # four", dialect), plan(4, "four", ""));
            assert_eq!(read("1..0 # SKIP rope", dialect), plan(0, "rope", ""));
            assert_eq!(read("1..0", dialect), plan(0, "", ""));
            assert_eq!(read("100..1", dialect), None);
            assert_eq!(read("1..x", dialect), None);
        }
        assert_eq!(read("1..5 todo 1 2;", Dialect::Perl), plan(5, "", "1 2;"));
        assert_eq!(read("1..5 todo 1 2;", Dialect::V13), None);
        assert_eq!(read("1..0 # no rope", Dialect::V13), plan(0, "no rope", ""));
        assert_eq!(read("1..0 # skipping: rope", Dialect::V13), None);
        assert_eq!(read("1..0 # skipping: rope", Dialect::V14), plan(0, "rope", ""));
    }

    #[test]
    fn the_rest_of_the_grammar() {
        let read = |text: &'static str| parse(text.as_bytes(), Dialect::Perl);
        assert_eq!(read("tap  Version 13 "), Line::Version(13));
        assert_eq!(read("TAP version"), Line::Other);
        assert_eq!(read("bail OUT!  now"), Line::Bail(b"now"));
        assert_eq!(read("pragma +strict"), Line::Pragma(b"+strict"));
        assert_eq!(read("# a"), Line::Comment(b" a"));
        assert_eq!(read("{"), Line::Open);
        assert_eq!(read("} "), Line::Close);
        assert_eq!(read(" \t"), Line::Blank);
        assert_eq!(read("{}"), Line::Other);
        assert_eq!(read("\u{e9}"), Line::Other);
    }
}
