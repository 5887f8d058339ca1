//! Streams into signals: by hand, recorded, at random, and two corpora.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::{Decode, Signal, Stream};
use super::Tap;
use crate::event::Outcome;
use crate::launch::{self, Exit};

fn protocol() -> launch::Tap {
    launch::Tap { ignore_exit: false, script: "dist/t/a.t".into(), base: "dist".into() }
}

fn signals(stdout: &[u8], stderr: &[u8], exit: &Exit, chunk: usize) -> Vec<Signal> {
    let mut tap = Tap::new(&protocol());
    let mut out = Vec::new();
    stdout.chunks(chunk).for_each(|chunk| tap.bytes(Stream::Stdout, chunk, &mut out));
    stderr.chunks(chunk).for_each(|chunk| tap.bytes(Stream::Stderr, chunk, &mut out));
    tap.end(exit, &mut out);
    out
}

/// Signals as text, a line each; lines of a message follow, indented.
fn shown(signals: &[Signal]) -> String {
    let mut text = String::new();
    for signal in signals {
        match signal {
            Signal::Finished(verdict) => {
                let _ = write!(text, "{} {}", verdict.outcome.as_str(), verdict.case);
                let place = verdict.location.as_ref().map(|place| format!(" at {place}"));
                let reason = verdict.reason.as_ref().map(|reason| format!(" ({reason})"));
                let seconds = verdict.seconds.map(|seconds| format!(" in {seconds}s"));
                for part in [place, reason, seconds].into_iter().flatten() {
                    text.push_str(&part);
                }
                text.push('\n');
                indent(&mut text, "  ", verdict.message.as_deref().unwrap_or_default());
                indent(&mut text, "  | ", &verdict.output.text());
            }
            Signal::Output(bytes) => indent(&mut text, "> ", &String::from_utf8_lossy(bytes)),
            Signal::Broken(broken) => {
                let _ = writeln!(text, "broken {}", broken.cause.as_str());
                indent(&mut text, "  ", &broken.message);
            }
            Signal::Announced(n) => drop(writeln!(text, "announced {n}")),
            Signal::SkippedAll(why) => drop(writeln!(text, "skipped all: {why}")),
            Signal::Bail(why) => drop(writeln!(text, "bail: {why}")),
            Signal::Ended(..) => {}
            other => panic!("{other:?}"),
        }
    }
    text
}

fn indent(text: &mut String, before: &str, lines: &str) {
    for line in lines.lines() {
        let _ = writeln!(text, "{before}{line}");
    }
}

/// Whether nothing in these signals makes a run fail.
fn is_green(signals: &[Signal]) -> bool {
    signals.iter().all(|signal| match signal {
        Signal::Finished(verdict) => verdict.cause.is_none(),
        Signal::Broken(_) | Signal::Bail(_) => false,
        _ => true,
    })
}

#[track_caller]
fn check(stdout: &str, exit: &Exit, expect: &str) {
    check_both(stdout, "", exit, expect);
}

#[track_caller]
fn check_both(stdout: &str, stderr: &str, exit: &Exit, expect: &str) {
    let said = shown(&signals(stdout.as_bytes(), stderr.as_bytes(), exit, 4096));
    assert_eq!(said.trim_end(), expect, "{stdout}");
}

const OK: Exit = Exit::Code(0);

#[test]
fn under_its_pragma_a_failure_ends_it_all() {
    check(
        "1..4\npragma +bail\nnot ok 1 # TODO later\nnot ok 2 - a\\\\b\n# Failed: it is so\nok 3\nok 4\n",
        &OK,
        "announced 4
bail: `2 - a\\b` failed, under `pragma +bail`
> ok 3
> ok 4
todo 1 at dist/t/a.t (later)
failed 2 - a\\b at dist/t/a.t
  Failed: it is so",
    );
    check(
        "pragma +bail\nnot ok 1\n  ---\n  message: why\n  ...\n",
        &Exit::Code(1),
        "bail: `1` failed, under `pragma +bail`
failed 1 at dist/t/a.t
  why
  | message: why",
    );
    check(
        "1..2\npragma +bail\npragma -bail\nnot ok 1\nok 2\n",
        &Exit::Code(1),
        "announced 2\npassed 2\nfailed 1 at dist/t/a.t",
    );
}

