//! What a project's configuration says of itself and of its tests.

use toml::{Table, Value};

/// What one configuration file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// Its folder is the root of a Python project.
    pub(super) root: bool,
    /// The tests are run by pytest, on this evidence.
    pub(super) pytest: Option<&'static str>,
    /// How pytest is configured.
    pub(super) ini: Option<super::pytest::Ini>,
    /// The tests are run by something that is configured, whatever it is.
    pub(super) runner: bool,
    /// doctest's option flags, as pytest is told of them.
    pub(super) flags: Vec<String>,
    /// Where modules are imported from, as pytest is told of it (`pythonpath`).
    pub(super) paths: Vec<String>,
    /// What Poetry calls the project, if it is Poetry's.
    pub(super) poetry: Option<String>,
    /// It cannot be read, for this reason, at this line.
    pub(super) broken: Option<(String, u32)>,
}

/// Whether files of this name are configuration.
pub(super) fn is_manifest(name: &str) -> bool {
    matches!(
        name,
        "pyproject.toml"
            | "setup.py"
            | "setup.cfg"
            | "tox.ini"
            | "pytest.ini"
            | ".pytest.ini"
            | "pytest.toml"
            | ".pytest.toml"
            | "noxfile.py"
            | "conftest.py"
    )
}

impl Manifest {
    /// Reads a configuration file, by its name.
    pub(super) fn of(name: &str, text: &str) -> Self {
        let told = Self {
            flags: words(text, "doctest_optionflags"),
            paths: words(text, "pythonpath"),
            ..Self::default()
        };
        match name {
            "pyproject.toml" => Self::pyproject(text),
            "setup.py" => Self::setup(text),
            "setup.cfg" => Self {
                root: true,
                pytest: section(text, "tool:pytest")
                    .then_some("[tool:pytest] in setup.cfg")
                    .or(depends(text).then_some("setup.cfg lists pytest")),
                runner: section(text, "tool:pytest") || text.contains("test_suite"),
                ..told
            },
            "tox.ini" => Self {
                root: true,
                pytest: (section(text, "pytest") || names(text, "pytest"))
                    .then_some("tox.ini runs pytest"),
                runner: text.contains("[testenv") || section(text, "pytest"),
                ..told
            },
            "pytest.ini" | ".pytest.ini" | "pytest.toml" | ".pytest.toml" => {
                Self { root: true, pytest: Some("there is a pytest.ini"), runner: true, ..told }
            }
            "noxfile.py" => Self {
                root: true,
                pytest: names(text, "pytest").then_some("noxfile.py runs pytest"),
                runner: true,
                ..Self::default()
            },
            _ => Self { pytest: Some("there is a conftest.py"), runner: true, ..Self::default() },
        }
    }

    fn setup(text: &str) -> Self {
        Self {
            root: true,
            pytest: names(text, "pytest").then_some("setup.py names pytest"),
            runner: ["test_suite", "tests_require", "TestCommand", "unittest"]
                .iter()
                .any(|word| text.contains(word)),
            ..Self::default()
        }
    }

    fn pyproject(text: &str) -> Self {
        let table = match text.parse::<Table>() {
            Ok(table) => table,
            Err(err) => {
                let before = &text[..err.span().map_or(0, |span| span.start.min(text.len()))];
                let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX);
                let broken = Some((err.message().to_owned(), line));
                return Self { root: true, broken, ..Self::default() };
            }
        };
        let tool = table.get("tool").and_then(Value::as_table);
        let has = |name: &str| tool.is_some_and(|tool| tool.contains_key(name));
        let scripts = tool.is_some_and(|tool| tool.values().any(|v| mentions(v, "pytest")));
        let lists = ["project", "dependency-groups"]
            .iter()
            .filter_map(|name| table.get(*name))
            .any(|value| mentions(value, "pytest"));
        Self {
            root: true,
            pytest: if has("pytest") {
                Some("[tool.pytest] in pyproject.toml")
            } else if scripts || lists {
                Some("pyproject.toml lists pytest")
            } else {
                None
            },
            runner: has("pytest")
                || has("tox")
                || tool.is_some_and(|tool| tool.values().any(|v| mentions(v, "unittest"))),
            flags: pytest_words(tool, "doctest_optionflags"),
            paths: pytest_words(tool, "pythonpath"),
            poetry: tool.and_then(|tool| tool.get("poetry")).and_then(|poetry| {
                let project = table.get("project");
                let name = poetry.get("name").or_else(|| project?.get("name"))?;
                name.as_str().map(str::to_owned)
            }),
            ..Self::default()
        }
    }
}

/// The words of an option in pytest's table, or in the `ini_options` of it.
fn pytest_words(tool: Option<&Table>, option: &str) -> Vec<String> {
    let Some(pytest) = tool.and_then(|tool| tool.get("pytest")) else { return Vec::new() };
    let table = pytest.get("ini_options").unwrap_or(pytest);
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    match table.get(option) {
        Some(Value::String(text)) => words(text),
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).flat_map(words).collect()
        }
        _ => Vec::new(),
    }
}

