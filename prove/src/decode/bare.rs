//! Not yet.

use crate::launch::Exit;
use crate::target::CaseName;

use super::{Decode, Signal, Stream};

pub(super) struct Bare;

impl Bare {
    pub(super) fn new(_case: &CaseName, _base: &str) -> Self {
        Self
    }
}

impl Decode for Bare {
    fn bytes(&mut self, _from: Stream, chunk: &[u8], out: &mut Vec<Signal>) {
        out.push(Signal::Output(chunk.to_vec()));
    }

    fn end(&mut self, _exit: &Exit, _out: &mut Vec<Signal>) {}
}
