//! One command for every test, and every documentation example, in a tree.
//!
//! ```text
//! tree ─▶ discover ─▶ projects ─▶ sessions ─▶ launches ─▶ run ─▶ bytes ─▶ decode ─▶ events ─▶ ledger ─▶ reports · gate
//! ```
//!
//! Modules stand in reading order; each imports only from those above it. See
//! `ARCHITECTURE.md` beside the manifest.

pub mod target;
pub mod exit;
pub mod event;
pub mod launch;
pub mod tree;
pub mod decode;
pub mod ecosystems;
pub mod ledger;
pub mod gate;
pub mod plan;
pub mod discover;
pub mod run;
pub mod report;
pub mod error;
pub mod cli;
pub mod flow;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

/// What the program does: reads the command line, runs, reports. The exit code.
///
/// The same program is also the guardian of its own runs, tells a session what
/// a build depended on, runs doc examples of Rust, and stands in for rustdoc to
/// learn how cargo would call it; each says so by its first argument or its
/// environment.
pub fn start(words: impl Iterator<Item = OsString>) -> u8 {
    let words: Vec<OsString> = words.skip(1).collect();
    if let [first, mark] = words.as_slice()
        && first == run::GUARDIAN
    {
        run::guard(&mark.to_string_lossy());
        return exit::GREEN;
    }
    if let Some(code) = ecosystems::cargo::doc_examples(&words) {
        return code;
    }
    if let Some(code) = ecosystems::cargo::build_inputs(&words) {
        return code;
    }
    if let Some(code) = stand_in(&words) {
        return code;
    }
    match prove(words) {
        Ok(code) => code,
        Err(error) => {
            if !error.is_broken_pipe() {
                let _ = writeln!(std::io::stderr(), "prove: {error}");
            }
            error.exit_code()
        }
    }
}

/// Plays rustdoc, if cargo started us as that.
fn stand_in(words: &[OsString]) -> Option<u8> {
    use ecosystems::cargo::{StandIn, rustdoc_capture};
    let cwd = std::env::current_dir().ok()?;
    match rustdoc_capture(words, std::env::vars_os(), cwd)? {
        StandIn::Print(line) => {
            let written = writeln!(std::io::stdout(), "{line}");
            Some(if written.is_ok() { exit::GREEN } else { exit::INCOMPLETE })
        }
        StandIn::Become(program) => {
            let error = run::replace(&program, words);
            let _ = writeln!(std::io::stderr(), "prove: {}: {error}", program.display());
            Some(exit::INCOMPLETE)
        }
    }
}

fn prove(words: Vec<OsString>) -> Result<u8, error::Error> {
    let stdout = std::io::stdout();
    let (command, args) = match cli::Args::read(words)? {
        Ok(read) => read,
        Err(text) => {
            let _ = stdout.lock().write_all(text.as_bytes());
            return Ok(exit::GREEN);
        }
    };
    let cwd = std::env::current_dir().map_err(error::Error::Run)?;
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let env = ecosystems::Env(env.collect());
    let config = cli::Config::new(command, args, &cwd, env, stdout.is_terminal())?;
    flow::conduct(config, std::io::BufWriter::new(stdout.lock()))
}
