//! Outputs of tools that depend only on files which have not changed.
//!
//! A list of a test binary's cases is worth as long as the binary. Entries are
//! written whole and renamed into place, so that parallel runs in one tree do
//! not disturb each other; one that cannot be read or written costs a launch,
//! nothing else.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::launch::Launch;

/// The place where outputs are kept.
pub(super) struct Memo {
    folder: PathBuf,
}

/// An output that may be kept, as it arrives.
pub(super) struct Entry {
    path: PathBuf,
    head: String,
    lines: Vec<u8>,
}

impl Memo {
    /// Keeps them in this folder, made when first needed.
    pub(super) fn new(state: &Path) -> Self {
        Self { folder: state.join("memo") }
    }

    /// The kept output of a launch; or where to keep it, if it may be kept.
    pub(super) fn look_up(&self, launch: &Launch) -> Result<Vec<u8>, Option<Entry>> {
        let Some(head) = head(launch) else { return Err(None) };
        let mut hasher = DefaultHasher::new();
        (&launch.argv, &launch.cwd).hash(&mut hasher);
        let path = self.folder.join(format!("{:016x}", hasher.finish()));
        match std::fs::read(&path) {
            // The head ends in an empty line; what follows is the output.
            Ok(kept) if kept.starts_with(head.as_bytes()) => Ok(kept[head.len()..].to_vec()),
            _ => Err(Some(Entry { path, head, lines: Vec::new() })),
        }
    }
}

impl Entry {
    /// Adds a line of the output.
    pub(super) fn line(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.lines.push(b'\n');
    }

    /// Keeps it.
    pub(super) fn keep(mut self) {
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

/// All that the output depends on, as text. `None`: it depends on more, or on
/// a file that is not there.
fn head(launch: &Launch) -> Option<String> {
    let files = launch.memo.as_ref()?;
    let mut head = String::new();
    let _ = writeln!(head, "{:?} {} {:?}", launch.argv, launch.cwd.display(), launch.env);
    for file in files {
        let stamp = match std::fs::metadata(file) {
            Ok(meta) => format!(
                "{} {} {}.{} {}",
                meta.ino(),
                meta.len(),
                meta.mtime(),
                meta.mtime_nsec(),
                meta.dev()
            ),
            // Its absence can be what the output depends on (a toolchain file).
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "absent".to_owned(),
            Err(_) => return None,
        };
        let _ = writeln!(head, "{} {stamp}", file.display());
    }
    head.push('\n');
    Some(head)
}
