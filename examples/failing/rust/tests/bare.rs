//! A test without a harness: its exit code is all there is.

fn main() {
    eprintln!("the answer is not 42");
    std::process::exit(3);
}