#[test]
fn outcomes() {
    check(
        "1..6\nok 1 - a\nnot ok 2 - b # TODO later\nok 3 - c # TODO\nok 4 - d # SKIP no net\nok\nok 6\n",
        &OK,
        "announced 6
passed 1 - a
passed 3 - c (TODO passed)
skipped 4 - d (no net)
passed 5
passed 6
todo 2 - b at dist/t/a.t (later)",
    );
    check("1..1\nnot ok 1 # SKIP no net\n", &OK, "announced 1\nskipped 1 (no net)");
    check("1..0 # SKIP no net\n", &OK, "announced 0\nskipped all: no net");
    check(
        "1..0\nok 1\n",
        &OK,
        "announced 0
failed 1 at dist/t/a.t
  it is beyond the plan, 1..0",
    );
    check("1..2 todo 1\nnot ok 1\nok 2\n", &OK, "announced 2\npassed 2\ntodo 1 at dist/t/a.t");
}

#[test]
fn the_end_counts() {
    let after = "announced 2\npassed 1\nbroken crashed\n  the script";
    let missing = "after `1`\n  planned 2, ran 1: 2 is missing";
    check("1..2\nok 1\n", &Exit::Signal(11), &format!("{after} was killed by SIGSEGV {missing}"));
    check("1..2\nok 1\n", &Exit::Code(255), &format!("{after} exited with code 255 {missing}"));
    check(
        "1..2\nok 1\n",
        &OK,
        "announced 2\npassed 1\nbroken missing\n  planned 2, ran 1: 2 is missing",
    );
    check(
        "1..1\nok 1\n",
        &Exit::Code(1),
        "announced 1\npassed 1\nbroken crashed
  the script exited with code 1 after `1`",
    );
    check("", &OK, "broken missing\n  it printed no TAP");
    check(
        "",
        &Exit::Code(2),
        "broken crashed\n  the script exited with code 2 before its first line of TAP",
    );
    check(
        "ok 1\n",
        &OK,
        "passed 1\nbroken missing
  there is no plan: it ran 1, and nothing says whether that is all",
    );
    let not_started = Exit::NotStarted("no such file".into());
    check("", &not_started, "broken setup\n  the script could not be started: no such file");
    check(
        "1..1\n",
        &Exit::TimedOut(Duration::from_secs(3)),
        "announced 1\nbroken timed-out
  the script was ended after 3s before its first result\n  planned 1, ran 0: 1 is missing",
    );
    check("1..2\nok 1\n", &Exit::Stopped, "announced 2\npassed 1");
}

#[test]
fn an_exit_code_is_told_once() {
    let two = "1..3\nnot ok 1\nnot ok 2\nok 3\n";
    let failed = "announced 3\npassed 3\nfailed 1 at dist/t/a.t\nfailed 2 at dist/t/a.t";
    check(two, &Exit::Code(2), failed);
    check(two, &Exit::Code(1), failed);
    check(two, &OK, failed);
    check(
        two,
        &Exit::Code(255),
        &format!(
            "{failed}\nbroken crashed
  the script exited with code 255 after `3`"
        ),
    );
}

#[test]
fn a_subtest_that_fails_fails_its_test() {
    check(
        "# Subtest: in\n    1..2\n    ok 1\n    not ok 2 - x\nok 1 - in\n1..1\n",
        &OK,
        "announced 1
failed 1 - in at dist/t/a.t
  `ok`, but its subtest failed: 1 of its 2 tests failed
  not ok 2 - x",
    );
    check(
        "1..1\nok 1 - in {\n    1..1\n    not ok 1 - x\n      ---\n      message: 'no'\n      at: {file: t/b.sh, line: 3}\n      ...\n}\n",
        &OK,
        "announced 1
failed 1 - in at dist/t/b.sh:3
  `ok`, but its subtest failed: 1 of its 1 tests failed
  not ok 1 - x
    no",
    );
    check(
        "1..1\n    ok 1\nok 1 - not a subtest, it has no plan\n",
        &OK,
        "announced 1\npassed 1 - not a subtest, it has no plan",
    );
    check(
        "1..1\n# Subtest: a\n    1..1\n    not ok 1 # TODO\nok 1 - a\n",
        &OK,
        "announced 1\npassed 1 - a",
    );
    check(
        "1..1\n# Subtest: a\n    1..2\n    ok 1\nok 1 - a\n",
        &OK,
        "announced 1
failed 1 - a at dist/t/a.t
  `ok`, but its subtest failed: planned 2, ran 1: 2 is missing",
    );
    check(
        "ok 1 - a\n  ---\n  ...\n{\n    1..1\n    not ok 1\n}\n1..1\n",
        &OK,
        "passed 1 - a
announced 1
broken missing
  `ok` before a subtest that failed: 1 of its 1 tests failed",
    );
}

