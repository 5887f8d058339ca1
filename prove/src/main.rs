//! Result to exit code.
fn main() {}
