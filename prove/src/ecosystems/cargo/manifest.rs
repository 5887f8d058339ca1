//! What a `Cargo.toml` says, as far as finding tests asks for it.
//!
//! Read leniently: what is wrong in it beyond its syntax, cargo says better.

use serde::Deserialize;
use toml::{Table, Value};

/// A manifest, or why it cannot be read.
pub(super) type Parsed = Result<Manifest, Broken>;

/// A manifest that is no manifest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Broken {
    pub(super) message: String,
    pub(super) line: Option<u32>,
}

/// A `Cargo.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Manifest {
    #[serde(alias = "project")]
    pub(super) package: Option<Table>,
    pub(super) workspace: Option<Workspace>,
    pub(super) lib: Option<TargetTable>,
    pub(super) bin: Vec<TargetTable>,
    pub(super) test: Vec<TargetTable>,
    pub(super) example: Vec<TargetTable>,
    pub(super) bench: Vec<TargetTable>,
    dependencies: Table,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Table,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Table,
    target: Table,
}

/// `[workspace]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Workspace {
    pub(super) members: Vec<String>,
    pub(super) exclude: Vec<String>,
    /// What members may inherit.
    pub(super) package: Table,
}

/// `[lib]`, `[[bin]]`, `[[test]]` and so on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct TargetTable {
    pub(super) name: Option<String>,
    pub(super) path: Option<String>,
    pub(super) test: Option<bool>,
    pub(super) doctest: Option<bool>,
    pub(super) harness: Option<bool>,
    #[serde(alias = "crate_type")]
    pub(super) crate_type: Vec<String>,
    #[serde(alias = "required_features")]
    pub(super) required_features: Vec<String>,
}

impl Manifest {
    pub(super) fn parse(content: &[u8]) -> Parsed {
        let text = str::from_utf8(content).map_err(|error| Broken {
            message: "it is not UTF-8".to_owned(),
            line: line_of(&content[..error.valid_up_to()]),
        })?;
        toml::from_str(text).map_err(|error| Broken {
            message: error.message().to_owned(),
            line: error.span().and_then(|span| line_of(&content[..span.start.min(content.len())])),
        })
    }

    /// A text of `[package]`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.package.as_ref()?.get(key)?.as_str()
    }

    /// A switch of `[package]`.
    pub(super) fn switch(&self, key: &str) -> Option<bool> {
        self.package.as_ref()?.get(key)?.as_bool()
    }

    /// The folders of the packages that it depends on by path.
    pub(super) fn path_dependencies(&self) -> Vec<&str> {
        let nested = self.target.values().filter_map(Value::as_table).flat_map(|table| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .into_iter()
                .filter_map(|key| table.get(key)?.as_table())
        });
        [&self.dependencies, &self.dev_dependencies, &self.build_dependencies]
            .into_iter()
            .chain(nested)
            .flat_map(Table::values)
            .filter_map(|dependency| dependency.as_table()?.get("path")?.as_str())
            .collect()
    }
}

/// The line, from 1, on which the byte behind `before` stands.
fn line_of(before: &[u8]) -> Option<u32> {
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_has_a_line() {
        let broken = Manifest::parse(b"[package]\nname = \"a\"\nversion = \n").unwrap_err();
        assert_eq!(broken.line, Some(3), "{broken:?}");
        let broken = Manifest::parse(b"[package]\n# \xff\n").unwrap_err();
        assert_eq!(broken.line, Some(2), "{broken:?}");
    }

    #[test]
    fn dependencies_by_path_stand_in_many_tables() {
        let manifest = Manifest::parse(
            br#"
                [dependencies]
                a = { path = "a" }
                b = "1"
                [dev_dependencies]
                c = { path = "../c", version = "1" }
                [target.'cfg(unix)'.build-dependencies]
                d = { path = "d" }
            "#,
        );
        assert_eq!(manifest.unwrap().path_dependencies(), ["a", "../c", "d"]);
    }
}
