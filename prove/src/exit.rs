//! What the process exits with. Where several hold, the first of 130 (or 143),
//! 2, 3, 1, 4.

/// Everything asked for ran and passed.
pub const GREEN: u8 = 0;
/// A case failed, or the gate refused.
pub const FAILED: u8 = 1;
/// Wrong usage or configuration, or a name that matches nothing.
pub const USAGE: u8 = 2;
/// Something could not be built, loaded or started, so that cases are missing.
pub const INCOMPLETE: u8 = 3;
/// Nothing to run was found.
pub const EMPTY: u8 = 4;
