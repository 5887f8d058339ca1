//! The frames of a Python worker, out of the stream that its tests print to.
//!
//! A frame is 0x1e, the nonce, `.` or (where the message goes on in the next
//! frame) `+`, the text, a newline. The worker writes each at once and no
//! longer than the system keeps whole, so that other writers in the same pipe
//! cannot tear it. What does not look exactly like one is output.

use memchr::memmem;
use serde::{Deserialize, Serialize};
use tagged_json::Envelope;

use crate::event::{Cause, Outcome};
use crate::launch::Exit;
use crate::target::Location;

use super::{Broken, Decode, Signal, Stream, Verdict};

/// What begins a frame.
const MARK: u8 = 0x1e;
/// The longest frame that the worker writes: POSIX's atomic pipe write on Linux.
const LONGEST: usize = 4096;
/// The longest message that is put together from frames.
const LARGEST: usize = 4 << 20;

/// A decoder of one worker's stream.
pub(super) struct Worker {
    /// The mark and the nonce.
    head: Vec<u8>,
    /// What may yet become a frame.
    partial: Vec<u8>,
    /// The message that the frames so far make.
    message: Vec<u8>,
    /// The file of the module.
    file: String,
    state: State,
}

/// How far the worker is with the target that it was given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Loading,
    Running,
    /// A child has done all; it has still to leave.
    Done,
    Ready,
}

/// What a worker says: an array whose head is its type.
#[derive(Debug, PartialEq, Envelope)]
#[envelope(tag = 0, rename_all = "lowercase")]
enum Message {
    /// The module is there, in this file, and its cases begin.
    Loaded { file: String },
    /// A case begins; it stands in this line, of this file if not the module's.
    Start {
        case: String,
        #[array(optional)]
        line: Option<u32>,
        #[array(optional)]
        file: Option<String>,
    },
    /// A case ended.
    End {
        case: String,
        outcome: Outcome,
        seconds: f64,
        #[array(default)]
        detail: Detail,
    },
    /// Something other than a case went wrong.
    Broken { message: String },
    /// The target is done.
    Ready,
    /// The target is done, and the worker can take no other.
    Leaving,
    /// The target is done, by a child.
    Done,
    /// The child has left: its exit code, or the signal that ended it, negative.
    Left { exit: i32 },
    /// Something for the session.
    #[envelope(other)]
    Other,
}

/// What goes with the end of a case.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    cause: Option<Cause>,
    message: Option<String>,
    reason: Option<String>,
    file: Option<String>,
    line: Option<u32>,
}

impl Worker {
    pub(super) fn new(nonce: &str) -> Self {
        Self {
            head: [&[MARK], nonce.as_bytes()].concat(),
            partial: Vec::new(),
            message: Vec::new(),
            file: String::new(),
            state: State::Loading,
        }
    }

    /// Takes what is complete off the front of `bytes`; what is left may
    /// become a frame when more has come.
    fn cut<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<Signal>) -> &'a [u8] {
        let (mut printed, mut at) = (0, 0);
        while let Some(next) = memmem::find(&bytes[at..], &self.head) {
            at += next;
            match self.frame(&bytes[at..]) {
                Frame::Whole(text, more, length) => {
                    print(&bytes[printed..at], out);
                    self.text(text, more, out);
                    at += length;
                    printed = at;
                }
                Frame::Open => {
                    print(&bytes[printed..at], out);
                    return &bytes[at..];
                }
                Frame::Not => at += self.head.len(),
            }
        }
        // A head may have begun: its mark stands nowhere else in it.
        let rest = memchr::memrchr(MARK, &bytes[at..])
            .map(|mark| at + mark)
            .filter(|&mark| self.head.starts_with(&bytes[mark..]))
            .unwrap_or(bytes.len());
        print(&bytes[printed..rest], out);
        &bytes[rest..]
    }

    /// What stands behind a head.
    fn frame<'a>(&self, bytes: &'a [u8]) -> Frame<'a> {
        let window = &bytes[..bytes.len().min(LONGEST)];
        let text = self.head.len() + 1;
        match (memchr::memchr(b'\n', window), window.get(text - 1)) {
            (Some(end), Some(kind @ (b'.' | b'+'))) => {
                Frame::Whole(&bytes[text..end], *kind == b'+', end + 1)
            }
            (None, _) if bytes.len() < LONGEST => Frame::Open,
            _ => Frame::Not,
        }
    }

    fn text(&mut self, text: &[u8], more: bool, out: &mut Vec<Signal>) {
        if more || !self.message.is_empty() {
            if self.message.len() + text.len() <= LARGEST {
                self.message.extend_from_slice(text);
            }
            if !more {
                let message = std::mem::take(&mut self.message);
                self.message(&message, out);
            }
        } else {
            self.message(text, out);
        }
    }

    fn message(&mut self, text: &[u8], out: &mut Vec<Signal>) {
        match tagged_json::from_slice(text) {
            Ok(Message::Loaded { file }) => {
                self.state = State::Running;
                self.file = file;
            }
            Ok(Message::Start { case, line, file }) => {
                out.push(Signal::Started(case.into()));
                if line.is_some() || file.is_some() {
                    let file = file.unwrap_or_else(|| self.file.clone());
                    out.push(Signal::Stands(Location { file, line }));
                }
            }
            Ok(Message::End { case, outcome, seconds, detail }) => {
                out.push(Signal::Finished(Box::new(verdict(case, outcome, seconds, detail))));
            }
            Ok(Message::Broken { message }) => {
                out.push(Signal::Broken(Broken { cause: Cause::Assertion, message }));
            }
            Ok(Message::Ready) => {
                self.state = State::Ready;
                out.push(Signal::Ready);
            }
            Ok(Message::Leaving) => self.state = State::Ready,
            Ok(Message::Done) => self.state = State::Done,
            Ok(Message::Left { exit }) => self.left(exit, out),
            Ok(Message::Other) => out.push(Signal::Line(text.to_vec())),
            Err(_) => print(text, out),
        }
    }
}

