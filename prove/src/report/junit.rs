//! JUnit's XML, for CI servers: a suite for each target.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report as Document, TestCase, TestCaseStatus, TestRerun, TestSuite,
};

use super::Report;
use super::escape::{self, Colors};
use crate::event::{CaseFinished, Cause, Event, Outcome, Severity, TargetFinished};
use crate::ledger::{Ledger, Story};
use crate::target::{Kind, Location};

/// The suite that stands for what could not be built, loaded or started.
const PROBLEMS: &str = "prove problems";

/// Writes one document when the run is over.
///
/// A case that failed is a `failure` if the test itself said so, else an
/// `error`; `type` is its cause. What was skipped, was expected to fail, or was
/// not reached, is `skipped`, with the reason. The output of failed attempts
/// alone is in it, so that the document stays of a readable size.
#[derive(Debug)]
pub struct Junit<W> {
    out: W,
    suites: Vec<TestSuite>,
    index: HashMap<(String, Kind), usize>,
}

impl<W: Write> Junit<W> {
    /// A report to this writer.
    pub fn new(out: W) -> Self {
        Self { out, suites: Vec::new(), index: HashMap::new() }
    }

    fn suite(&mut self, target: &str, kind: Kind, ecosystem: &str) -> &mut TestSuite {
        let next = self.suites.len();
        let at = *self.index.entry((target.to_owned(), kind)).or_insert(next);
        if at == next {
            let doc = if kind == Kind::Doc { " (doc)" } else { "" };
            let mut suite = TestSuite::new(line(target) + doc);
            suite.add_property(Property::new("ecosystem", line(ecosystem)));
            suite.add_property(Property::new("kind", kind.as_str()));
            self.suites.push(suite);
        }
        &mut self.suites[at]
    }

    fn case_finished(&mut self, case: &CaseFinished, ledger: &Ledger) {
        // The ledger has just taken it in.
        let story = match case.outcome {
            Outcome::Failed => ledger.failures().last(),
            Outcome::Passed if case.flaky => ledger.flaky().last(),
            Outcome::Passed | Outcome::Skipped | Outcome::Todo | Outcome::NotRun => None,
        };
        let earlier = story.filter(|story| story.last.id == case.id);
        self.add(case, earlier.map_or(&[], |story| &story.earlier));
    }

    fn add(&mut self, case: &CaseFinished, earlier: &[CaseFinished]) {
        let element = test_case(case, earlier);
        self.suite(&case.target, case.kind, &case.ecosystem).add_test_case(element);
    }

    fn target_finished(&mut self, target: &TargetFinished) {
        let suite = self.suite(&target.target, target.kind, &target.ecosystem);
        suite.set_time(duration(target.seconds));
        if let Some(reason) = &target.reason {
            suite.add_property(Property::new("skipped", line(reason)));
        }
    }

    fn document(&mut self, ledger: &Ledger) -> Document {
        // Failures whose repetition never came are final only now.
        for Story { last, earlier } in ledger.failures().iter().filter(|story| !story.last.last) {
            self.add(last, earlier);
        }
        let mut document = Document::new("prove");
        if let Some(run) = ledger.finished() {
            document.set_time(duration(run.seconds));
        }
        document.add_test_suites(self.suites.drain(..));
        if ledger.errors() > 0 {
            document.add_test_suite(problems(ledger));
        }
        document
    }
}

