//! The walk: every folder once, by as many threads as there are cores, each
//! file's content seen by the ecosystems that want it while it is at hand.

use std::ffi::OsStr;
use std::fs::File as DiskFile;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use walkdir::{DirEntry, WalkDir};

use crate::ecosystems::Ecosystem;
use crate::event::Problem;
use crate::target::TreePath;
use crate::tree::{Facts, File, Reads, Tree};

use super::Walk;
use super::rules::{Rules, is_made, marks_made};

/// Deeper than any tree a person made; a bound against those that programs make.
const DEEPEST: usize = 256;

/// A folder to be read.
struct Folder {
    path: TreePath,
    rules: Rules,
    depth: usize,
}

/// What one thread found.
#[derive(Default)]
struct Haul {
    files: Vec<TreePath>,
    facts: Vec<Vec<(TreePath, Facts)>>,
    problems: Vec<Problem>,
    buffer: Vec<u8>,
}

/// The folders still to be read, and how many threads are reading one.
#[derive(Default)]
struct Open {
    folders: Vec<Folder>,
    busy: usize,
}

struct Walker<'a> {
    root: &'a Path,
    ecosystems: &'a [&'a dyn Ecosystem],
    open: Mutex<Open>,
    changed: Condvar,
}

/// Walks the tree.
pub(super) fn walk(walk: &Walk, ecosystems: &[&dyn Ecosystem]) -> Tree {
    let walker =
        Walker { root: &walk.root, ecosystems, open: Mutex::default(), changed: Condvar::new() };
    let mut tree = Tree { root: walk.root.clone(), ..Tree::default() };
    tree.facts.resize_with(ecosystems.len(), Vec::new);
    let rules = Rules::at_root(&walk.root, &walk.exclude);
    let whole = Folder { path: TreePath::root(), rules, depth: 0 };
    walker.walk(&mut tree, |haul| walker.read_folder(&whole, haul));
    for path in &walk.named {
        // Only what a rule passed over is still to be taken.
        if tree.under(path).next().is_none() {
            walker.walk(&mut tree, |haul| walker.take_named(path, haul));
        }
    }
    tree
}

