//! What was compiled, kept by all that it depends on.
//!
//! An entry is a folder, made elsewhere and renamed into place; the whole text
//! of its key is in it, so that no hash has to be trusted. An entry that cannot
//! be read or written costs a compile, nothing else.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// The most bytes that entries may have together, but for those in use.
const MOST: u64 = 512 << 20;
/// How long an entry counts as in use: another run may be at it.
const IN_USE: Duration = Duration::from_secs(3600);
/// How often an entry tries to take its place, while other runs do as well.
const TRIES: usize = 8;
/// What the name of an entry in the making begins with.
const DRAFT: &str = "draft-";
/// The file that has an entry's key, and the time when it was used last.
const KEY: &str = "key";

/// The folder of entries.
pub(super) struct Cache {
    folder: PathBuf,
    drafts: AtomicU32,
}

/// An entry in the making. What is not kept goes.
pub(super) struct Draft<'a> {
    cache: &'a Cache,
    key: &'a str,
    folder: PathBuf,
}

impl Cache {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), drafts: AtomicU32::new(0) }
    }

    fn place(&self, key: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.folder.join(format!("{:016x}", hasher.finish()))
    }

    /// The folder of the entry with this key.
    pub(super) fn find(&self, key: &str) -> Option<PathBuf> {
        let folder = self.place(key);
        let mut file = fs::File::open(folder.join(KEY)).ok()?;
        if io::read_to_string(&mut file).ok()? != key {
            return None;
        }
        let _ = file.set_modified(SystemTime::now());
        Some(folder)
    }

    /// An empty folder that can become the entry with this key.
    pub(super) fn draft<'a>(&'a self, key: &'a str) -> io::Result<Draft<'a>> {
        let number = self.drafts.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{DRAFT}{}-{number}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Draft { cache: self, key, folder })
    }

    /// A folder for what no entry is made of.
    pub(super) fn scratch(&self) -> io::Result<Draft<'_>> {
        let folder = self.folder.join(format!("{DRAFT}{}-scratch", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Draft { cache: self, key: "", folder })
    }

    /// Whether anything was compiled since this cache was opened.
    pub(super) fn has_grown(&self) -> bool {
        self.drafts.load(Ordering::Relaxed) > 0
    }

    /// Removes the entries that were not used for longest, down to the bound,
    /// and what became no entry because its run was killed.
    pub(super) fn prune(&self) {
        let now = SystemTime::now();
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut entries: Vec<(Duration, PathBuf, u64)> = entries
            .map(|entry| {
                let path = entry.path();
                let used = fs::metadata(path.join(KEY)).or_else(|_| entry.metadata());
                let used = used.and_then(|meta| meta.modified()).unwrap_or(now);
                let age = now.duration_since(used).unwrap_or_default();
                let size = size(&path);
                (age, path, size)
            })
            .collect();
        entries.sort();
        let mut total = 0;
        for (age, path, size) in entries {
            let left = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(DRAFT.as_bytes()));
            total += size;
            if (total > MOST || left) && age > IN_USE {
                let _ = fs::remove_dir_all(path);
            }
        }
    }
}

fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

impl Draft<'_> {
    /// Where it is made.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Becomes the entry; where that is now.
    pub(super) fn keep(self) -> io::Result<PathBuf> {
        fs::write(self.folder.join(KEY), self.key)?;
        let place = self.cache.place(self.key);
        // What is there has another key, or was made from files that have
        // changed, or another run has just put it there.
        let aside = self.folder.with_extension("old");
        for _ in 0..TRIES {
            if fs::rename(&self.folder, &place).is_ok() {
                return Ok(place);
            }
            let _ = fs::rename(&place, &aside);
            let _ = fs::remove_dir_all(&aside);
        }
        Err(io::Error::other(format!("{} cannot be written", place.display())))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_whole_key() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        assert_eq!(cache.find("a"), None);
        let draft = cache.draft("a").unwrap();
        fs::write(draft.folder().join("x"), "1").unwrap();
        let place = draft.keep().unwrap();
        assert_eq!(cache.find("a"), Some(place.clone()));
        assert_eq!(fs::read_to_string(place.join("x")).unwrap(), "1");
        fs::write(place.join(KEY), "b").unwrap();
        assert_eq!(cache.find("a"), None, "a hash alone proves nothing");
        cache.draft("b").unwrap().keep().unwrap();
        let place = cache.draft("a").unwrap().keep().unwrap();
        assert!(!place.join("x").exists(), "the newer one counts");
        drop(cache.draft("c").unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "what is not kept goes");
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let hours = |hours: u64| SystemTime::now() - Duration::from_secs(3600 * hours);
        for (key, age) in [("new", 0), ("old", 2), ("older", 3)] {
            let draft = cache.draft(key).unwrap();
            let large = fs::File::create(draft.folder().join("x")).unwrap();
            large.set_len(MOST / 2).unwrap();
            let place = draft.keep().unwrap();
            fs::File::options()
                .write(true)
                .open(place.join(KEY))
                .unwrap()
                .set_modified(hours(age))
                .unwrap();
        }
        cache.prune();
        let kept: Vec<_> = ["new", "old", "older"].map(|key| cache.find(key).is_some()).into();
        assert_eq!(kept, [true, false, false]);
    }
}
