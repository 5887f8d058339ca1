//! Outputs of tools that depend only on what has not changed since.
//!
//! A list of a test binary's cases is worth as long as the binary; what a build
//! says, as long as all that went into it. Entries are written whole and renamed
//! into place, so that parallel runs in one tree do not disturb each other; one
//! that cannot be read or written costs a launch, nothing else.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::launch::{Depends, Launch};

use super::stamp::{self, stamp};

/// The place where outputs are kept.
pub(super) struct Memo {
    folder: PathBuf,
}

/// An output that may be kept, as it arrives.
pub(super) struct Entry {
    path: PathBuf,
    head: String,
    lines: Vec<u8>,
    began: SystemTime,
    recall: bool,
}

/// An output of which it is still to be told what it depends on.
pub(super) struct Told(Entry);

impl Memo {
    /// Keeps them in this folder, made when first needed.
    pub(super) fn new(state: &Path) -> Self {
        Self { folder: state.join("memo") }
    }

    /// The kept output of a launch; or where to keep it, if it may be kept.
    pub(super) fn look_up(&self, launch: &Launch) -> Result<Vec<u8>, Option<Entry>> {
        let began = SystemTime::now();
        let Some(head) = head(launch) else { return Err(None) };
        let mut hasher = DefaultHasher::new();
        (&launch.argv, &launch.cwd).hash(&mut hasher);
        let path = self.folder.join(format!("{:016x}", hasher.finish()));
        let kept = std::fs::read(&path).ok().and_then(|kept| {
            let rest = kept.strip_prefix(head.as_bytes())?;
            Some(if launch.recall { unchanged(rest)? } else { rest }.to_vec())
        });
        let recall = launch.recall;
        kept.ok_or(Some(Entry { path, head, lines: Vec::new(), began, recall }))
    }
}

impl Entry {
    /// Adds a line of the output.
    pub(super) fn line(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.lines.push(b'\n');
    }

    /// Keeps it, or says that it is still to be told what it depends on.
    pub(super) fn keep(self) -> Option<Told> {
        if self.recall {
            return Some(Told(self));
        }
        self.write();
        None
    }

    fn write(mut self) {
        let Some(folder) = self.path.parent() else { return };
        let _ = super::state::prepare(folder);
        let mut whole = std::mem::take(&mut self.head).into_bytes();
        whole.append(&mut self.lines);
        let temporary = self.path.with_extension(std::process::id().to_string());
        if std::fs::write(&temporary, whole).is_ok() {
            let _ = std::fs::rename(&temporary, &self.path);
        }
    }
}

impl Told {
    /// Keeps it, if nothing that it depends on has changed since the launch began.
    pub(super) fn keep(self, depends: &[Depends]) {
        let Self(mut entry) = self;
        for one in depends {
            let Some(stamp) = stamp(one).filter(|stamp| stamp.is_before(entry.began)) else {
                return;
            };
            let _ = writeln!(entry.head, "{:016x} {one}", stamp.hash);
        }
        entry.head.push('\n');
        entry.write();
    }
}

/// The output behind what it depends on, if that is as it was.
fn unchanged(kept: &[u8]) -> Option<&[u8]> {
    let mut rest = kept;
    loop {
        let end = memchr::memchr(b'\n', rest)?;
        let line = str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        if line.is_empty() {
            return Some(rest);
        }
        let (hash, depends) = line.split_once(' ')?;
        let hash = u64::from_str_radix(hash, 16).ok()?;
        if stamp(&Depends::parse(depends)?)?.hash != hash {
            return None;
        }
    }
}

