//! The worker's program, compiled once for an interpreter and kept: to compile
//! its source takes a worker as long as to run hundreds of small tests.

use std::path::{Path, PathBuf};

use crate::launch::Launch;

/// What every worker runs: one program, in files of one matter each.
pub(super) const WORKER: &str = concat!(
    include_str!("worker/pipe.py"),
    include_str!("worker/say.py"),
    include_str!("worker/load.py"),
    include_str!("worker/unit.py"),
    include_str!("worker/doc.py"),
    include_str!("worker/serve.py"),
);

/// Prints the compiled program in lines, which a memo can keep.
const COMPILE: &str = "import marshal, sys
code = marshal.dumps(compile(sys.argv[1], '<prove worker>', 'exec')).hex()
for at in range(0, len(code), 4096):
 print(code[at:at + 4096])";

/// The launch whose output [`Compiled`] reads. Its arguments hold the source,
/// and it depends on the interpreter, so that neither goes out of date.
pub(super) fn compiler(python: &Path, cwd: PathBuf) -> Launch {
    let mut launch = Launch::new([python.as_os_str(), "-c".as_ref(), COMPILE.as_ref()], cwd);
    launch.argv.push(WORKER.into());
    launch.memo = Some(vec![python.to_owned()]);
    launch.slots = 0;
    launch
}

/// A compiled program, as it arrives.
#[derive(Default)]
pub(super) struct Compiled {
    bytes: Vec<u8>,
    broken: bool,
}

impl Compiled {
    /// Reads a line of the compiler's output.
    pub(super) fn line(&mut self, line: &[u8]) {
        for pair in line.chunks(2) {
            let digits = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
            let pair = str::from_utf8(pair).ok().filter(|_| digits);
            match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
                Some(byte) => self.bytes.push(byte),
                None => self.broken = true,
            }
        }
    }

    /// All of it, if it was understood.
    pub(super) fn whole(self) -> Option<Vec<u8>> {
        (!self.broken && !self.bytes.is_empty()).then_some(self.bytes)
    }
}

/// What a new worker is started with, to read its program from its stdin, and
/// that program: the process list stays readable, and what a test starts by
/// `sys.argv` or `__main__` does not meet it.
pub(super) fn boot(compiled: Option<&[u8]>) -> (String, Vec<u8>) {
    let (program, code) = match compiled {
        Some(code) => (code, "__import__('marshal').loads(s)"),
        None => (WORKER.as_bytes(), "compile(s,'<prove worker>','exec')"),
    };
    let length = program.len();
    let boot = format!(
        "import os\ns=b''\nwhile len(s)<{length}:\n c=os.read(0,{length}-len(s))\n if not c:raise SystemExit\n s+=c\n\
         exec({code},{{'__name__':'prove worker'}})"
    );
    (boot, program.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Option<Vec<u8>> {
        let mut compiled = Compiled::default();
        for line in lines {
            compiled.line(line.as_bytes());
        }
        compiled.whole()
    }

    #[test]
    fn code_is_taken_only_if_all_of_it_was_understood() {
        assert_eq!(read(&["e30a", "ff"]), Some(vec![0xe3, 0x0a, 0xff]));
        for odd in [&[][..], &["e30"], &["e3", "Warning: x"], &["+1"]] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
    }
}
