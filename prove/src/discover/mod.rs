//! The tree, walked once, and what each ecosystem claims in it. Nothing is executed.

use std::path::PathBuf;

use crate::ecosystems::{Claims, Ecosystem};
use crate::target::TreePath;
use crate::tree::{Tree, View};

mod rules;
mod walk;

/// What to walk.
#[derive(Debug, Default)]
pub struct Walk {
    /// The tree's root on this machine.
    pub root: PathBuf,
    /// Patterns of `prove.toml` that are passed over, in the syntax of ignore files.
    pub exclude: Vec<String>,
    /// Files and folders that the arguments name: taken whatever the rules say.
    pub named: Vec<TreePath>,
}

/// What was found, and who claimed it.
pub struct Found {
    /// The tree.
    pub tree: Tree,
    /// What each ecosystem claims, in the order of the table.
    pub claims: Vec<Claims>,
}

/// Walks the tree and asks every ecosystem.
pub fn discover(walk: &Walk, ecosystems: &[&dyn Ecosystem]) -> Found {
    let mut tree = walk::walk(walk, ecosystems);
    tree.named.clone_from(&walk.named);
    let claim =
        |(index, ecosystem): (usize, &&dyn Ecosystem)| ecosystem.claim(View { tree: &tree, index });
    let claims = ecosystems.iter().enumerate().map(claim).collect();
    Found { tree, claims }
}
