//! Not yet.

use crate::target::TreePath;
use crate::tree::{Facts, File, Reads, View};

use super::{Claims, Context, Ecosystem, Input, Project, Session, Step};

pub(super) struct Cargo;

impl Ecosystem for Cargo {
    fn name(&self) -> &'static str {
        "cargo"
    }

    fn reads(&self, _path: &TreePath) -> Reads {
        Reads::Nothing
    }

    fn examine(&self, _file: File<'_>) -> Option<Facts> {
        None
    }

    fn claim(&self, _view: View<'_>) -> Claims {
        Claims::default()
    }

    fn open(&self, _project: &Project, _context: &Context) -> Box<dyn Session> {
        Box::new(Nothing)
    }
}

struct Nothing;

impl Session for Nothing {
    fn on(&mut self, input: Input<'_>, steps: &mut Vec<Step>) {
        if matches!(input, Input::Start) {
            steps.push(Step::OffersDone);
        }
    }
}
