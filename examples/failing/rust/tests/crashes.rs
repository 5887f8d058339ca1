//! A crash is the failure of the case that was running; the others still run.

#[test]
fn a_passes() {}

#[test]
fn b_aborts() {
    println!("last words");
    std::process::abort();
}

#[test]
fn c_passes() {}