impl Worker {
    /// A child that ran a target has left; the worker is ready for another.
    fn left(&mut self, exit: i32, out: &mut Vec<Signal>) {
        let exit = if exit < 0 { Exit::Signal(-exit) } else { Exit::Code(exit) };
        let broken = self.broken(&exit).map(Signal::Broken);
        // All was reported before it died: that is no case's doing.
        let late = self.state == State::Done;
        self.state = State::Ready;
        if late {
            out.push(Signal::Ready);
            out.extend(broken);
        } else {
            out.extend(broken);
            out.push(Signal::Ready);
        }
    }

    /// What is wrong with a process that ends now.
    fn broken(&self, exit: &Exit) -> Option<Broken> {
        let (cause, when) = match self.state {
            State::Done | State::Ready if exit.success() => return None,
            State::Done | State::Ready => (Cause::Crashed, "after its last case"),
            State::Running => (Cause::Crashed, "before its results were complete"),
            State::Loading => (Cause::Setup, "while it was loading the module"),
        };
        Some(Broken { cause, message: format!("the process {exit} {when}") })
    }
}

enum Frame<'a> {
    /// Its text, whether the message goes on, and its length in all.
    Whole(&'a [u8], bool, usize),
    /// It may become one.
    Open,
    /// It is none.
    Not,
}

fn print(bytes: &[u8], out: &mut Vec<Signal>) {
    if !bytes.is_empty() {
        out.push(Signal::Output(bytes.to_vec()));
    }
}

fn verdict(case: String, outcome: Outcome, seconds: f64, detail: Detail) -> Verdict {
    let mut verdict = Verdict::new(case, outcome);
    verdict.cause = detail.cause.or(verdict.cause);
    verdict.message = detail.message;
    verdict.reason = detail.reason;
    verdict.location = detail.file.map(|file| Location { file, line: detail.line });
    verdict.seconds = Some(seconds);
    verdict
}

impl Decode for Worker {
    fn bytes(&mut self, _from: Stream, chunk: &[u8], out: &mut Vec<Signal>) {
        if self.partial.is_empty() {
            let rest = self.cut(chunk, out);
            self.partial.extend_from_slice(rest);
        } else {
            // At most one frame is open, so that this copies little.
            let mut bytes = std::mem::take(&mut self.partial);
            bytes.extend_from_slice(chunk);
            let rest = self.cut(&bytes, out).len();
            self.partial = bytes.split_off(bytes.len() - rest);
        }
    }

    fn end(&mut self, exit: &Exit, out: &mut Vec<Signal>) {
        print(&std::mem::take(&mut self.partial), out);
        match exit {
            Exit::Stopped | Exit::TimedOut(_) => {}
            Exit::Code(_) | Exit::Signal(_) | Exit::NotStarted(_) => {
                out.extend(self.broken(exit).map(Signal::Broken));
            }
        }
    }

