//! What a failing test printed: its message, and where it stands.

use crate::target::Location;

use super::place::place;

/// The longest message that is taken from the output, in lines.
const LINES: usize = 60;

/// Why a test failed.
#[derive(Debug, Default, PartialEq)]
pub(in crate::decode) struct Reason {
    pub(in crate::decode) message: Option<String>,
    pub(in crate::decode) location: Option<Location>,
}

/// Finds the panic of the thread `name` in the output, else the last panic of
/// any thread, else the `Error: ...` of a test that returned one.
pub(in crate::decode) fn reason(output: &str, name: &str, base: &str) -> Reason {
    let lines: Vec<&str> = output.lines().collect();
    let panics = || {
        let heads = lines.iter().enumerate();
        heads.rev().filter_map(|(at, line)| Some((at, Head::parse(line)?)))
    };
    let own = panics().find(|(_, head)| head.thread == name);
    if let Some((at, head)) = own.or_else(|| panics().next()) {
        let message = head.message.map_or_else(|| message(&lines[at + 1..]), str::to_owned);
        return Reason { message: Some(message), location: place(head.place, base) };
    }
    let error = lines.iter().rposition(|line| line.starts_with("Error: "));
    Reason { message: error.map(|at| message(&lines[at..])), location: None }
}

/// `thread 'NAME' (TID) panicked at FILE:L:C:`, or as before Rust 1.73
/// `thread 'NAME' panicked at 'MESSAGE', FILE:L:C`.
struct Head<'a> {
    thread: &'a str,
    place: &'a str,
    message: Option<&'a str>,
}

impl<'a> Head<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        // A test may have left a line open before it.
        let (_, rest) = line.split_once("thread '")?;
        let (thread, rest) = rest.split_once('\'')?;
        let (between, rest) = rest.split_once("panicked at ")?;
        if !between.chars().all(|c| c.is_ascii_digit() || " ()".contains(c)) {
            return None;
        }
        if let Some(place) = rest.strip_suffix(':') {
            return Some(Self { thread, place, message: None });
        }
        let (message, place) = rest.strip_prefix('\'')?.rsplit_once("', ")?;
        Some(Self { thread, place, message: Some(message) })
    }
}

/// The lines of a message, up to what the standard library adds.
fn message(lines: &[&str]) -> String {
    let is_end = |line: &&str| {
        line.starts_with("stack backtrace:")
            || line.starts_with("note: run with `RUST_BACKTRACE")
            || Head::parse(line).is_some()
    };
    let count = lines.iter().take(LINES).take_while(|line| !is_end(line)).count();
    lines[..count].join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, message: Option<&str>, location: Option<&str>) {
        let found = reason(output, "t::a", "sub");
        assert_eq!(found.message.as_deref(), message);
        assert_eq!(found.location.map(|l| l.to_string()).as_deref(), location);
    }

    #[test]
    fn the_panic_of_its_own_thread_counts() {
        check(
            "\nthread 't::a' (7) panicked at src/lib.rs:3:9:\nassertion failed\n  left: 1\n\
             note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\
             \nthread '<unnamed>' (8) panicked at src/other.rs:1:1:\nelse\n",
            Some("assertion failed\n  left: 1"),
            Some("sub/src/lib.rs:3"),
        );
    }

    #[test]
    fn else_the_last_panic_of_any() {
        check(
            "no newline: thread 'main' panicked at ./src/../a.rs:5:1:\nfirst\nstack backtrace:\n x",
            Some("first"),
            Some("sub/a.rs:5"),
        );
    }

    #[test]
    fn as_compilers_of_2022_say_it() {
        check(
            "thread 't::a' panicked at 'it's', /abs/x.rs:5:1\n",
            Some("it's"),
            Some("/abs/x.rs:5"),
        );
    }

    #[test]
    fn an_error_has_no_place() {
        check("x\nError: Bad {\n  a: 1\n}\n", Some("Error: Bad {\n  a: 1\n}"), None);
    }

    #[test]
    fn inside_the_standard_library_is_no_place() {
        check("thread 't::a' (1) panicked at /rustc/a/library/x.rs:1:2:\nm\n", Some("m"), None);
    }
}
