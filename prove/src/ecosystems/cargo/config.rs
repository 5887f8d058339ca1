//! What of cargo's configuration applies to test programs: `[env]`, runners, the target.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::ecosystems::Env;
use crate::launch::Launch;

use super::env::{Setting, cargo_home};

/// The files, the one that wins first.
pub(super) fn files(folder: &Path, env: &Env) -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = folder.ancestors().map(|above| above.join(".cargo")).collect();
    homes.extend(cargo_home(env).filter(|home| !homes.contains(home)));
    homes.iter().flat_map(|home| [home.join("config"), home.join("config.toml")]).collect()
}

/// A process that prints `FILE:LINE` for each line of each file that is there.
///
/// `cargo config get` is not stable, and costs ten times this.
pub(super) fn reader(folder: &Path, env: &Env) -> Launch {
    let files = files(folder, env);
    // With a second file, even an empty one, every line has its file's name.
    let head = ["grep", "-s", "", "/dev/null"].map(PathBuf::from);
    let mut launch = Launch::new(head.iter().chain(&files), folder);
    launch.slots = 0;
    launch.memo = Some(files);
    launch
}

/// Collects what the reader prints.
#[derive(Debug, Default)]
pub(super) struct Reading {
    text: BTreeMap<usize, String>,
}

impl Reading {
    pub(super) fn line(&mut self, line: &[u8], files: &[PathBuf]) {
        let line = String::from_utf8_lossy(line);
        let found = files.iter().enumerate().find_map(|(index, file)| {
            let rest = line.strip_prefix(file.to_str()?)?.strip_prefix(':')?;
            Some((index, rest))
        });
        if let Some((index, rest)) = found {
            let text = self.text.entry(index).or_default();
            text.push_str(rest);
            text.push('\n');
        }
    }

    /// What is configured; `given` are the values of `--config`, which win.
    pub(super) fn configured(
        &self,
        files: &[PathBuf],
        given: &[String],
        folder: &Path,
    ) -> Configured {
        let given = given.iter().rev().filter_map(|text| {
            let table = toml::from_str(text).ok()?;
            Some((table, folder.to_owned()))
        });
        let read = self.text.iter().map(|(&index, text)| {
            let home = files[index].parent().and_then(Path::parent).unwrap_or(&files[index]);
            (toml::from_str(text).unwrap_or_default(), home.to_owned())
        });
        Configured { tables: given.chain(read).collect() }
    }
}

/// Cargo's configuration.
#[derive(Debug, Default)]
pub(super) struct Configured {
    /// Each with the folder that its paths are relative to, the one that wins first.
    tables: Vec<(Table, PathBuf)>,
}

impl Configured {
    /// The variables; of one name, those of the table that wins.
    pub(super) fn variables(&self) -> Vec<Setting> {
        let mut all: Vec<Setting> = Vec::new();
        for (table, home) in &self.tables {
            for (name, value) in table.get("env").and_then(Value::as_table).into_iter().flatten() {
                let new = !all.iter().any(|setting| setting.name == *name);
                all.extend(setting(name, value, home).filter(|_| new));
            }
        }
        all
    }

    /// `build.target`.
    pub(super) fn target(&self) -> Option<&str> {
        self.tables.iter().find_map(|(table, _)| {
            let target = table.get("build")?.get("target")?;
            target.as_str().or_else(|| target.as_array()?.first()?.as_str())
        })
    }

    /// What test programs for this target are started with: its own runner,
    /// else that of a condition that holds.
    pub(super) fn runner(&self, target: &str, env: &Env) -> Option<Vec<OsString>> {
        let variable = target.to_uppercase().replace(['-', '.'], "_");
        if let Some(words) = env.get(&format!("CARGO_TARGET_{variable}_RUNNER")) {
            return Some(words.split_whitespace().map(OsString::from).collect());
        }
        let of = |holds: &dyn Fn(&str) -> bool| {
            self.tables.iter().find_map(|(table, home)| {
                let targets = table.get("target")?.as_table()?;
                let (_, found) =
                    targets.iter().find(|(name, of)| holds(name) && of.get("runner").is_some())?;
                words(found.get("runner")?, home)
            })
        };
        of(&|name| name == target).or_else(|| of(&holds))
    }
}

