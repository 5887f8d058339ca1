use super::*;

/// Signals as text, one a line; the output between them is put together.
pub(in crate::decode) fn shown(signals: &[Signal]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for signal in signals {
        let line = match signal {
            Signal::Announced(count) => format!("announced {count}"),
            Signal::Started(case) => format!("started {case}"),
            Signal::Stands(location) => format!("stands {location}"),
            Signal::Ended(case, outcome) => format!("ended {case} {}", outcome.as_str()),
            Signal::Finished(verdict) => finished(verdict),
            Signal::Broken(broken) => {
                format!("broken {} `{}`", broken.cause.as_str(), broken.message.replace('\n', "|"))
            }
            Signal::Output(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                if let Some(last) = lines.last_mut().filter(|line| line.starts_with("output ")) {
                    last.push_str(&text);
                    continue;
                }
                format!("output {text}")
            }
            other => format!("{other:?}"),
        };
        lines.push(line);
    }
    lines
}

fn finished(verdict: &Verdict) -> String {
    let parts = [
        Some(format!("{} {}", verdict.outcome.as_str(), verdict.case)),
        verdict.cause.map(|cause| cause.as_str().to_owned()),
        verdict.message.as_ref().map(|message| format!("`{}`", message.replace('\n', "|"))),
        verdict.reason.as_ref().map(|reason| format!("({reason})")),
        verdict.location.as_ref().map(ToString::to_string),
        (!verdict.output.is_empty()).then(|| format!("<{}>", verdict.output.text())),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// In what order the two streams are read.
#[derive(Clone, Copy, Debug)]
enum Reading {
    StdoutFirst,
    LogFirst,
    Mixed(usize),
}

const READINGS: [Reading; 5] = [
    Reading::Mixed(1),
    Reading::Mixed(9),
    Reading::Mixed(300),
    Reading::StdoutFirst,
    Reading::LogFirst,
];

fn decode(
    protocol: &protocol::Libtest,
    stdout: &str,
    log: &str,
    exit: &Exit,
    reading: Reading,
) -> Vec<Signal> {
    let mut decoder = Libtest::new(protocol);
    let mut out = Vec::new();
    match reading {
        Reading::StdoutFirst => {
            decoder.bytes(Stream::Stdout, stdout.as_bytes(), &mut out);
            decoder.bytes(Stream::Log, log.as_bytes(), &mut out);
        }
        Reading::LogFirst => {
            decoder.bytes(Stream::Log, log.as_bytes(), &mut out);
            decoder.bytes(Stream::Stdout, stdout.as_bytes(), &mut out);
        }
        Reading::Mixed(size) => {
            let mut log = log.as_bytes().chunks(size);
            for chunk in stdout.as_bytes().chunks(size) {
                decoder.bytes(Stream::Stdout, chunk, &mut out);
                if let Some(chunk) = log.next() {
                    decoder.bytes(Stream::Log, chunk, &mut out);
                }
            }
            log.for_each(|chunk| decoder.bytes(Stream::Log, chunk, &mut out));
        }
    }
    decoder.end(exit, &mut out);
    out
}

fn protocol(order: &[&str], threads: usize) -> protocol::Libtest {
    let order = order.iter().map(|&name| name.into()).collect();
    protocol::Libtest { order, threads, base: "sub".to_owned(), ..Default::default() }
}

macro_rules! stream {
    ($name:literal) => {
        (
            include_str!(concat!("../../../../tests/streams/libtest/", $name, ".out")),
            include_str!(concat!("../../../../tests/streams/libtest/", $name, ".log")),
        )
    };
}

const UNIT: [&str; 5] = [
    "tests::assertion",
    "tests::does_not_panic",
    "tests::panics_with_other_words",
    "tests::returns_an_error",
    "tests::works",
];
const THREE: [&str; 3] = ["a_passes", "b_exits", "c_fails_unseen"];

#[track_caller]
fn check(
    protocol: &protocol::Libtest,
    (stdout, log): (&str, &str),
    exit: &Exit,
    readings: &[Reading],
    expect: &[&str],
) {
    for &reading in readings {
        let seen = mask_thread(&shown(&decode(protocol, stdout, log, exit, reading)));
        assert_eq!(seen, expect, "{reading:?}");
    }
}

/// Thread numbers differ from recording to recording.
fn mask_thread(lines: &[String]) -> Vec<String> {
    let mask = |line: &String| match line.find("' (").zip(line.find(") panicked")) {
        Some((from, to)) => format!("{}{}", &line[..from + 3], &line[to..]),
        None => line.clone(),
    };
    lines.iter().map(mask).collect()
}

#[test]
fn one_at_a_time() {
    check(
        &protocol(&UNIT, 1),
        stream!("serial"),
        &Exit::Code(101),
        &READINGS,
        &[
            "announced 5",
            "started tests::assertion",
            "output about to add\n\nthread 'tests::assertion' () panicked at src/lib.rs:23:9:\n\
             assertion `left == right` failed: two and two\n  left: 4\n right: 5\nnote: run with \
             `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
            "failed tests::assertion assertion `assertion `left == right` failed: two and two|  \
             left: 4| right: 5` sub/src/lib.rs:23",
            "started tests::does_not_panic",
            "failed tests::does_not_panic assertion `test did not panic as expected at \
             src/lib.rs:28:8` sub/src/lib.rs:28",
            "started tests::panics_with_other_words",
            "output \nthread 'tests::panics_with_other_words' () panicked at src/lib.rs:35:9:\n\
             something else\n",
            "failed tests::panics_with_other_words assertion `panic did not contain expected \
             string|      panic message: \"something else\"| expected substring: \"overflow\"` \
             sub/src/lib.rs:35",
            "started tests::returns_an_error",
            "output Error: ParseIntError { kind: InvalidDigit }\n",
            "failed tests::returns_an_error assertion `Error: ParseIntError { kind: InvalidDigit \
             }`",
            "started tests::works",
            "passed tests::works",
        ],
    );
}

#[test]
fn a_case_says_where_it_stands_before_it_can_fail() {
    let place = |line| Some(Location { file: "t.rs".to_owned(), line: Some(line) });
    for threads in [1, 2] {
        let places = vec![place(1), None, None, place(4)];
        let protocol = protocol::Libtest { places, ..protocol(&UNIT, threads) };
        let (stdout, log) = if threads == 1 { stream!("serial") } else { stream!("captured") };
        for reading in READINGS {
            let lines = shown(&decode(&protocol, stdout, log, &Exit::Code(101), reading));
            let behind = |line: &str| &lines[lines.iter().position(|l| l == line).unwrap() + 1];
            assert_eq!(behind("started tests::assertion"), "stands t.rs:1");
            assert_eq!(behind("started tests::returns_an_error"), "stands t.rs:4");
            assert_eq!(lines.iter().filter(|line| line.starts_with("stands")).count(), 2);
            let failed = |name: &str| lines.iter().find(|line| line.starts_with(name)).unwrap();
            // A panic knows better; an error does not.
            assert!(failed("failed tests::assertion").contains("` sub/src/lib.rs:23"));
            assert!(failed("failed tests::returns_an_error").contains("}` t.rs:4"));
        }
    }
}

#[test]
fn several_at_a_time() {
    let (stdout, log) = stream!("captured");
    for reading in READINGS {
        let signals = decode(&protocol(&UNIT, 2), stdout, log, &Exit::Code(101), reading);
        let lines = mask_thread(&shown(&signals));
        let at = |start: &str| {
            let found = lines.iter().position(|line| line.starts_with(start));
            found.unwrap_or_else(|| panic!("no `{start}` in {lines:#?}"))
        };
        for name in UNIT {
            assert_eq!(lines.iter().filter(|line| **line == format!("started {name}")).count(), 1);
        }
        // The third began when one of the first two had ended.
        assert!(at("started tests::panics") > at("ended tests::"), "{reading:?} {lines:#?}");
        assert!(at("passed tests::works") > at("started tests::works"));
        let failed = &lines[at("failed tests::assertion")];
        assert!(failed.contains("sub/src/lib.rs:23 <about to add\n\nthread"), "{failed}");
        assert!(lines[at("failed tests::does_not_panic")].contains("sub/src/lib.rs:28 <note:"));
        assert!(lines[at("failed tests::returns")].contains("`Error: ParseIntError"));
        assert!(!lines.iter().any(|line| line.starts_with("broken")), "{lines:#?}");
        assert_eq!(lines.len(), 1 + 5 + 4 + 5, "{lines:#?}");
    }
}

#[test]
fn a_crash_leaves_the_culprit_open() {
    check(
        &protocol(&["a_passes", "b_aborts", "c_passes"], 1),
        stream!("crash"),
        &Exit::Signal(6),
        &READINGS,
        &[
            "announced 3",
            "started a_passes",
            "passed a_passes",
            "started b_aborts",
            "output last words\n",
            "broken crashed `was killed by SIGABRT before its results were complete`",
        ],
    );
}

#[test]
fn leaving_with_code_0_is_no_pass() {
    let broken = "broken crashed `exited with code 0 before its results were complete`";
    check(
        &protocol(&THREE, 1),
        stream!("exit"),
        &Exit::Code(0),
        &READINGS,
        &["announced 3", "started a_passes", "passed a_passes", "started b_exits", broken],
    );
    let (stdout, log) = stream!("exit2");
    let lines =
        shown(&decode(&protocol(&THREE, 2), stdout, log, &Exit::Code(0), Reading::Mixed(4)));
    assert_eq!(lines.last().map(String::as_str), Some(broken));
    assert!(!lines.iter().any(|line| line.contains("ed b_exits ")), "{lines:?}");
}

#[test]
fn the_exit_code_must_agree() {
    let log = "ok a\n";
    let stdout = "\nrunning 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed\n\n";
    for (exit, says) in [
        (Exit::Code(101), "exited with code 101 although none of its cases failed"),
        (Exit::Signal(11), "was killed by SIGSEGV after its last result"),
    ] {
        for threads in [1, 2] {
            let signals = decode(&protocol(&["a"], threads), stdout, log, &exit, READINGS[0]);
            let lines = shown(&signals);
            assert_eq!(lines.last().unwrap(), &format!("broken crashed `{says}`"));
        }
    }
    let log = "failed a\n";
    let signals = decode(&protocol(&["a"], 1), stdout, log, &Exit::Code(0), READINGS[0]);
    let says = "broken crashed `exited with code 0 although 1 of its cases failed`";
    assert_eq!(shown(&signals).last().unwrap(), says);
}

#[test]
fn a_test_cannot_speak_for_another() {
    let stdout = "running 2 tests\ntest a ... test b ... ok\ntest result: ok. 2 passed\ntest a ... \
                  ok\n\nfailures:\n\ntest result: ok. 2 passed;\n";
    for threads in [1, 2] {
        for reading in READINGS {
            let lines = shown(&decode(
                &protocol(&["a", "b"], threads),
                stdout,
                "",
                &Exit::Code(0),
                reading,
            ));
            assert!(!lines.iter().any(|line| line.starts_with("passed")), "{lines:?}");
            assert!(lines.last().unwrap().starts_with("broken crashed"), "{lines:?}");
        }
    }
}

#[test]
fn output_without_a_newline_stands_before_the_verdict() {
    check(
        &protocol(&["a", "b"], 1),
        (
            "running 2 tests\ntest a ... look ok\nmore, no newlineok\ntest b - should panic ... \
             ignored, slow\n\ntest result: ok. 1 passed;\n\nlate\n",
            "ok a\nignored: slow b\n",
        ),
        &Exit::Code(0),
        &[Reading::Mixed(1), Reading::Mixed(50)],
        &[
            "announced 2",
            "started a",
            "output look ok\nmore, no newline",
            "passed a",
            "started b",
            "skipped b (slow)",
            "output late\n",
        ],
    );
}

#[test]
fn doc_examples_have_names_without_lines() {
    let order = ["src/lib.rs - add (line 5)", "src/lib.rs - add (line 9)"];
    let protocol = protocol::Libtest { doc: true, ..protocol(&order, 2) };
    let (stdout, log) = stream!("doc");
    for reading in READINGS {
        let lines = shown(&decode(&protocol, stdout, log, &Exit::Code(101), reading));
        let find = |start: &str| lines.iter().find(|line| line.starts_with(start)).unwrap();
        assert_eq!(find("passed add #1"), "passed add #1 sub/src/lib.rs:5");
        let failed = find("failed add #2");
        let says = "`assertion `left == right` failed|  left: 4| right: 5` sub/src/lib.rs:9 <Test";
        assert!(failed.contains(says), "{failed}");
        assert!(!lines.iter().any(|line| line.starts_with("broken")), "{lines:#?}");
    }
}

#[test]
fn what_ends_before_the_first_test_did_not_load() {
    let stdout = "./t: error while loading shared libraries: libx.so\n";
    let signals = decode(&protocol(&["a"], 1), stdout, "", &Exit::Code(127), Reading::Mixed(9));
    assert_eq!(
        shown(&signals).last().unwrap(),
        "broken setup `exited with code 127 before the first test|./t: error while loading shared \
         libraries: libx.so`"
    );
}

#[test]
fn a_flood_is_handed_on() {
    let mut decoder = Libtest::new(&protocol(&["a"], 1));
    let mut out = Vec::new();
    decoder.bytes(Stream::Stdout, b"running 1 test\ntest a ... ", &mut out);
    let mut handed_on = 0;
    for _ in 0..64 {
        out.clear();
        decoder.bytes(Stream::Stdout, &[b'x'; 1 << 14], &mut out);
        handed_on +=
            out.iter().map(|s| if let Signal::Output(b) = s { b.len() } else { 0 }).sum::<usize>();
    }
    assert!(handed_on >= (64 << 14) - (128 << 10), "{handed_on}");
}
