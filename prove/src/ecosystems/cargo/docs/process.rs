//! The processes that the helper starts. They are in the group, and carry the
//! mark, of the helper itself, which the runner started: so they end with it.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// A program with nothing on stdin.
#[expect(
    clippy::disallowed_methods,
    reason = "the helper is a process of the runner's own, whose group and mark hold for these"
)]
pub(super) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}
