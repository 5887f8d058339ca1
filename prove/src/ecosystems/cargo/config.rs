//! `[env]` of cargo's configuration files, which cargo applies to test programs.

use std::collections::BTreeMap;
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

    /// The settings; of one name, those of the file nearest to the project.
    pub(super) fn settings(&self, files: &[PathBuf]) -> Vec<Setting> {
        let mut all: Vec<Setting> = Vec::new();
        for (&index, text) in &self.text {
            let table: Table = toml::from_str(text).unwrap_or_default();
            let home = files[index].parent().and_then(Path::parent).unwrap_or(&files[index]);
            for (name, value) in table.get("env").and_then(Value::as_table).into_iter().flatten() {
                let new = !all.iter().any(|setting| setting.name == *name);
                all.extend(setting(name, value, home).filter(|_| new));
            }
        }
        all
    }
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
        assert_eq!(
            reading.settings(&files),
            [set("A", "/home/u/p/near", false), set("B", "b", true)]
        );
    }
}