#[test]
fn perls_diagnostics_find_their_test() {
    let stdout = "1..3\nok 1 - a\nnot ok 2 - opens \\# 1\nnot ok 3\n";
    let stderr = "warning\n#   Failed test 'opens # 1'\n#   at t/b.t line 7.\n#          got: '1'\n#     expected: '2'
#   Failed test at ./t/../t/b.t line 9.\n# Looks like you failed 2 tests of 3.\n";
    let expect = "announced 3
passed 1 - a
> warning
failed 2 - opens # 1 at dist/t/b.t:7
  Failed test 'opens # 1'
         got: '1'
    expected: '2'
> # Looks like you failed 2 tests of 3.
failed 3 at dist/t/b.t:9
  Failed test at ./t/../t/b.t line 9.";
    check_both(stdout, stderr, &Exit::Code(2), expect);
}

#[test]
fn stderr_may_come_first() {
    let mut tap = Tap::new(&protocol());
    let mut out = Vec::new();
    tap.bytes(
        Stream::Stderr,
        b"#   Failed test 'a'\n#   at t/b.t line 7.\n#   more\n# Looks like you\n",
        &mut out,
    );
    tap.bytes(Stream::Stdout, b"1..2\nnot ok 1 - a\nok 2\n", &mut out);
    assert_eq!(
        shown(&out),
        "> # Looks like you\nannounced 2\nfailed 1 - a at dist/t/b.t:7\n  Failed test 'a'\n  more\npassed 2\n"
    );
}

#[test]
fn a_failure_waits_for_its_diagnostics_but_not_for_ever() {
    let mut tap = Tap::new(&protocol());
    let mut out = Vec::new();
    tap.bytes(Stream::Stdout, b"1..99\nnot ok 1\n", &mut out);
    assert!(out.contains(&Signal::Ended("1".into(), Outcome::Failed)));
    for number in 2..60 {
        tap.bytes(Stream::Stdout, format!("ok {number}\n").as_bytes(), &mut out);
    }
    assert!(shown(&out).contains("failed 1 at dist/t/a.t\npassed 41\n"), "{}", shown(&out));
}

#[test]
fn inner_diagnostics_name_the_place() {
    let stdout = "1..1\n# Subtest: in\n    1..1\n    not ok 1 - x\nnot ok 1 - in\n";
    let stderr = "    #   Failed test 'x'\n    #   at t/a.t line 3.\n    # Looks like you failed 1 test of 1.
#   Failed test 'in'\n#   at t/a.t line 4.\n";
    check_both(
        stdout,
        stderr,
        &Exit::Code(1),
        "announced 1
>     # Looks like you failed 1 test of 1.
failed 1 - in at dist/t/a.t:3
  Failed test 'in'
  Failed test 'x'
  not ok 1 - x",
    );
}

#[test]
fn yaml_and_comments_say_why() {
    check(
        "TAP version 13\n1..2\nnot ok 1 - a\n  ---\n  message: no\n  at:\n    file: /w/x.js\n    line: 3\n  ...\nnot ok 2\n# t/x.sh said no\n#   at t/x.sh line 4.\n",
        &OK,
        "announced 2
failed 1 - a at /w/x.js:3
  no
  | message: no
  | at:
  |   file: /w/x.js
  |   line: 3
failed 2 at dist/t/x.sh:4
  t/x.sh said no",
    );
    check("1..1\nok 1\n  ---\n  a: b\n", &OK, "announced 1\npassed 1\n>   ---\n>   a: b");
    check(
        "1..1\nok 1\n  ---\n  a: b\nnoise\n",
        &OK,
        "announced 1\npassed 1\n>   ---\n>   a: b\n> noise",
    );
}

#[test]
fn bailing_out_stops_the_stream() {
    check(
        "1..2\nok 1\n    Bail out!  no \\# db\nok 2\n",
        &OK,
        "announced 2\npassed 1\nbail: no # db\n> ok 2",
    );
}

#[test]
fn strict_streams_hold_nothing_else() {
    check(
        "TAP version 13\n1..1\npragma +strict\nnoise\npragma -strict\nmore\nok 1\n",
        &OK,
        "announced 1
> noise
> more
passed 1
broken missing
  not TAP, under `pragma +strict`: noise",
    );
}

#[test]
fn a_number_that_is_taken_keeps_names_apart() {
    let said = shown(&signals(b"1..3\nok 1 - a\nok 1 - a\nok 3\n", b"", &OK, 9));
    assert_eq!(
        said,
        "announced 3\npassed 1 - a\npassed 1 #2 - a\npassed 3\nbroken missing
  tests out of sequence: found 1, expected 2\n"
    );
}