/// Whether `cfg(...)` holds on this machine, for which programs are built.
fn holds(name: &str) -> bool {
    let inside = name.strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')'));
    inside.is_some_and(super::source::holds)
}

/// A program and its arguments; one with a `/` is relative to its configuration.
fn words(runner: &Value, home: &Path) -> Option<Vec<OsString>> {
    let mut words: Vec<String> = match runner {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(array) => array.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => return None,
    };
    let first = words.first_mut().filter(|program| program.contains('/'));
    let program = first.map(|program| home.join(std::mem::take(program)));
    let mut words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    if let Some(program) = program {
        words[0] = program.into();
    }
    Some(words)
}

/// `NAME = "value"` or `NAME = { value, relative, force }`.
fn setting(name: &str, value: &Value, home: &Path) -> Option<Setting> {
    let is = |key: &str| value.get(key).and_then(Value::as_bool) == Some(true);
    let text = value.as_str().or_else(|| value.get("value")?.as_str())?;
    let value = if is("relative") { home.join(text).into() } else { text.into() };
    Some(Setting { name: name.to_owned(), value, force: is("force") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_wins() {
        let env = Env([("HOME".to_owned(), "/home/u".to_owned())].into());
        let files = files(Path::new("/home/u/p"), &env);
        let mut reading = Reading::default();
        for line in [
            "/home/u/.cargo/config.toml:[env]",
            "/home/u/.cargo/config.toml:A = 'far'",
            "/home/u/.cargo/config.toml:B = { value = 'b', force = true }",
            "/home/u/p/.cargo/config.toml:[env]",
            "/home/u/p/.cargo/config.toml:A = { value = 'near', relative = true }",
        ] {
            reading.line(line.as_bytes(), &files);
        }
        let set = |name: &str, value: &str, force| Setting {
            name: name.to_owned(),
            value: value.into(),
            force,
        };
        let configured = |given: &[&str]| {
            let given: Vec<_> = given.iter().map(ToString::to_string).collect();
            reading.configured(&files, &given, Path::new("/home/u/p")).variables()
        };
        assert_eq!(configured(&[]), [set("A", "/home/u/p/near", false), set("B", "b", true)]);
        assert_eq!(
            configured(&["env.A = 'given'", "build.jobs = 1"]),
            [set("A", "given", false), set("B", "b", true)]
        );
    }

    #[track_caller]
    fn check_runner(config: &str, variables: &[(&str, &str)], expect: &[&str]) {
        let tables = vec![(toml::from_str(config).unwrap(), PathBuf::from("/p"))];
        let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let found = Configured { tables }.runner("x86_64-a-b", &Env(variables.collect()));
        let expect = (!expect.is_empty()).then(|| expect.iter().map(OsString::from).collect());
        assert_eq!(found, expect, "{config}");
    }

    #[test]
    fn runners() {
        check_runner("", &[], &[]);
        check_runner("target.x86_64-a-b.runner = 'qemu -L x'", &[], &["qemu", "-L", "x"]);
        check_runner("target.x86_64-a-b.runner = ['./r', 'a b']", &[], &["/p/./r", "a b"]);
        check_runner("target.'cfg(unix)'.runner = 'r'", &[], &["r"]);
        check_runner("target.'cfg(not(unix))'.runner = 'r'", &[], &[]);
        check_runner("target.other.runner = 'r'", &[], &[]);
        let own = ("CARGO_TARGET_X86_64_A_B_RUNNER", "own x");
        check_runner("target.x86_64-a-b.runner = 'qemu'", &[own], &["own", "x"]);
    }
}
