//! Not yet.

use crate::launch as protocol;
use crate::launch::Exit;

use super::{Decode, Signal, Stream};

pub(super) struct Libtest;

impl Libtest {
    pub(super) fn new(_protocol: &protocol::Libtest) -> Self {
        Self
    }
}

impl Decode for Libtest {
    fn bytes(&mut self, _from: Stream, chunk: &[u8], out: &mut Vec<Signal>) {
        out.push(Signal::Output(chunk.to_vec()));
    }

    fn end(&mut self, _exit: &Exit, _out: &mut Vec<Signal>) {}
}
