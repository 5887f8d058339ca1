//! How cargo is called.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::ecosystems::{Context, Env};
use crate::launch::Launch;

use super::super::run::harness_args;
use super::cargo_home;

/// What `prove.toml` and `--args` say of it.
#[derive(Debug)]
pub(super) struct Command {
    /// Whether test programs run, and doc examples.
    pub(super) tests: bool,
    pub(super) docs: bool,
    /// For the test programs: what stands behind `--`.
    pub(super) harness: Vec<String>,
    args: Vec<String>,
    color: bool,
    /// All packages of the workspace, where nobody says otherwise.
    packages: Option<&'static str>,
}

/// Arguments that choose targets; cargo runs no doc examples with them.
const TARGETS: &[&str] = &[
    "--lib",
    "--bins",
    "--bin",
    "--tests",
    "--test",
    "--examples",
    "--example",
    "--benches",
    "--bench",
    "--all-targets",
];

/// Arguments that choose packages.
const PACKAGES: &[&str] = &["-p", "--package", "--workspace", "--all"];

impl Command {
    pub(super) fn new(context: &Context, workspace: bool) -> Self {
        let mut given = context.args.clone();
        let end = given.iter().position(|arg| arg == "--").unwrap_or(given.len());
        let harness = harness_args(given.split_off(end).get(1..).unwrap_or_default());
        let tests = !given.iter().any(|arg| arg == "--doc");
        let docs = !given.iter().any(|arg| is_one_of(arg, TARGETS));
        given.retain(|arg| arg != "--doc");
        let mut args = settings(&context.settings);
        args.extend(given);
        let chosen = args.iter().any(|arg| is_one_of(arg, PACKAGES));
        let packages = (workspace && !chosen).then_some("--workspace");
        Self { tests, docs, harness, args, color: context.color, packages }
    }

    /// Builds every test program behind those that do not compile. Cargo
    /// knows how only when it builds; it builds the same then.
    pub(super) fn go_on(&self, folder: &Path) -> Launch {
        let given = |options: &[&str]| self.args.iter().any(|arg| is_one_of(arg, options));
        let mut args = vec!["build", "--keep-going"];
        args.extend((!given(TARGETS)).then_some("--tests"));
        if !given(&["--profile", "--release", "-r"]) {
            args.extend(["--profile", "test"]);
        }
        args.extend(self.messages());
        args.extend(self.packages);
        self.launch(folder, &args)
    }

    /// What shows a failure to build as cargo itself does.
    pub(super) fn remedy(&self) -> String {
        let args: Vec<&str> =
            self.packages.into_iter().chain(self.args.iter().map(String::as_str)).collect();
        format!("make `{}` pass", ["cargo test --no-run", &args.join(" ")].join(" ").trim_end())
    }

    /// Builds every test program.
    pub(super) fn build(&self, folder: &Path) -> Launch {
        let mut args = vec!["test", "--no-run", "--no-fail-fast"];
        args.extend(self.messages());
        args.extend(self.packages);
        self.launch(folder, &args)
    }

    /// Has rustdoc called for every library, or for those of these packages.
    pub(super) fn docs(&self, folder: &Path, packages: &[String]) -> Launch {
        // Without JSON from cargo: it would ask rustdoc for JSON as well.
        let mut args = vec!["test", "--doc", "--no-fail-fast"];
        args.extend(self.color.then_some("--color=always"));
        if packages.is_empty() {
            args.extend(self.packages);
        }
        args.extend(packages.iter().flat_map(|package| ["--package", package]));
        self.launch(folder, &args)
    }

    /// What stands behind an option, as `--option VALUE` or `--option=VALUE`.
    pub(super) fn values<'a>(&'a self, option: &'a str) -> impl Iterator<Item = &'a str> {
        let next = self.args.iter().skip(1).map(Some).chain([None]);
        self.args.iter().zip(next).filter_map(move |(arg, next)| {
            match arg.strip_prefix(option)? {
                "" => next.map(String::as_str),
                value => value.strip_prefix('='),
            }
        })
    }

