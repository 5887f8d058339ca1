//! The helper: this program, started by a session, as a process that knows how
//! to list and to run the examples of one library.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tagged_json::Envelope;

use crate::decode::libtest::examples;
use crate::launch::Launch;
use crate::target::CaseName;

use super::cache::Cache;
use super::capture::Rustdoc;
use super::extract::Example;
use super::harness::{Answer, Asked};
use super::listing::{Library, NotUnderstood};
use super::run::{Job, Runner};

/// The first argument that makes this program a helper.
const MARK: &str = "--helper-of-doc-examples";
const LIST: &str = "list";
const RUN: &str = "run";

/// A line of a list.
#[derive(Debug, PartialEq, Envelope)]
#[envelope(tag = "type", content = "msg", rename_all = "kebab-case")]
pub(in super::super) enum Said {
    /// An example.
    Example(Listed),
    /// There is no list: plain rustdoc has to run the examples.
    Plain { why: String },
}

/// An example as the session knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Listed {
    /// rustdoc's name.
    pub(in super::super) name: String,
    /// Whether it is left out unless asked for.
    pub(in super::super) ignored: bool,
}

impl Said {
    /// `None` for what is no line of a list.
    pub(in super::super) fn parse(line: &[u8]) -> Option<Self> {
        tagged_json::from_slice(line).ok()
    }
}

/// A launch that lists the examples of a library.
pub(in super::super) fn list(prove: &Path, state: &Path, rustdoc: &Rustdoc) -> Launch {
    launch(prove, LIST, state, rustdoc)
}

/// A launch that runs some of them: arguments for a test program follow.
pub(in super::super) fn run(prove: &Path, state: &Path, rustdoc: &Rustdoc) -> Launch {
    launch(prove, RUN, state, rustdoc)
}

fn launch(prove: &Path, task: &str, state: &Path, rustdoc: &Rustdoc) -> Launch {
    let mut launch = rustdoc.launch([]);
    let count = launch.argv.len().to_string();
    let head = [prove.into(), MARK.into(), task.into(), state.into(), OsString::from(count)];
    launch.argv.splice(0..0, head);
    launch
}

/// What to do if this process was started as a helper; `None` if it was not.
/// `args` without the program's name. The exit code.
pub fn doc_examples(args: &[OsString]) -> Option<u8> {
    let args: Option<Vec<String>> =
        args.iter().map(|arg| arg.to_str().map(str::to_owned)).collect();
    let args = args?;
    let [mark, task, state, count, rest @ ..] = args.as_slice() else { return None };
    let (rustdoc, asked) = rest.split_at_checked(count.parse().ok()?)?;
    let (program, flags) = rustdoc.split_first()?;
    if mark != MARK {
        return None;
    }
    let cache = Cache::new(Path::new(state));
    let library = Library::new(PathBuf::from(program), flags.to_vec());
    let done = match (task.as_str(), library) {
        (LIST, library) => say(library.and_then(|library| listed(&library, &cache))),
        (_, Ok(library)) => go(&library, &cache, &Asked::read(asked)),
        (_, Err(NotUnderstood(why))) => Err(io::Error::other(why)),
    };
    Some(done.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "prove: doc examples: {error}");
        crate::exit::INCOMPLETE
    }))
}

fn listed(library: &Library, cache: &Cache) -> Result<Vec<Said>, NotUnderstood> {
    let list = library.list(cache)?;
    let target = library.flags.target.as_ref().unwrap_or(&list.host);
    let listed = |example: &Example| Listed {
        ignored: example.is_ignored(target),
        name: example.name.clone(),
    };
    Ok(list.examples.iter().map(listed).map(Said::Example).collect())
}

fn say(said: Result<Vec<Said>, NotUnderstood>) -> io::Result<u8> {
    let said = said.unwrap_or_else(|NotUnderstood(why)| vec![Said::Plain { why }]);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in &said {
        tagged_json::write_line(&mut out, line).map_err(io::Error::other)?;
    }
    out.flush()?;
    Ok(crate::exit::GREEN)
}

fn go(library: &Library, cache: &Cache, asked: &Asked) -> io::Result<u8> {
    let list = library.list(cache).map_err(|NotUnderstood(why)| io::Error::other(why))?;
    let target = library.flags.target.as_ref().unwrap_or(&list.host);
    let all = &list.examples;
    let names: Vec<CaseName> = all.iter().map(|example| example.name.as_str().into()).collect();
    let names = examples(&names, "");
    let jobs = all.iter().zip(&names).enumerate().filter_map(|(index, (example, shown))| {
        let ignored = example.is_ignored(target);
        let name = shown.name.to_string();
        asked.takes(&name, ignored).then(|| Job {
            name,
            example,
            index,
            ignored: ignored && !asked.runs_ignored(),
        })
    });
    let jobs: Vec<Job<'_>> = jobs.collect();
    let mergeable: Vec<_> =
        all.iter().enumerate().filter(|(_, example)| !example.is_ignored(target)).collect();
    let scratch = cache.scratch()?;
    let mut runner = Runner::new(library, &list, cache, scratch.folder());
    let answer = Answer::new(asked)?;
    let edition = &library.flags.edition;
    answer.while_busy(|| runner.build(&mergeable, edition, &jobs, asked.threads))?;
    let well = runner.run(asked, answer, &jobs)?;
    if cache.has_grown() {
        cache.prune();
    }
    Ok(if well { crate::exit::GREEN } else { 101 })
}
