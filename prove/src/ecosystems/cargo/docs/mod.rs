//! Doc examples.
//!
//! Cargo hands over how it would start rustdoc ([`capture`]). rustdoc extracts
//! the examples; what can go together is built into few programs, and each
//! example runs in a process of its own, forked from one of them. What does
//! not go together, does not compile, or fails has a program of its own, made
//! as rustdoc would make it, and that has the last word. What was compiled is
//! kept by all that it depends on. Where the extraction is not understood,
//! plain rustdoc runs the examples.
//!
//! All this happens in a [`helper`], a process that a session starts.

mod capture;
mod flags;
mod extract;
mod merge;
mod source;
mod diagnose;
mod process;
mod stamp;
mod cache;
mod compile;
mod serve;
mod harness;
mod listing;
mod run;
mod helper;

pub use capture::{StandIn, rustdoc_capture};
pub use helper::doc_examples;

pub(super) use capture::{Rustdoc, STAND_IN};
pub(super) use helper::{Listed, Said, list, run as run_examples};