    /// Whether all that the arguments say is in them: none names a file, or
    /// another folder, or what may change from one cargo to the next.
    pub(super) fn is_closed(&self) -> bool {
        let open = ["--manifest-path", "--lockfile-path", "-C", "-Z"];
        self.values("--config").all(|config| config.contains('='))
            && !self.args.iter().any(|arg| is_one_of(arg, &open))
    }

    fn messages(&self) -> &'static [&'static str] {
        if self.color {
            &["--message-format=json-diagnostic-rendered-ansi", "--color=always"]
        } else {
            &["--message-format=json"]
        }
    }

    fn launch(&self, folder: &Path, args: &[&str]) -> Launch {
        let given = self.args.iter().map(String::as_str);
        let mut launch =
            Launch::new(std::iter::once("cargo").chain(args.iter().copied()).chain(given), folder);
        // The compiler's processes are cargo's to schedule; tests run beside it.
        launch.slots = 0;
        launch
    }
}

/// `--test`, `--test=NAME`, or `-pNAME`.
fn is_one_of(arg: &str, options: &[&str]) -> bool {
    options.iter().any(|option| {
        arg.strip_prefix(option).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('=') || !option.starts_with("--")
        })
    })
}

/// `[cargo]` in `prove.toml` as arguments.
fn settings(table: &Table) -> Vec<String> {
    let is = |key: &str| table.get(key).and_then(Value::as_bool) == Some(true);
    let mut args = Vec::new();
    let features = table.get("features").and_then(Value::as_array);
    for feature in features.into_iter().flatten().filter_map(Value::as_str) {
        args.push(format!("--features={feature}"));
    }
    for key in ["all-features", "no-default-features"] {
        args.extend(is(key).then(|| format!("--{key}")));
    }
    let profile = table.get("profile").and_then(Value::as_str);
    args.extend(profile.map(|profile| format!("--profile={profile}")));
    args
}

/// The files that decide which toolchain rustup takes.
pub(super) fn toolchain_files(folder: &Path, env: &Env) -> Vec<PathBuf> {
    let beside = folder
        .ancestors()
        .flat_map(|above| [above.join("rust-toolchain"), above.join("rust-toolchain.toml")]);
    let home = env.get("RUSTUP_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(env.get("HOME")?).join(".rustup")));
    let settings = home.map(|home| home.join("settings.toml"));
    let proxy = cargo_home(env).map(|home| home.join("bin/rustc"));
    beside.chain(settings).chain(proxy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(args: &[&str], settings: &str, build: &str, docs: bool) {
        let context = Context {
            args: args.iter().map(ToString::to_string).collect(),
            settings: toml::from_str(settings).unwrap(),
            ..Context::default()
        };
        let command = Command::new(&context, true);
        let prefix = "cargo test --no-run --no-fail-fast --message-format=json ";
        assert_eq!(command.build(Path::new("/p")).to_string(), format!("{prefix}{build}"));
        assert_eq!(command.docs, docs);
    }

    #[test]
    fn as_cargo_would_be_called() {
        check(&[], "", "--workspace", true);
        check(&["--release", "-px"], "", "--release -px", true);
        check(&["--test=a", "--", "--skip", "x"], "", "--workspace --test=a", false);
        check(
            &[],
            "features = ['a', 'b/c']\nno-default-features = true\nprofile = 'ci'",
            "--workspace --features=a --features=b/c --no-default-features --profile=ci",
            true,
        );
    }

    #[test]
    fn behind_what_does_not_compile() {
        let args = |args: &[&str]| Context {
            args: args.iter().map(ToString::to_string).collect(),
            ..Context::default()
        };
        let shown =
            |given: &[&str]| Command::new(&args(given), false).go_on(Path::new("/p")).to_string();
        assert_eq!(
            shown(&[]),
            "cargo build --keep-going --tests --profile test --message-format=json"
        );
        assert_eq!(
            shown(&["--release", "--lib"]),
            "cargo build --keep-going --message-format=json --release --lib"
        );
    }

    #[test]
    fn doc_examples_of_what_was_built() {
        let command = Command::new(&Context::default(), true);
        assert_eq!(
            command.docs(Path::new("/p"), &["x".to_owned()]).to_string(),
            "cargo test --doc --no-fail-fast --package x"
        );
    }
}
