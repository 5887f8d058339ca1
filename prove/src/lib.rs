//! One command for every test, and every documentation example, in a tree.
//!
//! ```text
//! tree ─▶ discover ─▶ projects ─▶ sessions ─▶ launches ─▶ run ─▶ bytes ─▶ decode ─▶ events ─▶ ledger ─▶ reports · gate
//! ```
//!
//! Modules stand in reading order; each imports only from those above it. See
//! `ARCHITECTURE.md` beside the manifest.

pub mod target;
pub mod event;
pub mod launch;
pub mod tree;
pub mod decode;
pub mod ecosystems;
pub mod ledger;
pub mod gate;
pub mod plan;
pub mod report;
