//! The programs that build, and what else cargo is configured with.

use std::path::Path;

use toml::{Table, Value};

use crate::launch::Depends;

use super::super::config;
use super::{Inputs, Told, read};

/// The compiler and what is put around it: in the environment, in a configuration.
const VARIABLES: &[&str] = &[
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
];
const KEYS: &[&str] = &["rustc", "rustc-wrapper", "rustc-workspace-wrapper"];

impl Inputs {
    pub(super) fn programs(&mut self, sysroot: &Path) -> Told {
        for name in ["cargo", "rustc"] {
            let path = sysroot.join("bin").join(name);
            if path.exists() {
                self.file(path)?;
            }
        }
        for name in VARIABLES {
            if let Some(program) = self.env.get(name).map(str::to_owned) {
                self.program(&self.folder.clone(), &program)?;
            }
        }
        for variables in ["CARGO", "RUST", "__CARGO"] {
            self.add(Depends::Variables(variables.to_owned()))?;
        }
        for variable in ["HOME", "PATH"] {
            self.add(Depends::Variable(variable.to_owned()))?;
        }
        for file in config::files(&self.folder, &self.env) {
            if file.is_file() {
                self.configured(&file)?;
            }
        }
        Ok(())
    }

    /// A program by its path, or as it is found on `PATH`.
    fn program(&mut self, base: &Path, program: &str) -> Told {
        if program.contains('/') {
            return self.maybe(base.join(program));
        }
        let path = self.env.get("PATH").unwrap_or_default().to_owned();
        let found = std::env::split_paths(&path).map(|folder| folder.join(program));
        match found.into_iter().find(|path| path.is_file()) {
            Some(found) => self.file(found),
            None => Err(format!("no {program} on PATH")),
        }
    }

    /// What a configuration file says that leads to other files.
    fn configured(&mut self, file: &Path) -> Told {
        let table: Table = toml::from_str(&read(file)?).map_err(|error| error.to_string())?;
        for key in ["include", "paths", "unstable"] {
            if table.contains_key(key) {
                return Err(format!("{} has `{key}`", file.display()));
            }
        }
        let base = file.parent().and_then(Path::parent).unwrap_or(file).to_owned();
        for key in KEYS {
            let program = table.get("build").and_then(|build| build.get(key));
            if let Some(program) = program.and_then(Value::as_str) {
                self.program(&base, program)?;
            }
        }
        self.file(file)
    }
}
