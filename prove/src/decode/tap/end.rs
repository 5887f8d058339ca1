//! The end of a stream: was it all, and did its process leave as it should?

use crate::event::Cause;

use super::{Broken, Exit, Signal, State};

impl State {
    /// Closes what is open, and says what was wrong.
    pub(super) fn end(&mut self, exit: &Exit, out: &mut Vec<Signal>) {
        if let Some(block) = self.yaml.take() {
            self.not_yaml(&block, out);
        }
        self.settle_buffered(0, out);
        self.fail_all(out);
        self.held.end(out);
        // A subtest whose own test never came.
        if let Some(wrong) = self.child(0).and_then(|child| child.wrong()) {
            self.levels[0].doc.fault(format_args!("a subtest without a test of its own: {wrong}"));
        }
        let broken = self.broken(exit);
        if broken.is_none() && self.levels[0].doc.points == 0 {
            out.extend(self.skipped.take().map(Signal::SkippedAll));
        }
        out.extend(broken.map(Signal::Broken));
    }

    fn broken(&self, exit: &Exit) -> Option<Broken> {
        let broken = |cause, message| Some(Broken { cause, message });
        if self.bailed {
            // It said so itself; what is missing is missing for that reason.
            return None;
        }
        let doc = &self.levels[0].doc;
        let (missing, wrong) = (doc.missing(), doc.wrong());
        let (cause, exit) = match exit {
            Exit::NotStarted(_) => return broken(Cause::Setup, format!("the script {exit}")),
            Exit::Stopped => return None,
            Exit::TimedOut(_) => (Cause::TimedOut, Some(self.left(exit))),
            Exit::Code(code) if self.is_told(*code, missing.is_none()) => (Cause::Missing, None),
            Exit::Code(_) | Exit::Signal(_) if self.ignore_exit => (Cause::Missing, None),
            Exit::Code(_) | Exit::Signal(_) => (Cause::Crashed, Some(self.left(exit))),
        };
        let nothing = doc.points == 0 && doc.planned().is_none();
        let missing = missing.filter(|_| !(nothing && exit.is_some()));
        let parts: Vec<_> = [exit, missing, wrong].into_iter().flatten().collect();
        if parts.is_empty() { None } else { broken(cause, parts.join("\n")) }
    }

    /// Whether an exit code says no more than the results do: 0, or the code
    /// that producers leave with when tests failed: 1, or how many.
    fn is_told(&self, code: i32, complete: bool) -> bool {
        let failed = i32::try_from(self.levels[0].doc.failed.min(254)).unwrap_or(254);
        code == 0 || complete && failed > 0 && (code == 1 || code == failed)
    }

    fn left(&self, exit: &Exit) -> String {
        match (self.levels[0].doc.points, self.levels[0].doc.planned()) {
            (0, None) => format!("the script {exit} before its first line of TAP"),
            (0, Some(_)) => format!("the script {exit} before its first result"),
            (_, _) => format!("the script {exit} after `{}`", self.name),
        }
    }
}