fn gather(tree: &mut Tree, hauls: Vec<Haul>) {
    for mut haul in hauls {
        tree.files.append(&mut haul.files);
        tree.problems.append(&mut haul.problems);
        for (all, some) in tree.facts.iter_mut().zip(&mut haul.facts) {
            all.append(some);
        }
    }
    tree.files.sort_unstable();
    for facts in &mut tree.facts {
        facts.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    tree.problems.sort_by(|a, b| a.what.cmp(&b.what));
}

impl Walker<'_> {
    fn new_haul(&self) -> Haul {
        let mut haul = Haul::default();
        haul.facts.resize_with(self.ecosystems.len(), Vec::new);
        haul
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with one folder, and adds all that is below to the tree.
    fn walk(&self, tree: &mut Tree, begin: impl FnOnce(&mut Haul)) {
        let mut first = self.new_haul();
        begin(&mut first);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        // A tree of a folder or two is done before a thread would have started.
        let helpers = if self.lock().folders.len() < 4 { 0 } else { threads.min(8) - 1 };
        let help = || {
            let mut haul = self.new_haul();
            self.work(&mut haul);
            haul
        };
        let hauls = std::thread::scope(|scope| {
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(help)).collect();
            self.work(&mut first);
            let mut hauls = vec![first];
            hauls.extend(helpers.into_iter().filter_map(|helper| helper.join().ok()));
            hauls
        });
        gather(tree, hauls);
    }

    /// Reads folders until none is left and none can come.
    fn work(&self, haul: &mut Haul) {
        let mut open = self.lock();
        loop {
            if let Some(folder) = open.folders.pop() {
                open.busy += 1;
                drop(open);
                self.read_folder(&folder, haul);
                open = self.lock();
                open.busy -= 1;
                if open.busy == 0 && open.folders.is_empty() {
                    self.changed.notify_all();
                }
            } else if open.busy == 0 {
                return;
            } else {
                open = self.changed.wait(open).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn read_folder(&self, folder: &Folder, haul: &mut Haul) {
        let on_disk = folder.path.on_disk(self.root);
        let mut entries = Vec::new();
        for entry in WalkDir::new(&on_disk).min_depth(1).max_depth(1) {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    haul.problems.push(unreadable(&folder.path, "folder", &io::Error::from(error)));
                }
            }
        }
        // Once: the name of an entry is cut out of its path each time it is asked for.
        let names: Vec<&OsStr> = entries.iter().map(DirEntry::file_name).collect();
        if folder.depth > 0 && names.iter().any(|name| marks_made(name)) {
            return;
        }
        let rules = folder.rules.in_folder(&on_disk, &names);
        let mut folders = Vec::new();
        for (entry, name) in entries.iter().zip(names) {
            self.read_entry(folder, entry, name, &rules, haul, &mut folders);
        }
        if !folders.is_empty() {
            self.lock().folders.append(&mut folders);
            self.changed.notify_all();
        }
    }

    fn read_entry(
        &self,
        folder: &Folder,
        entry: &DirEntry,
        name: &OsStr,
        rules: &Rules,
        haul: &mut Haul,
        folders: &mut Vec<Folder>,
    ) {
        if name.as_encoded_bytes().starts_with(b".") {
            return;
        }
        let kind = entry.file_type();
        if rules.pass_over(entry.path(), kind.is_dir()) {
            return;
        }
        let path = folder.path.child(name);
        if kind.is_dir() {
            if is_made(path.file_name()) || folder.depth >= DEEPEST {
                return;
            }
            folders.push(Folder { path, rules: rules.clone(), depth: folder.depth + 1 });
        } else if kind.is_file() {
            self.read_file(path, entry.path(), haul);
        } else if kind.is_symlink() {
            self.read_link(path, entry.path(), haul);
        }
    }

    /// A link to a file is that file. A link to a folder is not entered: what
    /// it leads to is either in the tree anyway, or not part of it.
    fn read_link(&self, path: TreePath, on_disk: &Path, haul: &mut Haul) {
        match std::fs::metadata(on_disk) {
            Ok(meta) if meta.is_file() => self.read_file(path, on_disk, haul),
            Ok(meta) if meta.is_dir() => {
                let inside = on_disk.parent().and_then(|parent| parent.canonicalize().ok());
                let leads_to = on_disk.canonicalize().ok();
                if inside.zip(leads_to).is_some_and(|(inside, to)| inside.starts_with(to)) {
                    haul.problems.push(Problem::note(
                        format!("the link {path}"),
                        "it leads back to a folder that it is in, so it is not followed",
                        "nothing is missed; remove the link if it is not meant",
                    ));
                }
            }
            Err(error) if self.most(&path) > Reads::Nothing => {
                haul.problems.push(Problem::note(
                    format!("the link {path}"),
                    format!("it leads nowhere: {error}"),
                    "mend or remove the link",
                ));
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// The most that any ecosystem wants to read of this file.
    fn most(&self, path: &TreePath) -> Reads {
        self.ecosystems
            .iter()
            .map(|ecosystem| ecosystem.reads(path))
            .max()
            .unwrap_or(Reads::Nothing)
    }

    fn read_file(&self, path: TreePath, on_disk: &Path, haul: &mut Haul) {
        let most = self.most(&path);
        if most > Reads::Nothing {
            let mut buffer = std::mem::take(&mut haul.buffer);
            match read(on_disk, most, &mut buffer) {
                Ok((size, executable)) => {
                    for (index, ecosystem) in self.ecosystems.iter().enumerate() {
                        let reads = ecosystem.reads(&path);
                        if reads == Reads::Nothing {
                            continue;
                        }
                        let content = &buffer[..buffer.len().min(reads.limit())];
                        let file = File { path: &path, content, size, executable };
                        if let Some(facts) = ecosystem.examine(file) {
                            haul.facts[index].push((path.clone(), facts));
                        }
                    }
                }
                Err(error) => haul.problems.push(Problem {
                    severity: crate::event::Severity::Error,
                    ..unreadable(&path, "file", &error)
                }),
            }
            haul.buffer = buffer;
        }
        haul.files.push(path);
    }

    /// Takes what an argument names: the rules above it do not count, those
    /// inside it do.
    fn take_named(&self, path: &TreePath, haul: &mut Haul) {
        let on_disk = path.on_disk(self.root);
        match std::fs::metadata(&on_disk) {
            Ok(meta) if meta.is_dir() => {
                self.read_folder(
                    &Folder { path: path.clone(), rules: Rules::default(), depth: 0 },
                    haul,
                );
            }
            Ok(meta) if meta.is_file() => self.read_file(path.clone(), &on_disk, haul),
            _ => {}
        }
    }
}

fn read(path: &Path, reads: Reads, buffer: &mut Vec<u8>) -> io::Result<(u64, bool)> {
    let file = DiskFile::open(path)?;
    let meta = file.metadata()?;
    buffer.clear();
    file.take(reads.limit() as u64).read_to_end(buffer)?;
    Ok((meta.len(), meta.permissions().mode() & 0o100 != 0))
}

fn unreadable(path: &TreePath, what: &str, error: &io::Error) -> Problem {
    Problem::note(
        format!("the {what} {path}"),
        error.to_string(),
        format!("make the {what} readable, or exclude it"),
    )
}
