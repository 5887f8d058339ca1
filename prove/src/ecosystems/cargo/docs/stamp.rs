//! What a result depends on, as text: two results are the same if it is.

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Variables that change from one start to the next, and that no compiler reads.
const VOLATILE: &[&str] =
    &["_", "COLUMNS", "LINES", "OLDPWD", "PWD", "RUSTDOC", "SHLVL", "TERM", "WINDOWID"];

/// How far the clock of a file system can be behind.
const SLACK: Duration = Duration::from_millis(20);

/// The state of a file: two with the same are the same content. A folder
/// stands for the libraries in it.
pub(super) fn stamp(path: &Path) -> String {
    let Ok(meta) = std::fs::metadata(path) else { return "absent".to_owned() };
    if meta.is_dir() {
        return folder(path);
    }
    format!(
        "{}.{} {} {}.{} {}.{}",
        meta.dev(),
        meta.ino(),
        meta.len(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec()
    )
}

fn folder(path: &Path) -> String {
    let is_library = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|e| ["a", "so", "dylib", "lib", "o"].contains(&e))
    };
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut entries: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| is_library(path)).collect();
    entries.sort();
    let mut text = String::new();
    for entry in entries.iter().filter(|entry| !entry.is_dir()) {
        let _ = write!(text, "{} {}; ", entry.display(), stamp(entry));
    }
    text
}

/// Stamps of files, one a line.
pub(super) fn stamps<'a>(files: impl IntoIterator<Item = &'a Path>) -> String {
    let mut text = String::new();
    for file in files {
        let _ = writeln!(text, "{}\t{}", stamp(file), file.display());
    }
    text
}

/// Whether files are as they were when these stamps were taken.
pub(super) fn hold(stamps: &str) -> bool {
    stamps.lines().all(|line| {
        line.split_once('\t').is_some_and(|(then, path)| stamp(Path::new(path)) == then)
    })
}

/// Whether every file was left alone since a time: then a stamp that is taken
/// now is one of what was read since.
pub(super) fn are_older<'a>(files: impl IntoIterator<Item = &'a Path>, than: SystemTime) -> bool {
    let Ok(since) = than.duration_since(SystemTime::UNIX_EPOCH) else { return false };
    let before = since.saturating_sub(SLACK);
    files.into_iter().all(|path| {
        let Ok(meta) = std::fs::metadata(path) else { return false };
        let changed = u64::try_from(meta.ctime()).unwrap_or(0);
        let nanos = u32::try_from(meta.ctime_nsec()).unwrap_or(0);
        Duration::new(changed, nanos) < before
    })
}

/// The environment, as far as a compiler, a linker or a macro may read it.
pub(super) fn environment() -> String {
    let mut all: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, _)| !VOLATILE.contains(&&**name) && !name.starts_with("PROVE_"))
        .collect();
    all.sort();
    let mut text = String::new();
    for (name, value) in all {
        let _ = writeln!(text, "{name}={}", value.to_string_lossy().escape_debug());
    }
    text
}

/// The files in a compiler's dep-info: each has a line of its own, `FILE:`.
pub(super) fn dependencies(dep_info: &str) -> Vec<String> {
    let lines = dep_info.lines().filter_map(|line| line.strip_suffix(':'));
    lines.map(|path| path.replace("\\ ", " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_names_files() {
        let text =
            "/o/x.d: src/lib.rs src/a\\ b.txt\n\nsrc/lib.rs:\nsrc/a\\ b.txt:\n\n# env-dep:X=1\n";
        assert_eq!(dependencies(text), ["src/lib.rs", "src/a b.txt"]);
    }

    #[test]
    fn a_change_of_a_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (file, library) = (folder.path().join("x"), folder.path().join("libx.a"));
        std::fs::write(&file, "1").unwrap();
        let before = stamps([file.as_path(), folder.path(), Path::new("/nowhere")]);
        assert!(hold(&before));
        std::fs::write(&file, "22").unwrap();
        assert!(!hold(&before));
        let before = stamps([folder.path()]);
        std::fs::write(&library, "").unwrap();
        assert!(!hold(&before), "a library in a folder that is searched");
        assert!(!are_older([file.as_path()], SystemTime::now()), "it may change yet");
        assert!(!hold("no stamp"));
    }
}