/// The words of an option in the manner of `pytest.ini`: on its line, or on
/// indented lines below.
fn words(text: &str, option: &str) -> Vec<String> {
    let value =
        |line: &str| line.strip_prefix(option)?.trim_start().strip_prefix('=').map(str::len);
    let mut lines = text.lines().skip_while(|line| value(line).is_none());
    let Some(first) = lines.next().and_then(|line| Some(&line[line.len() - value(line)?..])) else {
        return Vec::new();
    };
    let below = lines.take_while(|line| line.starts_with([' ', '\t']));
    std::iter::once(first)
        .chain(below)
        .map(|line| line.split(['#', ';']).next().unwrap_or_default())
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

/// Whether any string in a value names this program, as a word.
fn mentions(value: &Value, program: &str) -> bool {
    match value {
        Value::String(text) => names(text, program),
        Value::Array(items) => items.iter().any(|item| mentions(item, program)),
        Value::Table(table) => table.iter().any(|(_, item)| mentions(item, program)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => false,
    }
}

/// Whether a text names a program, outside of comments: not `pytest-cov` or `nopytest`.
fn names(text: &str, program: &str) -> bool {
    let within = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.lines().map(|line| line.split('#').next().unwrap_or_default()).any(|line| {
        line.match_indices(program).any(|(at, found)| {
            !line[..at].ends_with(within) && !line[at + found.len()..].starts_with(within)
        })
    })
}

fn section(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) == Some(name)
    })
}

/// Whether a line of `setup.cfg` is a requirement of pytest's.
fn depends(text: &str) -> bool {
    text.lines().any(|line| line.starts_with([' ', '\t']) && names(line, "pytest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, pytest: bool, runner: bool) {
        let manifest = Manifest::of(name, text);
        assert_eq!((manifest.pytest.is_some(), manifest.runner), (pytest, runner), "{text}");
    }

    #[test]
    fn pytest_is_seen_where_it_is_configured() {
        check("pyproject.toml", "[tool.pytest.ini_options]\naddopts = ''", true, true);
        check(
            "pyproject.toml",
            "[project]\nname = 'pytest-x'\ndescription = 'a plugin'",
            false,
            false,
        );
        check("pyproject.toml", "[dependency-groups]\ntest = ['pytest>=8']", true, false);
        check(
            "pyproject.toml",
            "[tool.hatch.envs.test.scripts]\nrun = 'python -m unittest'",
            false,
            true,
        );
        check("tox.ini", "[testenv]\ncommands = {envpython} -m unittest", false, true);
        check("tox.ini", "[testenv]\ncommands = pytest {posargs}", true, true);
        check("tox.ini", "[flake8]\nignore = W503", false, false);
        check("setup.cfg", "[tool:pytest]\n", true, true);
        check("setup.cfg", "[metadata]\nname = pytest\n", false, false);
        check("setup.cfg", "[options.extras_require]\ntest =\n  pytest\n", true, false);
        check("setup.py", "setup(test_suite='a.tests')  # not pytest", false, true);
        check("pytest.ini", "", true, true);
    }

    #[test]
    fn option_flags_are_read_as_pytest_reads_them() {
        let flags = |name: &str, text: &str| Manifest::of(name, text).flags;
        let both = ["ELLIPSIS", "NUMBER"];
        let toml = "[tool.pytest.ini_options]\ndoctest_optionflags = ";
        assert_eq!(flags("pyproject.toml", &format!("{toml}'ELLIPSIS NUMBER'")), both);
        assert_eq!(flags("pyproject.toml", &format!("{toml}['ELLIPSIS', 'NUMBER']")), both);
        assert_eq!(flags("pytest.ini", "[pytest]\ndoctest_optionflags = ELLIPSIS NUMBER\n"), both);
        let lines = "[pytest]\ndoctest_optionflags=\n  ELLIPSIS # x\n  NUMBER\nx = 1\n";
        assert_eq!(flags("tox.ini", lines), both);
        assert_eq!(flags("setup.cfg", "[metadata]\n"), [""; 0]);
        let of = Manifest::of("pytest.ini", "[pytest]\npythonpath = src lib\n");
        assert_eq!(of.paths, ["src", "lib"]);
        let poetry = "[tool.poetry]\nname = 'a'\n[tool.pytest.ini_options]\npythonpath = 'src'";
        let of = Manifest::of("pyproject.toml", poetry);
        assert_eq!(
            (of.poetry.as_deref(), of.paths.as_slice()),
            (Some("a"), ["src".to_owned()].as_slice())
        );
    }

    #[test]
    fn a_broken_pyproject_is_told_with_its_line() {
        let broken = Manifest::of("pyproject.toml", "[project]\nname = \n").broken;
        assert_eq!(broken.map(|(_, line)| line), Some(2));
        assert_eq!(Manifest::of("pyproject.toml", "").broken, None);
    }
}