/// All that the output is known to depend on before the launch, as text.
/// `None`: it may not be kept, or depends on a file that cannot be seen.
fn head(launch: &Launch) -> Option<String> {
    if launch.memo.is_none() && !launch.recall {
        return None;
    }
    let mut head = String::new();
    let _ = writeln!(head, "{:?} {} {:?}", launch.argv, launch.cwd.display(), launch.env);
    for file in launch.memo.iter().flatten() {
        let _ = writeln!(head, "{} {}", file.display(), stamp::of_file(file)?);
    }
    if !launch.recall {
        head.push('\n');
    }
    Some(head)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::Duration;

    use super::*;

    /// A folder, and a launch whose output depends on what is in it.
    struct Kept {
        folder: tempfile::TempDir,
        launch: Launch,
    }

    impl Kept {
        /// All in it is older than a build that begins now.
        fn new(files: &[&str]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            for file in files {
                let path = folder.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                File::create(path).unwrap();
            }
            let mut launch = Launch::new(["build"], folder.path());
            launch.recall = true;
            std::thread::sleep(Duration::from_millis(60));
            Self { folder, launch }
        }

        fn memo(&self) -> Memo {
            Memo::new(&self.folder.path().join("state"))
        }

        fn look_up(&self) -> Option<Vec<u8>> {
            self.memo().look_up(&self.launch).ok()
        }

        /// A build, during which something may happen.
        fn build(&self, depends: &[&str], meanwhile: impl FnOnce(&Path)) {
            let mut entry = self.memo().look_up(&self.launch).unwrap_err().unwrap();
            entry.line(b"built");
            meanwhile(self.folder.path());
            let line = |text: &&str| {
                let (what, path) = text.split_once(' ').unwrap();
                let path = self.folder.path().join(path);
                Depends::parse(&format!("{what} {}", path.display())).unwrap()
            };
            entry.keep().unwrap().keep(&depends.iter().map(line).collect::<Vec<_>>());
        }
    }

    const DEPENDS: [&str; 4] = ["file a.rs", "absent b.rs", "names tests", "tree data"];

    #[track_caller]
    fn check(change: impl FnOnce(&Path), serves: bool) {
        let kept = Kept::new(&["a.rs", "tests/x.rs", "tests/common/mod.rs", "data/deep/d"]);
        kept.build(&DEPENDS, |_| ());
        assert_eq!(kept.look_up().as_deref(), Some(b"built\n".as_slice()), "nothing has changed");
        change(kept.folder.path());
        assert_eq!(kept.look_up().is_some(), serves);
    }

    #[test]
    fn whatever_changes_it_is_seen() {
        check(|_| (), true);
        check(|at| fs::write(at.join("a.rs"), "1").unwrap(), false);
        check(|at| fs::remove_file(at.join("a.rs")).unwrap(), false);
        check(|at| fs::write(at.join("b.rs"), "").unwrap(), false);
        check(|at| fs::write(at.join("other.rs"), "").unwrap(), true);
        check(|at| fs::write(at.join("tests/y.rs"), "").unwrap(), false);
        check(|at| fs::write(at.join("tests/common/main.rs"), "").unwrap(), false);
        check(|at| fs::write(at.join("tests/x.rs"), "1").unwrap(), true);
        check(|at| fs::write(at.join("data/deep/d"), "1").unwrap(), false);
        check(|at| fs::remove_file(at.join("data/deep/d")).unwrap(), false);
        // The same content at the same time as before, in another file.
        let replaced = |at: &Path| {
            let time = fs::metadata(at.join("a.rs")).unwrap().modified().unwrap();
            fs::remove_file(at.join("a.rs")).unwrap();
            File::create(at.join("a.rs")).unwrap().set_modified(time).unwrap();
        };
        check(replaced, false);
    }

    #[test]
    fn what_changes_during_the_build_is_not_trusted() {
        for change in ["a.rs", "b.rs", "tests/y.rs", "data/new"] {
            let kept = Kept::new(&["a.rs", "tests/x.rs", "data/deep/d"]);
            kept.build(&DEPENDS, |at| fs::write(at.join(change), "1").unwrap());
            assert!(kept.look_up().is_none(), "{change}");
        }
        let kept = Kept::new(&["a.rs", "b.rs", "tests/x.rs", "data/deep/d"]);
        kept.build(&DEPENDS, |at| fs::remove_file(at.join("b.rs")).unwrap());
        assert!(kept.look_up().is_none(), "it was there when the build began");
    }

    #[test]
    fn variables_count_that_are_named() {
        let kept = Kept::new(&["a.rs"]);
        let entry = kept.memo().look_up(&kept.launch).unwrap_err().unwrap();
        let named = [Depends::Variable("PROVE_NOT_SET".into()), Depends::Variables("CARGO".into())];
        entry.keep().unwrap().keep(&named);
        assert_eq!(kept.look_up(), Some(Vec::new()));
        assert_ne!(
            stamp::of_variables([("CARGO_A", "1")].into_iter()),
            stamp::of_variables([("CARGO_A", "2")].into_iter())
        );
    }
}