impl<W: Write> Report for Junit<W> {
    fn event(&mut self, event: &Event, ledger: &Ledger) -> io::Result<()> {
        match event {
            Event::TargetStarted(target) => {
                self.suite(&target.target, target.kind, &target.ecosystem);
            }
            Event::CaseFinished(case) if case.last => self.case_finished(case, ledger),
            Event::TargetFinished(target) => self.target_finished(target),
            Event::RunStarted(_)
            | Event::ProjectFound(_)
            | Event::Problem(_)
            | Event::CaseFound(_)
            | Event::BuildStarted(_)
            | Event::BuildFinished(_)
            | Event::CaseStarted(_)
            | Event::CaseFinished(_)
            | Event::RunFinished(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self, ledger: &Ledger) -> io::Result<()> {
        let document = self.document(ledger);
        document.serialize(&mut self.out).map_err(io::Error::other)?;
        self.out.flush()
    }
}

fn test_case(case: &CaseFinished, earlier: &[CaseFinished]) -> TestCase {
    let status = match case.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => failed(case),
        Outcome::Skipped => skipped(case, "skipped"),
        Outcome::Todo => skipped(case, "todo"),
        Outcome::NotRun => skipped(case, "not-run"),
    };
    let prefix = format!("{}::", case.target);
    let name = case.id.strip_prefix(&prefix).unwrap_or(&case.id);
    let mut element = TestCase::new(line(name), status);
    element.set_classname(line(&case.target));
    if let Some(seconds) = case.seconds {
        element.set_time(duration(seconds));
    }
    place(&mut element, case.location.as_ref());
    element.status.add_reruns(earlier.iter().map(rerun));
    if case.outcome == Outcome::Failed && !case.output.is_empty() {
        element.set_system_out(text(&case.output));
    }
    element
}

fn failed(case: &CaseFinished) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(weight(case));
    status.set_type(cause(case));
    if let Some(message) = case.message.as_deref().filter(|text| !text.is_empty()) {
        status.set_message(first_line(message));
        status.set_description(text(message));
    }
    status
}

fn skipped(case: &CaseFinished, what: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(what);
    if let Some(reason) = &case.reason {
        status.set_message(line(reason));
    }
    status
}

fn rerun(attempt: &CaseFinished) -> TestRerun {
    let mut rerun = TestRerun::new(weight(attempt));
    rerun.set_type(cause(attempt));
    if let Some(seconds) = attempt.seconds {
        rerun.set_time(duration(seconds));
    }
    if let Some(message) = attempt.message.as_deref().filter(|text| !text.is_empty()) {
        rerun.set_message(first_line(message)).set_description(text(message));
    }
    if !attempt.output.is_empty() {
        rerun.set_system_out(text(&attempt.output));
    }
    rerun
}

fn problems(ledger: &Ledger) -> TestSuite {
    let mut suite = TestSuite::new(PROBLEMS);
    for problem in ledger.problems().iter().filter(|p| p.severity == Severity::Error) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("problem").set_message(first_line(&problem.why));
        let mut description = text(&problem.why);
        if !problem.remedy.is_empty() {
            description = format!(
                "{description}
remedy: {}",
                text(&problem.remedy)
            );
        }
        status.set_description(description);
        let mut case = TestCase::new(line(&problem.what), status);
        case.set_classname(PROBLEMS);
        place(&mut case, problem.location.as_ref());
        suite.add_test_case(case);
    }
    suite
}

fn place(element: &mut TestCase, location: Option<&Location>) {
    if let Some(location) = location {
        element.extra.insert("file".into(), line(&location.file).into());
        if let Some(line) = location.line {
            element.extra.insert("line".into(), line.to_string().into());
        }
    }
}

/// The test said no, or something else went wrong.
fn weight(case: &CaseFinished) -> NonSuccessKind {
    match case.cause {
        Some(Cause::Assertion) => NonSuccessKind::Failure,
        Some(Cause::Crashed | Cause::TimedOut | Cause::Missing | Cause::Setup) | None => {
            NonSuccessKind::Error
        }
    }
}

fn cause(case: &CaseFinished) -> &'static str {
    case.cause.map_or("failed", Cause::as_str)
}

/// What XML may hold, and a reader of it should see. XML knows no way to write
/// most control characters; they are shown as in all reports.
fn text(text: &str) -> String {
    escape::lines(text, Colors::Drop).collect::<Vec<_>>().join("\n")
}

/// The same, for an attribute: readers make a space of its line breaks.
fn line(text: &str) -> String {
    escape::line(text).into_owned()
}

fn first_line(message: &str) -> String {
    let first = message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    text(first.trim())
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
