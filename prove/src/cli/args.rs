//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser, ValueEnum};

use crate::error::Error;
use crate::target::Kind;

/// Finds every test and every documentation example in the tree, runs them
/// side by side, and reports them in one place.
///
/// PATH is a file or folder; ID is a case as reports name it, such as
/// `tests/cli.rs::lists`. Without any, everything in the tree runs.
#[derive(Debug, Parser)]
#[command(
    name = "prove",
    version,
    disable_help_subcommand = true,
    after_help = "Commands, as the first word (for a folder of that name, write ./list):
  prove list     what would run, without executing anything of the project
                 (--resolve: build and collect first, so that every case is known)
  prove explain  what was found, who claimed it on what evidence, what was passed over and why

Exit codes:
  0  everything asked for ran and passed     1  a case failed
  2  wrong usage; a name that matches nothing  3  something could not be built, loaded or started
  4  nothing to run was found                130, 143  interrupted

Settings: prove.toml at the root of the tree."
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that somebody types")]
pub struct Args {
    /// Files, folders or IDs to run; none: the whole tree
    #[arg(value_name = "PATH|ID")]
    pub words: Vec<OsString>,

    /// Only cases whose ID has these parts: `and`, `or`, `not`, `(...)`, kind(doc), ecosystem(python)
    #[arg(short = 'k', value_name = "EXPR", help_heading = "Select")]
    pub expr: Option<String>,

    /// Only tests, or only documentation examples
    #[arg(long, value_name = "KIND", value_parser = kind, help_heading = "Select")]
    pub kind: Option<Kind>,

    /// Only this ecosystem (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Select")]
    pub ecosystem: Vec<String>,

    /// Documentation examples: those that the project runs itself, all that are found, or none
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "Select")]
    pub docs: Option<DocsArg>,

    /// Cases marked to be left out by default (#[ignore])
    #[arg(long, value_enum, value_name = "WHICH", default_value = "no", help_heading = "Select")]
    pub ignored: IgnoredArg,

    /// How many run side by side [default: the machine's cores]
    #[arg(short, long, value_name = "N", value_parser = at_least_one, help_heading = "Run")]
    pub jobs: Option<usize>,

    /// End a case that runs longer, such as 30s, 500ms or 2m
    #[arg(long, value_name = "DUR", value_parser = super::duration::parse, help_heading = "Run")]
    pub timeout: Option<Duration>,

    /// Run a failed case again, up to N times; passing then makes it flaky
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub retries: Option<u32>,

    /// Stop after N failed cases
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "fail_fast", help_heading = "Run")]
    pub max_fail: Option<usize>,

    /// Stop after the first failed case
    #[arg(long, help_heading = "Run")]
    pub fail_fast: bool,

    /// What keeps Rust cases, and Python modules, apart [default: shared]
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Run")]
    pub isolation: Option<IsolationArg>,

    /// Show what tests print as they print it, one after another
    #[arg(long, help_heading = "Run")]
    pub no_capture: bool,

    /// Hand arguments to the native tool, as in --args cargo="--release" (repeatable)
    #[arg(long, value_name = "ECOSYSTEM=ARGS", value_parser = native, help_heading = "Run")]
    pub args: Vec<(String, Vec<String>)>,

    /// What stdout gets
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "terminal",
        help_heading = "Report"
    )]
    pub format: Format,

    /// Write a report as well: junit=PATH or json=PATH (repeatable)
    #[arg(long, value_name = "KIND=PATH", value_parser = report, help_heading = "Report")]
    pub report: Vec<ReportTo>,

    /// A line for every case
    #[arg(short, long, conflicts_with_all = ["quiet", "silent"], help_heading = "Report")]
    pub verbose: bool,

    /// Failures and the summary only
    #[arg(short, long, conflicts_with = "silent", help_heading = "Report")]
    pub quiet: bool,

    /// The summary only
    #[arg(short = 'Q', long = "QUIET", help_heading = "Report")]
    pub silent: bool,

    /// Show the slowest cases
    #[arg(long, help_heading = "Report")]
    pub timer: bool,

    /// Colours on stdout
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", help_heading = "Report")]
    pub color: Color,

    /// A run in which there is nothing to run is fine
    #[arg(long, help_heading = "Gate")]
    pub allow_empty: bool,

    /// With `list`: build and collect first, so that every case is known
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Select")]
    pub resolve: bool,
}

