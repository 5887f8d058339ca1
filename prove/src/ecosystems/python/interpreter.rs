//! Which Python runs a project's tests.

use std::path::{Path, PathBuf};

use crate::event::Problem;
use crate::launch::{Exit, Launch};

use super::super::{Context, Done};
use super::Plan;

/// The oldest Python whose tests the worker runs.
const OLDEST: (u32, u32) = (3, 8);

/// Says where it is and how old: through a shim (pyenv, asdf), whose every
/// start costs more than many tests, to the interpreter itself.
const PROBE: &str =
    "import sys; print(sys.executable); print(sys.version_info[0]); print(sys.version_info[1])";

/// A Python, as far as it is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Interpreter {
    /// Exactly this.
    Known(PathBuf),
    /// Whatever goes by the first of these names.
    Sought(&'static [&'static str]),
}

impl Interpreter {
    /// `prove.toml`, the active virtual environment, one in the tree, PATH.
    pub(super) fn choose(plan: &Plan, context: &Context) -> Self {
        let configured = context.settings.get("python").and_then(toml::Value::as_str);
        if let Some(python) = configured {
            let relative = python.contains('/');
            return Self::Known(if relative { context.root.join(python) } else { python.into() });
        }
        let active = context.env.get("VIRTUAL_ENV").map(|env| Path::new(env).join("bin/python"));
        match active.or_else(|| plan.python.clone()) {
            Some(python) => Self::Known(python),
            None => Self::Sought(&["python3", "python"]),
        }
    }
}

/// Asks a Python on PATH where it is. Its answer holds as long as nothing of
/// that name comes or goes there, and no version is chosen for a shim.
pub(super) fn probe(name: &str, cwd: PathBuf, context: &Context) -> Launch {
    let path = context.env.get("PATH").unwrap_or_default();
    let mut files: Vec<PathBuf> =
        std::env::split_paths(path).map(|folder| folder.join(name)).collect();
    files.extend(cwd.ancestors().map(|folder| folder.join(".python-version")));
    files.extend(context.env.get("HOME").map(|home| Path::new(home).join(".pyenv/version")));
    let mut launch = Launch::new([name, "-c", PROBE], cwd);
    for key in ["PATH", "PYENV_VERSION", "PYTHONHOME"] {
        // As it is: named, it is part of what the answer depends on.
        if let Some(value) = context.env.get(key) {
            launch = launch.env(key, value);
        }
    }
    launch.slots = 0;
    launch.memo = Some(files);
    launch
}

/// What a probe's lines say.
pub(super) fn answer(name: &str, lines: &[String], done: Done<'_>) -> Result<PathBuf, Problem> {
    let remedy = "install Python 3.8 or newer, or name one as `python` in [python] of prove.toml";
    let problem = |why: String| Err(Problem::error("no Python to run the tests with", why, remedy));
    if let Exit::NotStarted(why) = done.exit {
        return problem(format!("{name} cannot be started: {why}"));
    }
    let [executable, major, minor] = lines else {
        return problem(format!("{name} {}\n{}", done.exit, done.stderr));
    };
    match (major.parse(), minor.parse()) {
        (Ok(major), Ok(minor)) if (major, minor) < OLDEST => {
            problem(format!("{executable} is Python {major}.{minor}, too old for the worker"))
        }
        (Ok(_), Ok(_)) if !executable.is_empty() => Ok(executable.into()),
        _ => problem(format!("{name} does not say where it is: {}", lines.join(" "))),
    }
}
