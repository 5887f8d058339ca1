//! Signals to this process, as something to wait for.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP};
use signal_hook::{SigId, low_level};

/// Wakes the loop when a child ends, or when the user wants the run to end or
/// to stand still.
pub(super) struct Signals(Vec<Listener>);

/// A pipe that gets a byte for each signal.
struct Listener {
    signal: i32,
    wake: UnixStream,
    id: SigId,
    count: usize,
}

impl Signals {
    /// Begins to listen.
    pub(super) fn new() -> io::Result<Self> {
        let listen = |signal| {
            let (wake, sender) = UnixStream::pair()?;
            wake.set_nonblocking(true)?;
            Ok(Listener { signal, wake, id: low_level::pipe::register(signal, sender)?, count: 0 })
        };
        Ok(Self(
            [SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGTSTP]
                .into_iter()
                .map(listen)
                .collect::<io::Result<_>>()?,
        ))
    }

    /// What to wait for.
    pub(super) fn waits(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.0.iter().map(|listener| listener.wake.as_fd())
    }

    /// Takes the signals that came; the one that asks to end the run, and how
    /// often it came so far.
    pub(super) fn take(&mut self) -> Option<(i32, usize)> {
        self.read();
        let ends = |listener: &&Listener| ![SIGCHLD, SIGTSTP].contains(&listener.signal);
        let asked = self.0.iter().filter(ends).find(|listener| listener.count > 0);
        asked.map(|listener| (listener.signal, listener.count))
    }

    /// Whether the user wants the run to stand still; said once.
    pub(super) fn take_stop(&mut self) -> bool {
        self.read();
        let stop = self.0.iter_mut().find(|listener| listener.signal == SIGTSTP);
        stop.is_some_and(|listener| std::mem::take(&mut listener.count) > 0)
    }

    fn read(&mut self) {
        let mut buffer = [0; 64];
        for listener in &mut self.0 {
            while let Ok(n @ 1..) = listener.wake.read(&mut buffer) {
                listener.count += n;
            }
        }
    }
}

/// Stops this process, as its shell expects of it, until somebody continues it.
pub(super) fn stop_here() {
    let _ = low_level::raise(SIGSTOP);
}

impl Drop for Signals {
    fn drop(&mut self) {
        for listener in &self.0 {
            low_level::unregister(listener.id);
        }
    }
}
