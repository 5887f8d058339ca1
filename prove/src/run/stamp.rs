//! Whether something is as it was: a number for each thing that an output may
//! depend on, which changes whenever that changes.

use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use walkdir::WalkDir;

use crate::launch::Depends;

/// By how much a file's time may lie before the clock's: the kernel stamps
/// files with the time of its last tick.
const TICK: Duration = Duration::from_millis(20);

/// The same where a file system has no parts of a second. FAT counts in twos.
const COARSE: Duration = Duration::from_secs(3);

/// The most files of a tree that are looked at.
const MOST: usize = 50_000;

/// How something is now.
pub(super) struct Stamp {
    pub(super) hash: u64,
    /// The last change of it, as far as it has a time.
    newest: Option<Duration>,
}

impl Stamp {
    /// Whether its last change was surely before this time.
    pub(super) fn is_before(&self, time: SystemTime) -> bool {
        let Some(newest) = self.newest else { return true };
        let slack = if newest.subsec_nanos() == 0 { COARSE } else { TICK };
        time.duration_since(UNIX_EPOCH).is_ok_and(|time| newest + slack < time)
    }
}

/// How it is; `None` if it is not what it is said to be, or cannot be seen.
pub(super) fn stamp(of: &Depends) -> Option<Stamp> {
    let mut seen = Seen::default();
    match of {
        Depends::File(path) => seen.add(&std::fs::metadata(path).ok()?),
        Depends::Absent(path) => seen.absent(path)?,
        Depends::Names(path) => seen.names(path)?,
        Depends::Tree(path) => seen.tree(path)?,
        Depends::Variable(name) => std::env::var_os(name).hash(&mut seen.hasher),
        Depends::Variables(prefix) => {
            let all = std::env::vars_os();
            of_variables(
                all.filter(|(name, _)| name.as_encoded_bytes().starts_with(prefix.as_bytes())),
            )
            .hash(&mut seen.hasher);
        }
    }
    Some(Stamp { hash: seen.hasher.finish(), newest: seen.newest })
}

/// Variables in no particular order.
pub(super) fn of_variables<T: Hash + Ord>(all: impl Iterator<Item = T>) -> u64 {
    let mut all: Vec<_> = all.collect();
    all.sort();
    let mut hasher = DefaultHasher::new();
    all.hash(&mut hasher);
    hasher.finish()
}

/// A file's stamp as text, or its absence: that, too, can be what an output
/// depends on (a toolchain file). `None` if it cannot be seen.
pub(super) fn of_file(path: &Path) -> Option<String> {
    match std::fs::metadata(path) {
        Ok(meta) => {
            let mut seen = Seen::default();
            seen.add(&meta);
            Some(format!("{:016x}", seen.hasher.finish()))
        }
        Err(error) => is_absent(&error).then(|| "absent".to_owned()),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[derive(Default)]
struct Seen {
    hasher: DefaultHasher,
    newest: Option<Duration>,
}

impl Seen {
    /// The time of a change cannot be set back, unlike that of a file's content.
    fn add(&mut self, meta: &Metadata) {
        let (changed, nanos) = (meta.ctime(), meta.ctime_nsec());
        let content = (meta.mtime(), meta.mtime_nsec());
        (meta.dev(), meta.ino(), meta.len(), meta.mode(), content, changed, nanos)
            .hash(&mut self.hasher);
        self.note(changed, nanos);
        self.note(content.0, content.1);
    }

    fn note(&mut self, seconds: i64, nanos: i64) {
        let seconds = u64::try_from(seconds).unwrap_or(0);
        let time = Duration::new(seconds, u32::try_from(nanos).unwrap_or(0));
        self.newest = self.newest.max(Some(time));
    }

    /// Its folder tells by its time whether it was there a moment ago.
    fn absent(&mut self, path: &Path) -> Option<()> {
        match std::fs::symlink_metadata(path) {
            Err(error) if is_absent(&error) => {}
            _ => return None,
        }
        let above = path.ancestors().skip(1).find_map(|above| std::fs::metadata(above).ok())?;
        self.note(above.ctime(), above.ctime_nsec());
        Some(())
    }

    fn names(&mut self, path: &Path) -> Option<()> {
        self.add(&std::fs::metadata(path).ok()?);
        let entries = std::fs::read_dir(path).ok()?.collect::<Result<Vec<_>, _>>().ok()?;
        let mut folders: Vec<_> = (entries.iter())
            .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_file()))
            .map(std::fs::DirEntry::path)
            .collect();
        folders.sort();
        for folder in folders {
            self.add(&std::fs::metadata(&folder).ok()?);
        }
        Some(())
    }

    fn tree(&mut self, path: &Path) -> Option<()> {
        let walk = WalkDir::new(path).follow_links(true).sort_by_file_name();
        for (at, entry) in walk.into_iter().enumerate() {
            let entry = entry.ok().filter(|_| at < MOST)?;
            entry.file_name().hash(&mut self.hasher);
            self.add(&entry.metadata().ok()?);
        }
        Some(())
    }
}
