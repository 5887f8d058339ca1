//! What happened: the only thing that leaves the runner.
//!
//! As JSON, each event is an envelope `{"type": T, "msg": {...}}` on a line of
//! its own; every `msg` has `time`, seconds since the run began.

use serde::{Deserialize, Serialize};
use tagged_json::Envelope;

use crate::target::{Addressable, Kind, Location, Target};

/// Counts breaking changes of the event stream; fields are only ever added.
pub const VERSION: u32 = 1;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed; [`Cause`] says how.
    Failed,
    /// It was not meant to run here; the reason says why.
    Skipped,
    /// It was expected to fail, and did.
    Todo,
    /// It was asked for, and the run stopped before it.
    NotRun,
}

impl Outcome {
    /// The word of the event stream.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Todo => "todo",
            Self::NotRun => "not-run",
        }
    }
}

/// Why a case failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The test itself said no.
    Assertion,
    /// Its process died or left under it.
    Crashed,
    /// It ran longer than it may.
    TimedOut,
    /// It was announced and never reported.
    Missing,
    /// It, or what it stands in, could not be loaded or prepared.
    Setup,
}

impl Cause {
    /// The word of the event stream.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Crashed => "crashed",
            Self::TimedOut => "timed-out",
            Self::Missing => "missing",
            Self::Setup => "setup",
        }
    }
}

/// How grave a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Cases that were asked for are missing: exit code 3.
    Error,
    /// All the rest.
    Note,
}

/// Something found that could not be used as asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Seconds since the run began.
    #[serde(default)]
    pub time: f64,
    /// How grave it is.
    pub severity: Severity,
    /// What could not be used, or done.
    pub what: String,
    /// The reason, as the system or the tool gave it. May have many lines.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl Problem {
    /// Cases that were asked for are missing.
    pub fn error(
        what: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            time: 0.0,
            severity: Severity::Error,
            what: what.into(),
            why: why.into(),
            remedy: remedy.into(),
            location: None,
        }
    }

    /// Worth knowing; nothing asked for is missing.
    pub fn note(
        what: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Note, ..Self::error(what, why, remedy) }
    }

    /// The same, at this file and line.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: Option<u32>) -> Self {
        self.location = Some(Location { file: file.into(), line });
        self
    }
}

/// The run begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Seconds since the run began: 0.
    pub time: f64,
    /// The version of the event stream.
    pub version: u32,
    /// The tree's root, on this machine.
    pub root: String,
    /// How many launches run side by side.
    pub slots: usize,
    /// What was asked for, as typed; empty for all.
    pub selection: Vec<String>,
    /// `I/N` where the run is one shard of several.
    pub shard: Option<String>,
    /// The clock, in RFC 3339.
    pub started_at: String,
}

/// An ecosystem claimed a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectFound {
    /// Seconds since the run began.
    pub time: f64,
    /// Who claimed it.
    pub ecosystem: String,
    /// Its folder, from the root.
    pub path: String,
    /// On what evidence.
    pub evidence: String,
}

/// A case that a run would run (`prove list`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseFound {
    /// Seconds since the run began.
    pub time: f64,
    /// `PATH::CASE`; or, where the cases of a target are known only as it
    /// runs, the target alone.
    pub id: String,
    /// The target's label.
    pub target: String,
    /// The ecosystem.
    pub ecosystem: String,
    /// Test or doc.
    pub kind: Kind,
    /// What the ID selects when it is given back: this case, or its target.
    pub addressable: Addressable,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Would be skipped, or left out by default, for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Whether it is there only a build can tell: `if feature = "x"`. Of a
    /// target: that there may be more in it, `and what proptest! makes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<String>,
}

impl CaseFound {
    /// A case of a target; or, where its cases are known only as they run,
    /// the target.
    pub fn of(target: &Target, id: String, addressable: Addressable) -> Self {
        Self {
            time: 0.0,
            id,
            target: target.label(),
            ecosystem: target.ecosystem.to_owned(),
            kind: target.kind,
            addressable,
            location: None,
            skipped: None,
            unsure: None,
        }
    }
}

/// A build, collection or other preparation begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildStarted {
    /// Seconds since the run began.
    pub time: f64,
    /// The project's folder, from the root.
    pub project: String,
    /// What runs, as one would type it.
    pub command: String,
}

/// A build, collection or other preparation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildFinished {
    /// Seconds since the run began.
    pub time: f64,
    /// The project's folder, from the root.
    pub project: String,
    /// Whether everything was built.
    pub success: bool,
    /// How long it took.
    pub seconds: f64,
    /// Nothing had changed since an earlier one, whose results serve: the
    /// tool was not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}

/// A target's first launch begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetStarted {
    /// Seconds since the run began.
    pub time: f64,
    /// The target's label.
    pub target: String,
    /// The ecosystem.
    pub ecosystem: String,
    /// Test or doc.
    pub kind: Kind,
    /// How many cases were announced, where that is known.
    pub cases: Option<usize>,
}

