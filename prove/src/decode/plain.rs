//! A tool's stdout, line by line, for its session.

use crate::launch::Exit;

use super::{Decode, Lines, Signal, Stream};

/// Hands over each line of stdout; stderr is kept by the runner.
#[derive(Default)]
pub(super) struct Plain {
    lines: Lines,
}

impl Decode for Plain {
    fn bytes(&mut self, from: Stream, chunk: &[u8], out: &mut Vec<Signal>) {
        if from == Stream::Stdout {
            self.lines.push(chunk, |line| out.push(Signal::Line(line.to_vec())));
        }
    }

    fn end(&mut self, _exit: &Exit, out: &mut Vec<Signal>) {
        self.lines.end(|line| out.push(Signal::Line(line.to_vec())));
    }
}
