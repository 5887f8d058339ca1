//! How pytest is configured, as far as it decides what runs, and in how many processes.

use std::path::Path;

use toml::{Table, Value};

/// What one file configures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Ini {
    /// Of several files in a folder, pytest takes the one of the lowest rank.
    rank: u8,
    /// The file's name.
    pub(super) file: &'static str,
    /// Options of every run.
    pub(super) addopts: Vec<String>,
    /// Where it looks if nothing is named.
    pub(super) testpaths: Vec<String>,
    python_files: Option<Vec<String>>,
    norecursedirs: Option<Vec<String>>,
    /// Tests have other names than usual.
    pub(super) renamed: bool,
}

/// What can configure pytest, in the order in which it looks, and the section.
const FILES: [(&str, &str); 7] = [
    ("pytest.toml", "pytest"),
    (".pytest.toml", "pytest"),
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("pyproject.toml", "tool.pytest"),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
];

const PYTHON_FILES: [&str; 2] = ["test_*.py", "*_test.py"];
const NORECURSEDIRS: [&str; 9] =
    ["*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"];

impl Ini {
    /// What a file of this name says of pytest, if it says anything.
    pub(in super::super) fn of(name: &str, text: &str) -> Option<Self> {
        let rank = FILES.iter().position(|(file, _)| *file == name)?;
        let (file, section) = FILES[rank];
        let mut ini = Self { rank: u8::try_from(rank).ok()?, file, ..Self::default() };
        if Path::new(name).extension().is_some_and(|extension| extension == "toml") {
            let table: Table = text.parse().ok()?;
            let found =
                section.split('.').try_fold(&table, |table, key| table.get(key)?.as_table());
            let found = found?;
            let found = found.get("ini_options").and_then(Value::as_table).unwrap_or(found);
            for (key, value) in found {
                ini.set(key, words_of(value, key == "addopts"));
            }
            return Some(ini);
        }
        let own = name.ends_with("pytest.ini");
        let lines = lines_of(text, section);
        if lines.is_none() && !own {
            return None;
        }
        for (key, value) in lines.unwrap_or_default() {
            let words = split(&value);
            ini.set(&key, words);
        }
        Some(ini)
    }

    fn set(&mut self, key: &str, words: Vec<String>) {
        match key {
            "addopts" => self.addopts = words,
            "testpaths" => self.testpaths = words,
            "python_files" => self.python_files = Some(words),
            "norecursedirs" => self.norecursedirs = Some(words),
            "python_functions" | "python_classes" => self.renamed = true,
            _ => {}
        }
    }

    /// Of the configurations in one folder, the one that pytest takes.
    pub(in super::super) fn first<'a>(all: impl Iterator<Item = &'a Self>) -> Option<&'a Self> {
        all.min_by_key(|ini| ini.rank)
    }

    /// What holds of it in a folder below.
    pub(super) fn seen_from_below(&self) -> Self {
        Self { testpaths: Vec::new(), ..self.clone() }
    }

    /// Patterns of test modules.
    pub(super) fn python_files(&self) -> Vec<String> {
        self.python_files.clone().unwrap_or_else(|| PYTHON_FILES.map(str::to_owned).into())
    }

    /// Patterns of folders that it does not look into.
    pub(super) fn norecursedirs(&self) -> Vec<String> {
        self.norecursedirs.clone().unwrap_or_else(|| NORECURSEDIRS.map(str::to_owned).into())
    }
}

/// The entries of a section in the manner of `pytest.ini`, with continuation lines.
fn lines_of(text: &str, section: &str) -> Option<Vec<(String, String)>> {
    let mut entries: Option<Vec<(String, String)>> = None;
    let mut inside = false;
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';'])) {
        if let Some(name) = line.trim_end().strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            inside = name.trim() == section;
            if inside {
                entries.get_or_insert_default();
            }
        } else if let (true, Some(entries)) = (inside, &mut entries) {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = entries.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            } else if let Some(at) = line.find(['=', ':']) {
                entries.push((line[..at].trim().to_owned(), line[at + 1..].trim().to_owned()));
            }
        }
    }
    entries
}