/// A generator that is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    /// Pieces of TAP, and bytes, in any order.
    fn stream(&mut self) -> Vec<u8> {
        const PIECES: &[&str] = &[
            "ok",
            "not ok",
            " 1",
            " 2",
            " 18446744073709551616",
            " - a",
            "\n",
            "\n",
            "\n",
            "    ",
            "  ",
            "# Subtest: x\n",
            "#   Failed test 'a'\n",
            "#   at t/a.t line 3.\n",
            " {\n",
            "}\n",
            "{\n",
            "  ---\n",
            "  ...\n",
            "1..2\n",
            "1..0",
            " # TODO",
            " # skip x",
            "TAP version 13\n",
            "TAP version 14\n",
            "pragma +strict\n",
            "\\",
            "#",
            "\u{e9}",
            "\r\n",
            "message: |\n",
            "at: (a:1:2)\n",
            "\0",
            "\x1b[31m",
            " # time=3ms",
        ];
        let mut bytes = Vec::new();
        for _ in 0..self.below(60) {
            match self.below(12) {
                0 => bytes.push(u8::try_from(self.below(256)).unwrap()),
                _ => bytes.extend_from_slice(PIECES[self.below(PIECES.len())].as_bytes()),
            }
        }
        bytes
    }
}

/// Verdicts by name and what else was said: what no chunking may change.
/// When a held failure is let go depends on what was read meanwhile.
fn summary(signals: &[Signal]) -> (Vec<String>, Vec<u8>) {
    let mut said = Vec::new();
    let mut output = Vec::new();
    for signal in signals {
        match signal {
            Signal::Output(bytes) => output.extend_from_slice(bytes),
            signal => said.push(format!("{signal:?}")),
        }
    }
    said.sort();
    (said, output)
}

#[test]
fn no_chunking_changes_what_is_said() {
    let mut random = Random(7);
    for _ in 0..3_000 {
        let stream = random.stream();
        let whole = signals(&stream, b"", &OK, usize::MAX);
        let cut = signals(&stream, b"", &OK, 1 + random.below(9));
        assert_eq!(summary(&whole), summary(&cut), "{}", String::from_utf8_lossy(&stream));
        let mut names: Vec<_> = whole
            .iter()
            .filter_map(|signal| match signal {
                Signal::Finished(verdict) => Some(&verdict.case),
                _ => None,
            })
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "names are unique: {}", String::from_utf8_lossy(&stream));
        signals(b"1..1\nnot ok 1 - a\n", &stream, &OK, 1 + random.below(9));
    }
}

#[test]
fn memory_stays_bounded() {
    let mut tap = Tap::new(&protocol());
    let mut out = Vec::new();
    let lines: [&[u8]; 7] = [
        b"not ok 1 - a\n# more\n",
        b"        ok 1 {\n",
        b"  ---\n  a: b\n",
        b"endless ",
        b"#   Failed test 'b'\n#  x\n",
        b"    not ok 3\n      ---\n      a: b\n",
        b"ok 99999 - a {\n        1..3\n",
    ];
    for line in lines {
        for _ in 0..2_000 {
            for stream in [Stream::Stdout, Stream::Stderr] {
                tap.bytes(stream, &line.repeat(10), &mut out);
                out.clear();
            }
        }
        // What is held, as debugging text: an upper bound of its size.
        let size = format!("{:?}{:?}", tap.state.held, tap.state.levels).len();
        assert!(size < 4 << 20, "{size} after {}", String::from_utf8_lossy(line));
    }
}

/// A million points, for the figure: `cargo test --release -- --ignored`.
#[test]
#[ignore = "a measurement, for release builds"]
fn a_million_points() {
    let mut stream = b"1..1000000\n".to_vec();
    for number in 1..=1_000_000 {
        stream.extend_from_slice(format!("ok {number}\n").as_bytes());
    }
    let mut tap = Tap::new(&protocol());
    let (mut out, mut count) = (Vec::new(), 0);
    let began = std::time::Instant::now();
    for chunk in stream.chunks(64 << 10) {
        tap.bytes(Stream::Stdout, chunk, &mut out);
        count += out.len();
        out.clear();
    }
    tap.end(&OK, &mut out);
    assert_eq!((count, out.len()), (1_000_001, 0));
    println!("{:?} for a million points", began.elapsed());
}