/// The first word, where it is one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// Run everything that is asked for.
    #[default]
    Run,
    /// Say what would run.
    List,
    /// Say what was found and why.
    Explain,
}

/// `--docs`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DocsArg {
    /// Those that the project, or its ecosystem, runs itself
    Auto,
    /// All that are found
    All,
    /// None
    Off,
}

/// `--ignored`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IgnoredArg {
    /// They are reported as skipped
    No,
    /// They alone run
    Only,
    /// They run with the others
    Also,
}

/// `--isolation`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IsolationArg {
    /// Nothing: they share processes, as under their own runner (a script always has its own)
    Shared,
    /// Each runs in a fork; in a process of its own where that cannot be (Rust, pytest)
    Fork,
    /// Each runs in a process of its own
    Process,
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Terminal,
    /// Every event, as JSON lines
    Json,
    /// Nothing
    Quiet,
}

/// `--color`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` or `CLICOLOR=0` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--report`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportTo {
    /// As JUnit XML.
    Junit(PathBuf),
    /// As JSON lines.
    Json(PathBuf),
}

impl Args {
    /// Reads a command line, without the program's name.
    ///
    /// # Errors
    /// What is wrong with it, with the remedy. `--help` and `--version` are
    /// `Ok(Err(text))`.
    pub fn read(mut words: Vec<OsString>) -> Result<Result<(Command, Self), String>, Error> {
        let command = match words.first().and_then(|word| word.to_str()) {
            Some("list") => Command::List,
            Some("explain") => Command::Explain,
            _ => Command::Run,
        };
        if command != Command::Run {
            words.remove(0);
        }
        words.insert(0, "prove".into());
        match Self::try_parse_from(words) {
            Ok(args) => Ok(Ok((command, args))),
            Err(error) if !error.use_stderr() => Ok(Err(error.render().to_string())),
            Err(error) => Err(Error::Usage(
                error.render().to_string().trim_start_matches("error: ").trim_end().to_owned(),
            )),
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| "it is not a whole number above zero".to_owned())
}

fn kind(text: &str) -> Result<Kind, String> {
    match text {
        "test" => Ok(Kind::Test),
        "doc" => Ok(Kind::Doc),
        _ => Err("it is neither `test` nor `doc`".to_owned()),
    }
}

fn native(text: &str) -> Result<(String, Vec<String>), String> {
    let (ecosystem, args) = text.split_once('=').ok_or("write it like cargo=\"--release\"")?;
    let args = shlex::split(args).ok_or("a quote in it is not closed")?;
    Ok((ecosystem.to_owned(), args))
}

fn report(text: &str) -> Result<ReportTo, String> {
    match text.split_once('=') {
        Some((_, "")) => Err("it names no file".to_owned()),
        Some(("junit", path)) => Ok(ReportTo::Junit(path.into())),
        Some(("json", path)) => Ok(ReportTo::Json(path.into())),
        _ => Err("write it like junit=PATH or json=PATH".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn read(line: &str) -> Result<(Command, Args), String> {
        let words = line.split_whitespace().map(Into::into).collect();
        match Args::read(words) {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(text)) => Err(text),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_command_is_a_first_word_and_a_folder_of_that_name_is_not() {
        assert_eq!(read("list -v t").unwrap().0, Command::List);
        assert_eq!(read("./list").unwrap().0, Command::Run);
        assert_eq!(read("-v list").unwrap().0, Command::Run);
    }

    #[test]
    fn what_cannot_be_followed_says_what_to_write() {
        for (line, part) in [
            ("-j 0", "above zero"),
            ("--timeout soon", "write it like 30s"),
            ("--report html", "junit=PATH"),
            ("--kind spec", "neither"),
            ("--args cargo", "write it like"),
            ("--fail-fsat", "--fail-fast"),
        ] {
            let said = read(line).unwrap_err();
            assert!(said.contains(part), "{line}: {said}");
        }
    }
}