    fn next_target(&mut self) {
        self.state = State::Loading;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(chunks: &[&[u8]], exit: &Exit) -> Vec<String> {
        let mut worker = Worker::new("n0");
        let mut out = Vec::new();
        for chunk in chunks {
            worker.bytes(Stream::Stdout, chunk, &mut out);
        }
        worker.end(exit, &mut out);
        shown(out)
    }

    fn shown(signals: Vec<Signal>) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for signal in signals {
            let line = match signal {
                Signal::Output(bytes) => format!("output {}", String::from_utf8_lossy(&bytes)),
                Signal::Started(case) => format!("start {case}"),
                Signal::Finished(v) => format!(
                    "end {} {} {:?} {:?} {:?}",
                    v.case,
                    v.outcome.as_str(),
                    v.cause,
                    v.message,
                    v.location.map(|l| l.to_string())
                ),
                Signal::Line(line) => format!("line {}", String::from_utf8_lossy(&line)),
                Signal::Stands(location) => format!("stands {location}"),
                Signal::Ready => "ready".to_owned(),
                Signal::Broken(broken) => format!("broken {:?} {}", broken.cause, broken.message),
                other => format!("{other:?}"),
            };
            match (lines.last_mut(), line.strip_prefix("output ")) {
                (Some(last), Some(more)) if last.starts_with("output ") => last.push_str(more),
                _ => lines.push(line),
            }
        }
        lines
    }

    const STREAM: &[u8] = b"before\
        \x1en0.[\"loaded\",\"/m.py\"]\n\
        \x1en0.[\"start\",\"T::a\"]\nprinted\x1e\n\
        \x1en0.[\"end\",\"T::a\",\"passed\",0.5]\n\
        \x1en0.[\"start\",\"T::b\",3]\n\
        \x1en0+[\"end\",\"T::b\",\"failed\",0.25,{\"mess\nbetween\
        \x1en0.age\":\"no\",\"file\":\"/t.py\",\"line\":3}]\n\
        \x1en1.[\"ready\"]\n\
        \x1en0.[\"found\",\"x\",null,null]\n\
        \x1en0.[\"ready\"]\nafter";

    const SIGNALS: [&str; 11] = [
        "output before",
        "start T::a",
        "output printed\x1e\n",
        "end T::a passed None None None",
        "start T::b",
        "stands /m.py:3",
        "output between",
        "end T::b failed Some(Assertion) Some(\"no\") Some(\"/t.py:3\")",
        "output \x1en1.[\"ready\"]\n",
        "line [\"found\",\"x\",null,null]",
        "ready",
    ];

    #[test]
    fn frames_are_found_whatever_the_chunks() {
        for size in 1..=STREAM.len() {
            let chunks: Vec<&[u8]> = STREAM.chunks(size).collect();
            let seen = decode(&chunks, &Exit::Code(0));
            assert_eq!(seen[..11], SIGNALS, "chunks of {size}");
            assert_eq!(seen[11..], ["output after"], "chunks of {size}");
        }
    }

    /// The verdicts of a recorded stream, and what was printed before each.
    #[track_caller]
    fn check_recorded(stream: &str, expect: &[&str]) {
        let mut worker = Worker::new("n0");
        let mut out = Vec::new();
        worker.bytes(Stream::Stdout, stream.as_bytes(), &mut out);
        worker.end(&Exit::Code(0), &mut out);
        let mut printed = String::new();
        let mut seen = Vec::new();
        for signal in out {
            match signal {
                Signal::Output(bytes) => printed.push_str(str::from_utf8(&bytes).unwrap()),
                Signal::Finished(v) => {
                    let cause = v.cause.map_or("", Cause::as_str);
                    let line = v.location.and_then(|l| l.line).unwrap_or_default();
                    let length = v.message.map_or(0, |message| message.len());
                    seen.push(format!(
                        "{} {} {cause} {line} {length} {}",
                        v.case,
                        v.outcome.as_str(),
                        std::mem::take(&mut printed).trim_end()
                    ));
                }
                Signal::Broken(broken) => {
                    seen.push(format!("broken: {} {}", broken.message, printed.trim_end()));
                }
                _ => {}
            }
        }
        assert_eq!(seen, expect);
    }