/// A case begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseStarted {
    /// Seconds since the run began.
    pub time: f64,
    /// The case.
    pub id: String,
    /// Its target's label.
    pub target: String,
    /// The ecosystem.
    pub ecosystem: String,
    /// Test or doc.
    pub kind: Kind,
    /// From 1.
    pub attempt: u32,
}

/// An attempt at a case ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseFinished {
    /// Seconds since the run began.
    pub time: f64,
    /// The case.
    pub id: String,
    /// Its target's label.
    pub target: String,
    /// The ecosystem.
    pub ecosystem: String,
    /// Test or doc.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// From 1.
    pub attempt: u32,
    /// Whether this attempt is the last word on the case.
    #[serde(rename = "final")]
    pub last: bool,
    /// Failed before, passed now.
    pub flaky: bool,
    /// How long the case ran, where that could be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What the test said: the assertion, the panic, the exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Why it was skipped, is todo, is flaky, or passed unexpectedly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it failed; else where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What it printed, as lossy UTF-8.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// Whether the middle of `output` was dropped for its size.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// Every case of a target has been reported, but for those to be repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetFinished {
    /// Seconds since the run began.
    pub time: f64,
    /// The target's label.
    pub target: String,
    /// The ecosystem.
    pub ecosystem: String,
    /// Test or doc.
    pub kind: Kind,
    /// Passed cases.
    pub passed: usize,
    /// Failed cases.
    pub failed: usize,
    /// Skipped cases.
    pub skipped: usize,
    /// Cases that failed as expected.
    pub todo: usize,
    /// Cases that were not reached.
    pub not_run: usize,
    /// From the first launch to the last result.
    pub seconds: f64,
    /// Why the whole target was skipped, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The run is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// Seconds since the run began.
    pub time: f64,
    /// Passed cases, the flaky ones among them.
    pub passed: usize,
    /// Failed cases.
    pub failed: usize,
    /// Skipped cases.
    pub skipped: usize,
    /// Cases that failed as expected.
    pub todo: usize,
    /// Cases that were not reached.
    pub not_run: usize,
    /// Cases that passed after a failure.
    pub flaky: usize,
    /// Targets that began.
    pub targets: usize,
    /// Problems of severity `error`.
    pub problems: usize,
    /// The whole run.
    pub seconds: f64,
    /// What the process exits with.
    pub exit_code: u8,
    /// Documentation examples that were found and, as neither the project nor
    /// the user asks for them, not run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub examples_not_run: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Something that happened.
///
/// A type that is not among these is refused where events are read, and the
/// error names it: whoever passed over it might count wrong. A new type is a
/// breaking change for that reason, unlike a new field.
///
/// ```
/// use prove::event::{Event, Problem};
/// let event = Event::Problem(Problem::note("x.t", "it is empty", "delete it"));
/// let json = tagged_json::to_string(&event)?;
/// assert!(json.starts_with(r#"{"type":"problem","msg":{"time":0.0,"severity":"note""#));
/// assert_eq!(tagged_json::from_str::<Event>(&json)?, event);
///
/// let newer = tagged_json::from_str::<Event>(r#"{"type":"case-finish","msg":{}}"#).unwrap_err();
/// assert_eq!(newer.suggestion(), Some("case-finished"));
/// # Ok::<(), tagged_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Envelope)]
#[envelope(tag = "type", content = "msg", rename_all = "kebab-case")]
pub enum Event {
    /// The run begins.
    RunStarted(RunStarted),
    /// An ecosystem claimed a project.
    ProjectFound(ProjectFound),
    /// Something could not be used as asked.
    Problem(Problem),
    /// A case that would run.
    CaseFound(CaseFound),
    /// A build begins.
    BuildStarted(BuildStarted),
    /// A build ended.
    BuildFinished(BuildFinished),
    /// A target begins.
    TargetStarted(TargetStarted),
    /// A case begins.
    CaseStarted(CaseStarted),
    /// An attempt at a case ended.
    CaseFinished(Box<CaseFinished>),
    /// A target ended.
    TargetFinished(TargetFinished),
    /// The run is over.
    RunFinished(RunFinished),
}

impl Event {
    /// Sets the time of the event: done in one place, so that all reports agree.
    pub fn stamp(&mut self, seconds: f64) {
        *match self {
            Self::RunStarted(msg) => &mut msg.time,
            Self::ProjectFound(msg) => &mut msg.time,
            Self::Problem(msg) => &mut msg.time,
            Self::CaseFound(msg) => &mut msg.time,
            Self::BuildStarted(msg) => &mut msg.time,
            Self::BuildFinished(msg) => &mut msg.time,
            Self::TargetStarted(msg) => &mut msg.time,
            Self::CaseStarted(msg) => &mut msg.time,
            Self::CaseFinished(msg) => &mut msg.time,
            Self::TargetFinished(msg) => &mut msg.time,
            Self::RunFinished(msg) => &mut msg.time,
        } = seconds;
    }
}
