//! The folder `.prove.d`, where a tree's state lives.

use std::io;
use std::path::Path;

pub(crate) use crate::tree::STATE_FOLDER as FOLDER;

/// Makes a folder inside `.prove.d`, which ignores itself in git.
pub(crate) fn prepare(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let state = folder.ancestors().find(|path| path.file_name().is_some_and(|name| name == FOLDER));
    match state {
        Some(state) => std::fs::write(state.join(".gitignore"), "*\n"),
        None => Ok(()),
    }
}
