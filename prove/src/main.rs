//! Result to exit code, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(prove::start(std::env::args_os()))
}
