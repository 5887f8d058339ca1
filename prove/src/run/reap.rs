//! No descendant of a launch outlives the run.
//!
//! A group kill reaches what stayed in a process's group. What left it
//! (`setsid`, daemons) is found in two ways. While `prove` lives it is, on
//! Linux, the reaper of its descendants' orphans, so they turn up among its
//! own children. And should `prove` itself be killed, a small guardian process
//! learns of it from a closed pipe, and kills whatever carries the run's mark.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal};

use super::process::{MARK, command};

/// The first argument that makes this program a guardian.
pub(crate) const GUARDIAN: &str = "--guardian-of-run";

/// Makes this process the parent of its descendants' orphans, where the system can.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// The guardian, as the run sees it.
pub(super) struct Guardian(Option<Child>);

impl Guardian {
    /// Starts it. A system that cannot has the other ways still.
    pub(super) fn start(prove: &std::path::Path, mark: &str) -> Self {
        let child = command(prove)
            .args([GUARDIAN, mark])
            .env_remove(MARK)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .spawn();
        Self(child.ok())
    }

    fn pid(&self) -> Option<Pid> {
        self.0.as_ref().and_then(|child| Pid::from_raw(child.id().cast_signed()))
    }

    /// Lets it go: all is well.
    pub(super) fn dismiss(&mut self) {
        if let Some(mut child) = self.0.take() {
            if let Some(mut stdin) = child.stdin.take() {
                let _ = stdin.write_all(b"q");
            }
            let _ = child.wait();
        }
    }
}

/// What the guardian does: waits for its pipe to close, and unless it was let
/// go, kills everything that carries the mark.
pub(crate) fn guard(mark: &str) {
    let mut said = [0];
    if matches!(std::io::stdin().read(&mut said), Ok(1)) {
        return;
    }
    // A process may start another while we look, so look until nothing is there.
    for _ in 0..100 {
        let found = marked(mark);
        if found.is_empty() {
            return;
        }
        for pid in found {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// The living processes that carry the mark of this run: `RUN.LAUNCH`.
fn marked(run: &str) -> Vec<Pid> {
    let of_run = |mark: &str| mark.strip_prefix(run).is_some_and(|rest| rest.starts_with('.'));
    processes().filter(|pid| carries(*pid, of_run)).collect()
}

fn carries(pid: Pid, mark: impl Fn(&str) -> bool) -> bool {
    let Ok(environ) = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())) else { return false };
    let marks = environ.split(|&byte| byte == 0).filter_map(|var| str::from_utf8(var).ok());
    marks.filter_map(|var| var.strip_prefix(MARK)?.strip_prefix('=')).any(mark)
}

fn processes() -> impl Iterator<Item = Pid> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
}

/// Kills the orphans that this process has inherited and that are not among
/// `ours`: those that carry this launch's mark, or all. Says how many there were.
pub(super) fn kill_orphans(ours: &[Pid], guardian: &Guardian, mark: Option<&str>) -> usize {
    let mut killed = 0;
    for pid in children() {
        let ours = ours.contains(&pid) || guardian.pid() == Some(pid);
        if !ours && mark.is_none_or(|mark| carries(pid, |it| it == mark)) {
            killed += 1;
            // Its group first: an orphan may have its own family with it.
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
            let _ = rustix::process::kill_process(pid, Signal::KILL);
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
        }
    }
    killed
}

/// At the end of the run: until no child is left. Each death can hand us the
/// dead one's children.
pub(super) fn kill_all_orphans(guardian: &Guardian) {
    for _ in 0..10_000 {
        if kill_orphans(&[], guardian, None) == 0 {
            return;
        }
    }
}

/// The direct children of this process.
fn children() -> Vec<Pid> {
    let parse = |text: &str| -> Vec<Pid> {
        text.split_ascii_whitespace().filter_map(|word| word.parse().ok().and_then(Pid::from_raw)).collect()
    };
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let mut all = Vec::new();
    for task in tasks.flatten() {
        if let Ok(text) = std::fs::read_to_string(task.path().join("children")) {
            all.extend(parse(&text));
        }
    }
    all
}
