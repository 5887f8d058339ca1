//! A subtest that is open, or the document itself: what was counted in it, and
//! what there is to say of its failures.

use super::diagnostics::Remarks;
use super::document::Document;
use super::line::{Directive, Point, unescape};
use super::yaml::Block;

/// One level of nesting.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// What was counted.
    pub(super) doc: Document,
    /// Whether something says that it is a subtest: a comment, a brace.
    pub(super) introduced: bool,
    /// What there is to say of its failures, and the first place.
    pub(super) notes: Remarks,
    /// Whether its last point failed.
    pub(super) last_failed: bool,
    /// The line of a point whose buffered subtest is open.
    pub(super) buffered: Option<Vec<u8>>,
    /// Whether a subtest is open behind a point that was told already.
    pub(super) late: bool,
}

impl Level {
    /// A subtest inside of `parent`.
    pub(super) fn inside(parent: &Self, introduced: bool) -> Self {
        Self { doc: Document::inside(&parent.doc), introduced, ..Self::default() }
    }

    /// Counts a point, and the subtest that it closes.
    pub(super) fn point(&mut self, point: &Point<'_>, child: Option<Self>) {
        let counted = self.doc.point(point.number);
        let wrong = child.as_ref().and_then(Self::wrong);
        let excused =
            counted.todo || matches!(point.directive, Some((Directive::Todo | Directive::Skip, _)));
        let fails = !point.ok || wrong.is_some() || counted.beyond.is_some();
        self.last_failed = fails && !excused;
        if !self.last_failed {
            return;
        }
        self.doc.failed += 1;
        let ok = if point.ok { "ok" } else { "not ok" };
        let description = unescape(point.description);
        let dash = if description.is_empty() { "" } else { " - " };
        self.notes.push(format!("{ok} {}{dash}{description}", counted.number).as_bytes());
        if let Some(child) = child {
            self.notes.push_inner(child.notes);
        }
    }

    /// A YAML block about the last point.
    pub(super) fn diagnosed(&mut self, block: &Block) {
        if !self.last_failed {
            return;
        }
        let facts = block.facts();
        for line in facts.message.as_ref().unwrap_or(&facts.text).lines() {
            self.notes.push(format!("  {line}").as_bytes());
        }
        if let Some(place) = facts.file.zip(facts.line) {
            self.notes.place.get_or_insert(place);
        }
    }

    /// What is wrong with it, at its end. `None` where it is right, or was no
    /// subtest after all: indented lines that happen to look like TAP.
    pub(super) fn wrong(&self) -> Option<String> {
        let (ran, planned) = (self.doc.points, self.doc.planned());
        let empty = ran == 0 && planned.is_none();
        if empty || !self.introduced && (ran == 0 || planned.is_none()) {
            return None;
        }
        let failed = self.doc.failed;
        let failed = (failed > 0).then(|| format!("{failed} of its {ran} tests failed"));
        let parts: Vec<_> =
            [failed, self.doc.missing(), self.doc.wrong()].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
