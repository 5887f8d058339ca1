//! End to end: the real program on real trees, with the real tools.
//!
//! One binary, so that it links once. A tool that is missing skips a test
//! aloud; where `CI` is set, it fails it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "this program is a test: it panics where it fails, and nothing is public"
)]

mod support;

mod examples;
mod verdicts;
mod blame;
mod doc_examples;
mod bad_input;
mod clean_up;
mod selection;
mod reports;
mod python;
mod overrides;
mod sources;
mod pytest;
mod static_list;
mod no_op;
mod cargo_environment;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let tests = [
        examples::tests(),
        verdicts::tests(),
        blame::tests(),
        doc_examples::tests(),
        bad_input::tests(),
        clean_up::tests(),
        selection::tests(),
        reports::tests(),
        python::tests(),
        overrides::tests(),
        sources::tests(),
        pytest::tests(),
        static_list::tests(),
        no_op::tests(),
        cargo_environment::tests(),
    ];
    libtest_mimic::run(&arguments, tests.into_iter().flatten().collect()).exit_code()
}
