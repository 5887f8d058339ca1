//! A test that never ends: try it with `--timeout 2s`.

use std::time::Duration;

#[test]
fn a_passes() {}

#[test]
fn b_hangs() {
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn c_passes() {}