/// Each recorded stream, with what it has to say. `PROVE_UPDATE=1` writes what it says.
#[test]
fn recorded_streams() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/streams/tap");
    let mut seen = 0;
    for path in sorted(&folder, "tap") {
        let read = |extension: &str| fs::read(path.with_extension(extension)).unwrap_or_default();
        let exit = String::from_utf8(read("exit")).unwrap();
        let exit = match exit.trim().split_once(' ') {
            None => OK,
            Some(("signal", number)) => Exit::Signal(number.parse().unwrap()),
            Some((_, code)) => Exit::Code(code.parse().unwrap()),
        };
        let said = shown(&signals(&read("tap"), &read("stderr"), &exit, 4096));
        let expected = path.with_extension("expected");
        if std::env::var_os("PROVE_UPDATE").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        assert_eq!(said, fs::read_to_string(&expected).unwrap(), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} streams");
}

fn sorted(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths
}

/// Where this decoder decides otherwise than a reference, and why.
const DEVIATIONS: &[(&str, bool, &str)] = &[
    (
        "tap14/buffered-nested-failure-top-ok-no-msg.tap",
        false,
        "a failure in a subtest counts: tap-parser is the stricter one",
    ),
    (
        "tap14/indent.tap",
        true,
        "TAP 14: subtests are documents, skipped points may be `not ok`; prove takes them for broken YAML",
    ),
    ("tap14/ok.tap", true, "TAP 14: a plan may have a comment; prove sees no plan"),
    ("tap14/out-of-order.tap", true, "TAP 14: with a version line, points come in any order"),
    (
        "tap14/plan-invalid-strict.tap",
        false,
        "strictness that is asked for counts in every version",
    ),
    (
        "tap14/skip-all-with-assert.tap",
        false,
        "no point may follow `1..0`: prove is the stricter one",
    ),
    (
        "tap14/space_after_plan.tap",
        true,
        "without a version line, Perl decides: a space behind a plan is no fault",
    ),
    (
        "tap14/todo_misparse.tap",
        false,
        "without a version line, Perl decides, and the stricter one: TODOORNOTTODO is not TODO",
    ),
    ("tap14/version_late.tap", false, "a version line comes first: prove is the stricter one"),
    ("tap14/version_old.tap", false, "version 12 cannot be named: prove is the stricter one"),
    (
        "tap14/with_comments.tap",
        true,
        "without a version line, Perl decides: a plan may list todos",
    ),
];

#[test]
fn the_verdicts_of_the_reference_parsers() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("PROVE_SHARED").map_or_else(beside, PathBuf::from);
    let corpus = shared.join("corpus/tap");
    if !corpus.is_dir() {
        eprintln!("PASSED OVER: the recorded TAP corpora are not here (PROVE_SHARED says where)");
        return;
    }
    let table = |name: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(corpus.join(name)).unwrap();
        text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    };
    let mut wrong = Vec::new();
    let mut agreed = 0;
    let mut judge = |folder: &str, file: &str, exit: &Exit, green: &[bool]| {
        let stream = fs::read(corpus.join(folder).join(file)).unwrap();
        let said = signals(&stream, b"", exit, 4096);
        let ours = is_green(&said);
        let id = format!("{folder}/{file}");
        let deviation = DEVIATIONS.iter().find(|(name, ..)| *name == id);
        let same = green.iter().all(|green| *green == ours);
        agreed += usize::from(same);
        if same == deviation.is_some() || deviation.is_some_and(|(_, green, _)| *green != ours) {
            wrong.push(format!("{id}: {ours}, references {green:?}\n{}", shown(&said)));
        }
    };
    let perl = table("perl.expected.tsv");
    for row in &perl {
        let (code, signal) = (row[3].parse().unwrap(), row[5].parse().unwrap());
        let exit = if signal == 0 { Exit::Code(code) } else { Exit::Signal(signal) };
        judge("perl", &row[0], &exit, &[matches!(&*row[1], "PASS" | "NOTESTS")]);
    }
    let (prove, parser) =
        (table("tap14.expected-prove.tsv"), table("tap14.expected-tap-parser.tsv"));
    for row in &prove {
        let other =
            parser.iter().find(|other| other[0] == row[0] && other[1] == "default").unwrap();
        let green = [matches!(&*row[1], "PASS" | "NOTESTS"), other[2] == "true"];
        // A reference that hangs says nothing.
        let from = usize::from(row[1] == "HANG");
        judge("tap14", &row[0], &OK, &green[from..]);
    }
    println!("{agreed} of {} streams: all references agree with us", perl.len() + prove.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
