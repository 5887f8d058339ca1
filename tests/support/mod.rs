//! Trees to try things on, and what `prove` said of them.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::Value;

/// A test of this name.
pub fn test(name: &str, body: fn()) -> Trial {
    Trial::test(name, move || {
        body();
        Ok(())
    })
}

/// A test that needs these programs.
pub fn test_with(tools: &'static [&'static str], name: &str, body: fn()) -> Trial {
    Trial::ignorable_test(name, move || {
        let missing: Vec<_> = tools.iter().filter(|tool| !is_there(tool)).collect();
        if !missing.is_empty() && std::env::var_os("CI").is_none() {
            return Ok(libtest_mimic::Completion::ignored_with(format!(
                "{missing:?} is not installed"
            )));
        }
        assert!(missing.is_empty(), "{missing:?} is not installed");
        body();
        Ok(libtest_mimic::Completion::Completed)
    })
}

fn is_there(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

/// The folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A tree of its own, in a folder that goes with it.
pub struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// An empty tree.
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("tree").tempdir().unwrap() }
    }

    /// A copy of a folder of the repository.
    pub fn copy(of: &str) -> Self {
        let tree = Self::new();
        copy(&repository().join(of), tree.path());
        tree
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// With this file.
    pub fn file(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// With a TAP script in sh.
    pub fn sh(self, path: impl AsRef<Path>, script: &str) -> Self {
        self.file(path, format!("#!/bin/sh\n{script}"))
    }

    /// Runs `prove` in it.
    pub fn prove(&self, args: &[&str]) -> Ran {
        self.prove_with(args, |command| command)
    }

    /// The same, with something about the command changed.
    pub fn prove_with(
        &self,
        args: &[&str],
        change: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Ran {
        let mut command = prove(self.path());
        command.args(args).args(["--format", "json"]);
        change(&mut command);
        Ran::of(&command.output().unwrap())
    }

    /// Runs `prove` in it, for people.
    pub fn prove_plain(&self, args: &[&str]) -> Output {
        prove(self.path()).args(args).output().unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if name == "target" || name == ".prove.d" || name == "__pycache__" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            std::fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// The program, in a folder, with nothing of our own environment that changes it.
#[expect(clippy::disallowed_methods, reason = "a test starts what a person would")]
pub fn program(name: impl AsRef<OsStr>, cwd: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(cwd).stdin(Stdio::null());
    // Set where these tests themselves run under cargo, or under `prove`.
    for name in [
        "CI",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "PROVE_RUN",
        "RUST_BACKTRACE",
        "HARNESS_ACTIVE",
    ] {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        let cargos = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG") || name.starts_with("CARGO_MANIFEST")
        });
        if cargos {
            command.env_remove(name);
        }
    }
    command
}

/// `prove`, in a folder.
pub fn prove(cwd: &Path) -> Command {
    program(env!("CARGO_BIN_EXE_prove"), cwd)
}

/// What `prove --format json` said.
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// Every event.
    pub events: Vec<Value>,
    /// What it said to stderr.
    pub stderr: String,
}

impl Ran {
    /// Reads what it said.
    pub fn of(output: &Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let stdout = str::from_utf8(&output.stdout).expect("the stream is UTF-8");
        let events = stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
            })
            .collect();
        Self { code: output.status.code().unwrap_or(-1), events, stderr }
    }

    /// The messages of one type.
    pub fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |event| event["type"] == kind).map(|event| &event["msg"])
    }

    /// The last word on each case: `ID outcome`, and the cause of a failure; sorted.
    pub fn cases(&self) -> Vec<String> {
        let last = self.all("case-finished").filter(|case| case["final"] == true);
        let mut cases: Vec<_> = last
            .map(|case| {
                let word = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
                let cause = if case["cause"].is_null() {
                    String::new()
                } else {
                    format!(" {}", word("cause"))
                };
                let flaky = if case["flaky"] == true { " flaky" } else { "" };
                format!("{} {}{cause}{flaky}", word("id"), word("outcome"))
            })
            .collect();
        cases.sort();
        cases
    }

    /// The last word on one case.
    #[track_caller]
    pub fn case(&self, id: &str) -> &Value {
        let found = self
            .all("case-finished")
            .filter(|case| case["final"] == true && case["id"] == id)
            .last();
        found.unwrap_or_else(|| {
            panic!("there is no case {id}, but {:#?}\n{}", self.cases(), self.stderr)
        })
    }

    /// The last word on every case, and the exit code.
    #[track_caller]
    pub fn expect(&self, code: i32, cases: &[&str]) -> &Self {
        assert_eq!(self.cases(), cases, "{}\n{:#?}", self.stderr, self.problems());
        self.exits(code)
    }

    /// The exit code.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{:#?}\n{:#?}\n{}", self.cases(), self.problems(), self.stderr);
        self
    }

    /// Problems as `severity what`.
    pub fn problems(&self) -> Vec<String> {
        let word =
            |problem: &Value, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        self.all("problem")
            .map(|problem| {
                format!(
                    "{} {}: {}",
                    word(problem, "severity"),
                    word(problem, "what"),
                    word(problem, "why")
                )
            })
            .collect()
    }

    /// That there is a problem of this severity that says this, with a remedy.
    #[track_caller]
    pub fn has_problem(&self, severity: &str, part: &str) -> &Self {
        let found = self.all("problem").find(|problem| {
            problem["severity"] == severity
                && (problem["what"].as_str().unwrap().contains(part)
                    || problem["why"].as_str().unwrap().contains(part))
        });
        let problem =
            found.unwrap_or_else(|| panic!("no {severity} says {part}: {:#?}", self.problems()));
        assert_ne!(problem["remedy"], "", "a remedy for {problem}");
        self
    }

    /// The counts at the end.
    pub fn finished(&self) -> &Value {
        self.all("run-finished").last().expect("the run is finished")
    }
}

/// A `prove` that runs while the test looks on.
pub struct Watched {
    child: std::process::Child,
    began: Instant,
}

impl Watched {
    /// Starts it.
    pub fn start(tree: &Tree, args: &[&str]) -> Self {
        let mut command = prove(tree.path());
        command.args(args).args(["--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { child: command.spawn().unwrap(), began: Instant::now() }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let status = program("kill", Path::new("/"))
            .args([format!("-{name}"), self.pid().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    /// The most memory it had at once, in MiB, so far.
    pub fn peak_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
    }

    /// Waits for its end; the most memory that was seen, too.
    pub fn end(mut self) -> (Ran, u64) {
        let stdout = read_all(self.child.stdout.take().unwrap());
        let stderr = read_all(self.child.stderr.take().unwrap());
        let mut peak = 0;
        let status = loop {
            peak = self.peak_mib().unwrap_or(0).max(peak);
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(self.began.elapsed() < Duration::from_secs(120), "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let output =
            Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() };
        (Ran::of(&output), peak)
    }
}

fn read_all(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        from.read_to_end(&mut all).unwrap();
        all
    })
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a process whose command line has this in it is alive.
pub fn is_alive(mark: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let zombie = || {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
        };
        let cmdline = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        cmdline.windows(mark.len()).any(|window| window == mark.as_bytes()) && !zombie()
    })
}

/// Waits until something holds, not for ever.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what} does not come to pass");
        std::thread::sleep(Duration::from_millis(5));
    }
}
