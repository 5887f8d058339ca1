//! What `prove` costs, beside the tools that people would run without it.
//!
//! ```text
//! cargo bench -p prove-cli --bench overhead [-- [--quick] [FILTER]...]
//! ```
//!
//! One row is one claim. Its two sides are first checked to run the same cases
//! to the same result; then they run in turn, and the figure is the median of
//! the pairs. A tool that is missing skips its rows aloud. A filter is part of
//! a row's name. Load from elsewhere falls on both sides, yet not evenly: with
//! more than one process to run, measure on a machine that is at rest.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of its own, which prints a table and starts what it measures"
)]

mod docs;
mod fixtures;
mod measure;
mod outcomes;
mod pytest;
mod python;
mod rows;
mod rust;

use std::process::ExitCode;

use measure::{Figures, Target};
use rows::{ROWS, Row};
use rust::RUST;

/// How often each pair runs.
const RUNS: usize = 15;
/// How often with `--quick`, for those who work on one of the rows.
const QUICK: usize = 5;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        println!(
            "nothing is measured without optimisation: cargo bench -p prove-cli --bench overhead"
        );
        return ExitCode::SUCCESS;
    }
    let runs = if words.iter().any(|word| word == "--quick") { QUICK } else { RUNS };
    let filters: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let wanted =
        |row: &&Row| filters.is_empty() || filters.iter().any(|filter| row.name.contains(filter));
    println!("{runs} pairs a row; load {}\n", load());
    println!("| what | ours ms | peer ms | ours to peer | target | met |");
    println!("|---|---:|---:|---:|---:|---|");
    let mut all_met = true;
    for row in ROWS
        .iter()
        .chain(RUST)
        .chain(docs::ROWS)
        .chain(python::ROWS)
        .chain(pytest::ROWS)
        .filter(wanted)
    {
        match measure(row, runs) {
            Ok(figures) => all_met &= print(row, &figures),
            Err(why) => {
                all_met = false;
                println!("| {} | not measured: {why} |", row.name);
            }
        }
    }
    println!("\nload {}", load());
    if all_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(row: &Row, runs: usize) -> Result<Figures, String> {
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    // Links on the way (macOS: /tmp) would make paths differ between the sides.
    let folder = place.path().canonicalize().map_err(|error| error.to_string())?;
    let sides = (row.prepare)(&folder).map_err(|error| error.to_string())?;
    measure::pairs(&sides, runs).map_err(|error| error.to_string())
}

fn print(row: &Row, figures: &Figures) -> bool {
    let met = row.target.is_met(figures);
    let between = match row.target {
        Target::MoreMs(_) => format!("{:+.1} ms", figures.difference),
        Target::AtMost(_) | Target::Below(_) => format!("{:.2}", figures.ratio),
        Target::FasterBy(_) => format!("1/{:.2}", 1.0 / figures.ratio),
    };
    println!(
        "| {} | {:.1} | {:.1} | {between} | {} | {} |",
        row.name,
        figures.ours,
        figures.peer,
        row.target,
        if met { "yes" } else { "NO" }
    );
    met
}

/// What else the machine does; figures taken beside other work say so.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
