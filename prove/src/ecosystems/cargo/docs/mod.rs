//! Doc examples.

mod capture;

pub use capture::{StandIn, rustdoc_capture};

pub(super) use capture::{Rustdoc, STAND_IN};