fn words_of(value: &Value, options: bool) -> Vec<String> {
    match value {
        Value::String(text) => split(text),
        Value::Array(items) if options => {
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Value::Array(items) => items.iter().filter_map(Value::as_str).flat_map(split).collect(),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => Vec::new(),
    }
}

/// As a shell would; what it cannot read is taken word by word.
pub(super) fn split(text: &str) -> Vec<String> {
    shlex::split(text).unwrap_or_else(|| text.split_whitespace().map(str::to_owned).collect())
}

/// Options that mean the run as a whole, by what they begin with: two
/// processes would each do it to their half.
const WHOLE: [&str; 24] = [
    "--cov",
    "--numprocesses",
    "--dist",
    "--tx",
    "--looponfail",
    "--forked",
    "--junitxml",
    "--junit-xml",
    "--html",
    "--json-report",
    "--report-log",
    "--exitfirst",
    "--maxfail",
    "--lf",
    "--last-failed",
    "--ff",
    "--failed-first",
    "--nf",
    "--new-first",
    "--sw",
    "--stepwise",
    "--random-order",
    "--benchmark",
    "--testmon",
];

/// Short options that take a value, which ends a cluster such as `-vx`.
const VALUED: &str = "kmpcorWnd";

/// The option that needs all cases to run in one process, if there is one.
pub(super) fn whole(options: &[String]) -> Option<&str> {
    let long = |word: &&String| {
        let name = word.split('=').next().unwrap_or_default();
        WHOLE.iter().any(|whole| {
            name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    };
    options.iter().find(|word| long(word) || cluster(word).contains(['x', 'n'])).map(String::as_str)
}

/// The letters of a cluster of short options, up to one that takes a value.
fn cluster(word: &str) -> &str {
    match word.strip_prefix('-') {
        Some(letters) if !letters.starts_with('-') => {
            let end = letters.find(|c| VALUED.contains(c)).map_or(letters.len(), |at| at + 1);
            letters.get(..end).unwrap_or_default()
        }
        _ => "",
    }
}

/// What is added so that a process is all there is: xdist starts none, and
/// where only some cases run (`alone`), no report on all of them is made of it.
pub(super) fn tamed(options: &[String], alone: bool) -> Vec<String> {
    let has = |name: &str| options.iter().any(|word| word.starts_with(name));
    let mut more = Vec::new();
    let spread = options.iter().any(|word| cluster(word).contains('n'));
    if spread || has("--numprocesses") || has("--dist") || has("--tx") {
        more.push("-n0".to_owned());
    }
    if alone && has("--cov") {
        more.push("--no-cov".to_owned());
    }
    if alone && (has("--junitxml") || has("--junit-xml")) {
        more.push("--junitxml=/dev/null".to_owned());
    }
    more
}

/// What doctest options ask for: all modules, and patterns of texts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Doctests {
    pub(super) modules: bool,
    pub(super) globs: Vec<String>,
}

/// The doctest options among all options.
pub(super) fn doctests(options: &[String]) -> Doctests {
    let modules = options.iter().any(|word| word == "--doctest-modules");
    let mut globs = values(options, "--doctest-glob");
    if globs.is_empty() {
        globs.push("test*.txt".to_owned()); // pytest's own default.
    }
    Doctests { modules, globs }
}

/// The values of a long option.
pub(super) fn values(options: &[String], name: &str) -> Vec<String> {
    let next = options.iter().skip(1).map(Some).chain([None]);
    let value = |(word, next): (&String, Option<&String>)| {
        let rest = word.strip_prefix(name)?;
        if rest.is_empty() { next.cloned() } else { rest.strip_prefix('=').map(str::to_owned) }
    };
    options.iter().zip(next).filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn addopts(name: &str, text: &str, expect: &[&str]) {
        assert_eq!(Ini::of(name, text).expect("it configures pytest").addopts, expect, "{text}");
    }

    #[test]
    fn options_are_read_wherever_pytest_reads_them() {
        addopts("pytest.ini", "[pytest]\naddopts = -v -m 'not slow'\n", &["-v", "-m", "not slow"]);
        addopts("tox.ini", "[tox]\nx=1\n[pytest]\naddopts =\n  -v\n  # no\n  -x\n", &["-v", "-x"]);
        addopts("setup.cfg", "[tool:pytest]\naddopts: -v\n[other]\naddopts = -x\n", &["-v"]);
        let old = "[tool.pytest.ini_options]\naddopts = '-v --cov=a'\n";
        addopts("pyproject.toml", old, &["-v", "--cov=a"]);
        let list = "[tool.pytest]\naddopts = ['-m', 'not slow']\n";
        addopts("pyproject.toml", list, &["-m", "not slow"]);
        addopts("pytest.toml", "[pytest]\naddopts = ['-v']\n", &["-v"]);
        addopts("pytest.ini", "", &[]);
        for (name, text) in [
            ("tox.ini", "[tox]\n"),
            ("setup.cfg", "[pytest]\naddopts = -v\n"),
            ("pyproject.toml", "[project]\n"),
            ("conftest.py", ""),
        ] {
            assert_eq!(Ini::of(name, text), None, "{name}");
        }
    }

    #[test]
    fn the_first_file_counts() {
        let [ini, toml] = ["pytest.ini", "pyproject.toml"]
            .map(|name| Ini::of(name, "[tool.pytest.ini_options]\n").unwrap());
        assert_eq!(Ini::first([&toml, &ini].into_iter()), Some(&ini));
    }

    #[test]
    fn what_means_the_whole_run_is_known() {
        let whole = |text: &str| whole(&split(text)).map(str::to_owned);
        for (text, option) in [
            ("-v --cov=a", "--cov=a"),
            ("--cov-fail-under 90", "--cov-fail-under"),
            ("-n auto", "-n"),
            ("-n4", "-n4"),
            ("-vx", "-vx"),
            ("--maxfail=2", "--maxfail=2"),
            ("--junitxml=a.xml", "--junitxml=a.xml"),
            ("--lf", "--lf"),
        ] {
            assert_eq!(whole(text).as_deref(), Some(option), "{text}");
        }
        for text in ["-v -m 'not x'", "-kxn", "-p xdist", "--strict-markers", "-ra -W error", ""] {
            assert_eq!(whole(text), None, "{text}");
        }
        let tamed = |text: &str, alone| tamed(&split(text), alone).join(" ");
        assert_eq!(tamed("-n auto --cov=a", false), "-n0");
        assert_eq!(
            tamed("-n auto --cov=a --junitxml=x", true),
            "-n0 --no-cov --junitxml=/dev/null"
        );
        assert_eq!(tamed("-v", true), "");
    }

    #[test]
    fn doctest_options_are_known() {
        let doctests = |text: &str| doctests(&split(text));
        let plain = Doctests { modules: false, globs: vec!["test*.txt".into()] };
        assert_eq!(doctests("-v"), plain);
        let both = doctests("--doctest-modules --doctest-glob='*.rst' --doctest-glob *.md");
        assert_eq!(both, Doctests { modules: true, globs: vec!["*.rst".into(), "*.md".into()] });
    }
}
