//! A test that leaves the process hides those behind it: `cargo test` is green here.

#[test]
fn a_passes() {}

#[test]
fn b_exits() {
    std::process::exit(0);
}

#[test]
fn c_fails_unseen() {
    assert!(false, "nobody would know");
}
