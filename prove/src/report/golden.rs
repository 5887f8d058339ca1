//! Recorded streams of events, in every format.
//!
//! `tests/streams/events/NAME.jsonl` gives `tests/golden/FORMAT/NAME.txt`.
//! After a change that is meant: `PROVE_BLESS=1 cargo test -p prove-cli golden`,
//! then read the difference.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

/// The names and texts of all streams.
fn streams() -> Vec<(String, String)> {
    let mut all: Vec<_> = fs::read_dir(tests().join("streams/events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    all.sort();
    assert!(all.len() >= 7, "streams are missing: {all:?}");
    all
}

fn events(stream: &str) -> impl Iterator<Item = Event> {
    tagged_json::lines_in(stream.as_bytes()).map(|line| line.unwrap().value)
}

/// What a report makes of a stream.
fn shown(stream: &str, make: impl Fn(&mut Vec<u8>) -> Box<dyn Report + '_>) -> String {
    let mut out = Vec::new();
    let mut report = make(&mut out);
    let mut ledger = Ledger::default();
    for event in events(stream) {
        ledger.apply(&event);
        report.event(&event, &ledger).unwrap();
    }
    report.finish(&ledger).unwrap();
    drop(report);
    String::from_utf8(out).unwrap()
}

/// Compares every stream's report with its golden file, or writes that file.
fn check(format: &str, make: impl Fn(&mut Vec<u8>) -> Box<dyn Report + '_>) {
    let folder = tests().join("golden").join(format);
    let bless = std::env::var_os("PROVE_BLESS").is_some();
    let mut differ = String::new();
    for (name, stream) in streams() {
        let file = folder.join(name + ".txt");
        let actual = shown(&stream, &make);
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, actual).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if actual != expected {
            let _ = write!(differ, "{}\nexpected:\n{expected}\nis:\n{actual}\n", file.display());
        }
    }
    assert!(differ.is_empty(), "{differ}");
}

fn terminal(format: &str, look: &Look) {
    check(format, |out| Box::new(Terminal::new(out, look.clone())));
}

#[test]
fn golden_terminal() {
    terminal("terminal", &Look::default());
}

#[test]
fn golden_verbose() {
    let look = Look { verbosity: Verbosity::Verbose, timer: true, longest: 20, ..Look::default() };
    terminal("terminal-verbose", &look);
}

#[test]
fn golden_quiet() {
    terminal("terminal-quiet", &Look { verbosity: Verbosity::Quiet, ..Look::default() });
    terminal("terminal-summary", &Look { verbosity: Verbosity::Summary, ..Look::default() });
}

#[test]
fn golden_color() {
    terminal("terminal-color", &Look { color: true, ..Look::default() });
}

#[test]
fn golden_junit() {
    check("junit", |out| Box::new(Junit::new(out)));
}

#[test]
fn golden_list() {
    check("list", |out| Box::new(Listing::new(out, io::sink())));
    check("list-grouped", |out| Box::new(Listing::new(out, io::sink()).grouped()));
}

#[test]
fn json_gives_back_what_it_was_given() {
    for (name, stream) in streams() {
        let written = shown(&stream, |out| Box::new(Json::new(out)));
        assert!(events(&written).eq(events(&stream)), "{name}");
    }
}

#[test]
fn the_last_line_stands_alone_and_counts() {
    for (name, stream) in streams() {
        let mut ledger = Ledger::default();
        events(&stream).for_each(|event| ledger.apply(&event));
        let counts = ledger.counts();
        let start = format!(
            "{} passed, {} failed, {} skipped",
            counts.passed, counts.failed, counts.skipped
        );
        for verbosity in
            [Verbosity::Summary, Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose]
        {
            let look = Look { verbosity, ..Look::default() };
            let text = shown(&stream, |out| Box::new(Terminal::new(out, look.clone())));
            assert!(text.lines().last().unwrap().starts_with(&start), "{name}: {text}");
            assert!(text.ends_with('\n'), "{name}");
            let alike = text.lines().filter(|line| line.split(", ").all(is_count)).count();
            assert_eq!(alike, 1, "{name}: no other line looks like the last: {text}");
        }
    }
}

/// `12 passed`
fn is_count(part: &str) -> bool {
    let words = ["passed", "failed", "skipped", "todo", "flaky", "not run"];
    part.split_once(' ').is_some_and(|(n, word)| n.parse::<u32>().is_ok() && words.contains(&word))
}

#[test]
fn nothing_acts_on_the_terminal() {
    for (name, stream) in streams() {
        let plain = [
            shown(&stream, |out| Box::new(Terminal::new(out, Look::default()))),
            shown(&stream, |out| Box::new(Listing::new(out, io::sink()))),
            shown(&stream, |out| Box::new(Junit::new(out))),
            shown(&stream, |out| Box::new(Json::new(out))),
        ];
        for text in plain {
            let acts = text.chars().find(|&c| c != '\n' && c != '\t' && escape::acts(c));
            assert_eq!(acts, None, "{name}: {text:?}");
        }
        let look = Look { color: true, verbosity: Verbosity::Verbose, ..Look::default() };
        let color = shown(&stream, |out| Box::new(Terminal::new(out, look.clone())));
        for (at, _) in color.match_indices('\u{1b}') {
            let code = color[at + 1..].split_once('m').unwrap().0;
            let plain = code.strip_prefix('[').unwrap();
            assert!(plain.chars().all(|c| c.is_ascii_digit() || c == ';'), "{name}: {code:?}");
        }
    }
}

#[test]
fn junit_is_read_back_with_the_same_counts() {
    for (name, stream) in streams() {
        let mut ledger = Ledger::default();
        events(&stream).for_each(|event| ledger.apply(&event));
        let written = shown(&stream, |out| Box::new(Junit::new(out)));
        let read = quick_junit::Report::deserialize_from_str(&written).unwrap();
        let counts = ledger.counts();
        assert_eq!(read.tests, counts.total() + ledger.errors(), "{name}");
        assert_eq!(read.failures + read.errors, counts.failed + ledger.errors(), "{name}");
        assert_eq!(read.skipped, counts.skipped + counts.todo + counts.not_run, "{name}");
        assert_eq!(read.to_string().unwrap(), written, "{name}: nothing is lost");
    }
}