    #[test]
    fn recorded_workers_are_understood() {
        check_recorded(
            include_str!("../../../tests/streams/python/outcomes.out"),
            &[
                "Outcomes::test_failed failed assertion 9 143 before",
                "Outcomes::test_long failed assertion 12 10139 ",
                "Outcomes::test_passed passed  0 0 from a child",
                "Outcomes::test_skipped skipped  0 0 ",
                "Outcomes::test_subtests failed assertion 24 166 ",
                "Outcomes::test_todo todo  28 0 ",
                "Outcomes::test_unexpected failed assertion 30 67 ",
            ],
        );
        check_recorded(
            include_str!("../../../tests/streams/python/fixtures.out"),
            &[
                "Cleanup::test_passes_first failed assertion 0 24 ",
                "setUpClass (NoClass) failed setup 12 156 ",
                "NoEnd::test_runs passed  0 0 ",
                "tearDownClass (NoEnd) failed setup 21 155 ",
                "NoSetUp::test_never_runs failed setup 46 149 ",
                "setUpClass (Refused) skipped  0 0 ",
                "tearDownModule (test_fixtures) failed setup 6 201 ",
            ],
        );
        check_recorded(
            include_str!("../../../tests/streams/python/leaves.out"),
            &[
                "Leaves::test_1_before passed  0 0 ",
                "broken: the process exited with code 0 before its results were complete good bye",
            ],
        );
    }

    #[test]
    fn an_end_is_clean_only_behind_ready() {
        let cases: [(&[u8], Exit, &[&str]); 7] = [
            (
                b"",
                Exit::Code(0),
                &["broken Setup the process exited with code 0 while it was loading the module"],
            ),
            (
                b"\x1en0.[\"loaded\",\"/m.py\"]\n",
                Exit::Code(0),
                &["broken Crashed the process exited with code 0 before its results were complete"],
            ),
            (b"\x1en0.[\"ready\"]\n", Exit::Code(0), &["ready"]),
            (b"\x1en0.[\"leaving\"]\n", Exit::Code(0), &[]),
            (
                b"\x1en0.[\"ready\"]\n",
                Exit::Signal(11),
                &["ready", "broken Crashed the process was killed by SIGSEGV after its last case"],
            ),
            (b"\x1en0.[\"loaded\",\"/m.py\"]\n", Exit::Stopped, &[]),
            (b"\x1en0.[\"ready\"]", Exit::Stopped, &["output \x1en0.[\"ready\"]"]),
        ];
        for (stream, exit, expect) in cases {
            assert_eq!(decode(&[stream], &exit), expect, "{exit:?}");
        }
    }

    #[test]
    fn the_end_of_a_child_is_not_that_of_its_worker() {
        let loaded = "\x1en0.[\"loaded\",\"/m.py\"]\n";
        let check = |stream: String, expect: &[&str]| {
            assert_eq!(decode(&[stream.as_bytes()], &Exit::Code(0)), expect, "{stream}");
        };
        let left = |exit: i32| format!("\x1en0.[\"left\",{exit}]\n");
        let done = "\x1en0.[\"done\"]\n";
        check(format!("{loaded}{done}{}", left(0)), &["ready"]);
        check(
            format!("{loaded}{}", left(0)),
            &[
                "broken Crashed the process exited with code 0 before its results were complete",
                "ready",
            ],
        );
        check(
            left(-11),
            &[
                "broken Setup the process was killed by SIGSEGV while it was loading the module",
                "ready",
            ],
        );
        check(
            format!("{loaded}{done}{}", left(-6)),
            &["ready", "broken Crashed the process was killed by SIGABRT after its last case"],
        );
    }

    #[test]
    fn a_worker_is_not_ready_once_it_has_another_target() {
        let mut worker = Worker::new("n0");
        let mut out = Vec::new();
        worker.bytes(Stream::Stdout, b"\x1en0.[\"ready\"]\n", &mut out);
        worker.next_target();
        worker.end(&Exit::Code(0), &mut out);
        assert_eq!(shown(out).len(), 2);
    }

    #[test]
    fn odd_frames_are_output_and_memory_stays_bounded() {
        let mut worker = Worker::new("n0");
        let mut out = Vec::new();
        let chunk = [b"\x1en0." as &[u8], &[b'x'; 60]].concat();
        for _ in 0..4096 {
            worker.bytes(Stream::Stdout, &chunk, &mut out);
            assert!(worker.partial.len() <= LONGEST);
        }
        worker.end(&Exit::Stopped, &mut out);
        assert_eq!(
            shown(out),
            [format!("output {}", String::from_utf8(chunk).unwrap().repeat(4096))]
        );
        for odd in ["{}", "[]", "[\"end\",\"a\"]", "[\"end\",\"a\",\"gone\",1]", "[\"start\",\"a\""]
        {
            let seen = decode(&[format!("\x1en0.{odd}\n").as_bytes()], &Exit::Stopped);
            assert_eq!(seen, [format!("output {odd}")]);
        }
    }
}
