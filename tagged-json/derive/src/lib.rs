//! The derives of `tagged-json`.
