//! What was typed and what `prove.toml` says, made one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::ecosystems::{Docs, Env, Ignored, Isolation};
use crate::error::Error;
use crate::plan::{Defaults, Limits, Overrides, Selection, Words};
use crate::report::Verbosity;
use crate::target::TreePath;

use super::args::{Args, Color, Command, DocsArg, Format, IgnoredArg, IsolationArg, ReportTo};
use super::{overrides, root};

/// `prove.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Patterns that are passed over, in the syntax of ignore files.
    #[serde(default)]
    exclude: Vec<String>,
    /// How many launches run side by side.
    jobs: Option<usize>,
    /// How long a case may take.
    timeout: Option<String>,
    /// How often a failed case is run again.
    #[serde(default)]
    retries: u32,
    /// Whether a case that passed after a failure counts as passed.
    #[serde(default)]
    flaky: Flaky,
    /// Which documentation examples run.
    docs: Option<DocsSetting>,
    /// What keeps cases of one target apart.
    #[serde(default)]
    isolation: Isolation,
    /// What some cases ask for that others do not.
    #[serde(default, rename = "override")]
    overrides: Vec<overrides::Table>,
    #[serde(default)]
    cargo: toml::Table,
    #[serde(default)]
    python: toml::Table,
    #[serde(default)]
    tap: toml::Table,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Flaky {
    #[default]
    Pass,
    Fail,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DocsSetting {
    Auto,
    All,
    Off,
}

/// Everything that a run is told.
#[derive(Debug)]
pub struct Config {
    /// What to do.
    pub command: Command,
    /// The tree's root on this machine.
    pub root: PathBuf,
    /// The current folder, from the root.
    pub cwd: TreePath,
    /// The root, from the current folder, where that is above it.
    pub below: TreePath,
    /// What was asked for.
    pub selection: Selection,
    /// The same, as typed.
    pub typed: Vec<String>,
    /// Files and folders that the arguments name, from the root.
    pub named: Vec<TreePath>,
    /// Patterns that are passed over.
    pub exclude: Vec<String>,
    /// How many launches run side by side.
    pub slots: usize,
    /// How long a case may take, where no override says otherwise.
    pub timeout: Option<Duration>,
    /// How cases are limited, kept apart and run beside each other.
    pub overrides: Overrides,
    /// After how many failed cases the run stops.
    pub max_fail: Option<usize>,
    /// Which ignored cases run.
    pub ignored: Ignored,
    /// Which doc examples run.
    pub docs: Docs,
    /// Whether tests write straight to stderr.
    pub no_capture: bool,
    /// Whether listing may build and collect.
    pub resolve: bool,
    /// What each native tool is handed.
    pub args: HashMap<String, Vec<String>>,
    /// The ecosystems' own tables of `prove.toml`.
    pub tables: HashMap<&'static str, toml::Table>,
    /// What is an exit code other than 0.
    pub rules: crate::gate::Rules,
    /// How it is shown.
    pub output: Output,
    /// The inherited environment.
    pub env: Env,
}

/// How a run is shown.
#[derive(Clone, Debug)]
pub struct Output {
    /// What stdout gets.
    pub format: Format,
    /// Further reports.
    pub reports: Vec<ReportTo>,
    /// How much the terminal report says.
    pub verbosity: Verbosity,
    /// Whether it shows the slowest cases.
    pub timer: bool,
    /// Whether stdout is coloured.
    pub color: bool,
    /// Whether stdout is a terminal, where what runs can be shown as it runs.
    pub live: bool,
}

impl Config {
    /// Makes a configuration of what was typed in `cwd`.
    ///
    /// # Errors
    /// A configuration file or an argument that cannot be followed.
    pub fn new(
        command: Command,
        args: Args,
        cwd: &Path,
        env: Env,
        terminal: bool,
    ) -> Result<Self, Error> {
        let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
        let root = root::find(&cwd, &args.words);
        let settings = read_settings(&root.join(root::SETTINGS))?;
        let typed: Vec<String> =
            args.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let here =
            TreePath::new(&cwd.strip_prefix(&root).map(Path::to_string_lossy).unwrap_or_default());
        let below =
            TreePath::new(&root.strip_prefix(&cwd).map(Path::to_string_lossy).unwrap_or_default());
        let ignored = match args.ignored {
            IgnoredArg::No => Ignored::No,
            IgnoredArg::Only => Ignored::Only,
            IgnoredArg::Also => Ignored::Also,
        };
        let names = names(&typed, &cwd, &root);
        let words = Words {
            names: &names,
            expression: args.expr.as_deref(),
            kind: args.kind,
            ecosystems: &args.ecosystem,
            ignored,
            cwd: &here,
            root: &root,
        };
        let selection =
            Selection::parse(&words).map_err(|error| Error::Usage(error.to_string()))?;
        let timeout = timeout(args.timeout, settings.timeout.as_deref(), &root)?;
        let defaults = Defaults {
            limits: Limits { timeout, retries: args.retries.unwrap_or(settings.retries) },
            isolation: args.isolation.map_or(settings.isolation, Into::into),
        };
        let overrides = overrides::read(settings.overrides, overrides::Typed::of(&args))
            .map_err(|why| Error::Config { path: root.join(root::SETTINGS), why })?;
        Ok(Self {
            command,
            named: named(&args, &cwd, &root),
            selection,
            typed,
            exclude: settings.exclude,
            slots: slots(&args, settings.jobs),
            timeout,
            overrides: Overrides::new(defaults, overrides),
            max_fail: if args.fail_fast { Some(1) } else { args.max_fail },
            ignored,
            docs: docs(args.docs, settings.docs),
            no_capture: args.no_capture,
            resolve: args.resolve,
            tables: [("cargo", settings.cargo), ("python", settings.python), ("tap", settings.tap)]
                .into(),
            rules: crate::gate::Rules {
                allow_empty: args.allow_empty,
                flaky_fails: settings.flaky == Flaky::Fail,
            },
            output: Output::new(&args, &env, terminal),
            args: native_args(args.args)?,
            cwd: here,
            below,
            root,
            env,
        })
    }
}

impl Output {
    fn new(args: &Args, env: &Env, terminal: bool) -> Self {
        let verbosity = match (args.silent, args.quiet, args.verbose) {
            (true, _, _) => Verbosity::Summary,
            (_, true, _) => Verbosity::Quiet,
            (_, _, true) => Verbosity::Verbose,
            (false, false, false) => Verbosity::Normal,
        };
        Self {
            format: args.format,
            reports: args.report.clone(),
            verbosity,
            timer: args.timer,
            color: color(args.color, env, terminal),
            live: terminal && env.get("TERM") != Some("dumb") && env.get("CI").is_none(),
        }
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors/>.
fn color(asked: Color, env: &Env, terminal: bool) -> bool {
    match asked {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if env.get("NO_COLOR").is_some() => false,
        Color::Auto if env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => {
            terminal && env.get("CLICOLOR") != Some("0") && env.get("TERM") != Some("dumb")
        }
    }
}

fn read_settings(path: &Path) -> Result<Settings, Error> {
    let config = |why: String| Error::Config { path: path.to_owned(), why };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            toml::from_str(&text).map_err(|error| config(error.to_string().trim_end().to_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(config(error.to_string())),
    }
}

/// Arguments as they are said from the root. What does not exist from the
/// current folder may be an ID, which is relative to the root by nature.
fn names(typed: &[String], cwd: &Path, root: &Path) -> Vec<String> {
    typed
        .iter()
        .map(|word| {
            let path = root::path_of(word.as_ref());
            let here = root::absolute(cwd, path);
            if !here.exists() && root.join(path).exists() && !path.is_absolute() {
                return format!("{}/{word}", root.display());
            }
            // From outside the tree's root, only the whole path says where.
            let rest = &word[path.as_os_str().len().min(word.len())..];
            format!("{}{rest}", here.display())
        })
        .collect()
}

fn named(args: &Args, cwd: &Path, root: &Path) -> Vec<TreePath> {
    let inside = |word: &std::ffi::OsString| {
        let path = root::absolute(cwd, root::path_of(word));
        let path = path.strip_prefix(root).ok()?;
        let from_root =
            |path: TreePath, name: &std::path::Component<'_>| path.child(name.as_os_str());
        Some(path.components().collect::<Vec<_>>().iter().fold(TreePath::root(), from_root))
    };
    args.words.iter().filter_map(inside).filter(|path| *path != TreePath::root()).collect()
}

impl From<IsolationArg> for Isolation {
    fn from(typed: IsolationArg) -> Self {
        match typed {
            IsolationArg::Shared => Self::Shared,
            IsolationArg::Fork => Self::Fork,
            IsolationArg::Process => Self::Process,
        }
    }
}

fn slots(args: &Args, setting: Option<usize>) -> usize {
    // What tests print comes straight through: side by side it would mingle.
    if args.no_capture && args.jobs.is_none() {
        return 1;
    }
    args.jobs
        .or(setting.filter(|jobs| *jobs > 0))
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn timeout(
    typed: Option<Duration>,
    setting: Option<&str>,
    root: &Path,
) -> Result<Option<Duration>, Error> {
    match (typed, setting) {
        (Some(typed), _) => Ok(Some(typed)),
        (None, Some(text)) => super::duration::parse(text).map(Some).map_err(|why| Error::Config {
            path: root.join(root::SETTINGS),
            why: format!("timeout: {why}"),
        }),
        (None, None) => Ok(None),
    }
}

fn docs(typed: Option<DocsArg>, setting: Option<DocsSetting>) -> Docs {
    match (typed, setting) {
        (Some(DocsArg::All), _) | (None, Some(DocsSetting::All)) => Docs::All,
        (Some(DocsArg::Off), _) | (None, Some(DocsSetting::Off)) => Docs::Off,
        (Some(DocsArg::Auto), _) | (None, Some(DocsSetting::Auto) | None) => Docs::Auto,
    }
}

fn native_args(args: Vec<(String, Vec<String>)>) -> Result<HashMap<String, Vec<String>>, Error> {
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    for (ecosystem, mut words) in args {
        let known = crate::ecosystems::ALL.iter().map(|known| known.name());
        if !known.clone().any(|name| name == ecosystem) {
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(Error::Usage(format!(
                "--args: there is no ecosystem `{ecosystem}`; there are {known}"
            )));
        }
        all.entry(ecosystem).or_default().append(&mut words);
    }
    Ok(all)
}
