//! Compiles examples: many into one program, or one as rustdoc would.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use super::cache::{Cache, Draft};
use super::diagnose::blamed;
use super::extract::{Code, Example};
use super::flags::Flags;
use super::merge::{Group, Part};
use super::process::command;
use super::source::{Program, ROOT, program};
use super::stamp;

/// How often offenders are taken out of a program before it is cut in half.
/// The compiler stops at the first of its phases that finds errors.
const ROUNDS: usize = 8;

/// The files of an entry: a program, what kept it from being one, and what it
/// was read from besides its key.
const BINARY: &str = "rust_out";
const FAILURE: &str = "failure";
const INPUTS: &str = "inputs";
const DEP_INFO: &str = "rust_out.d";

/// A compiler with the flags of a library's examples.
pub(super) struct Compiler<'a> {
    flags: &'a Flags,
    cache: &'a Cache,
    rustc: PathBuf,
    /// What every result depends on.
    base: String,
}

/// A program of many examples.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) program: PathBuf,
    /// The examples in it by their places in the list. Those that run have the
    /// numbers that the program knows them by.
    pub(super) members: Vec<(usize, Option<usize>)>,
}

/// What became of an example that was compiled on its own.
#[derive(Debug, PartialEq)]
pub(super) enum Compiled {
    /// There is a program, unless it is not to run.
    Well(Option<PathBuf>),
    /// The compiler said this.
    Badly(String),
}

impl<'a> Compiler<'a> {
    pub(super) fn new(rustc: PathBuf, flags: &'a Flags, base: &str, cache: &'a Cache) -> Self {
        let libraries = flags.libraries.iter().map(PathBuf::as_path);
        let base = format!("{base}{:#?}\n{}\n", flags.examples, stamp::stamps(libraries));
        Self { flags, cache, rustc, base }
    }

    fn command(&self, edition: &str) -> Command {
        let mut command = command(&self.rustc);
        command.args(&self.flags.examples).args(["--edition", edition]);
        command.args(["--crate-type=bin", "--crate-name=rust_out", "--color=never"]);
        if let Some(target) = &self.flags.target {
            command.args(["--target", target]);
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Programs of these parts; those that do not compile are in none of them.
    pub(super) fn bundles(&self, group: &Group, mut parts: Vec<Part>) -> io::Result<Vec<Bundle>> {
        for _ in 0..ROUNDS {
            if parts.len() < 2 {
                return Ok(Vec::new());
            }
            let blamed = match self.bundle(group, &parts)? {
                Ok(bundle) => return Ok(vec![bundle]),
                Err(blamed) if blamed.is_empty() => break,
                Err(blamed) => blamed,
            };
            let mut at = 0..;
            parts.retain(|_| at.next().is_some_and(|at| !blamed.contains(&at)));
        }
        let rest = parts.split_off(parts.len() / 2);
        let mut bundles = self.bundles(group, parts)?;
        bundles.extend(self.bundles(group, rest)?);
        Ok(bundles)
    }

    /// A program of these parts; else those that keep it from compiling.
    fn bundle(&self, group: &Group, parts: &[Part]) -> io::Result<Result<Bundle, Vec<usize>>> {
        let program = program(group, parts);
        let key = format!("{}{group:?}\n{:#?}", self.base, program.files);
        let found = match self.find(&key) {
            Some(found) => found,
            None => self.compile_bundle(&key, group, &program)?,
        };
        Ok(match found {
            Compiled::Badly(blamed) => {
                Err(blamed.lines().filter_map(|at| at.parse().ok()).collect())
            }
            Compiled::Well(path) => {
                let mut number = 0..;
                let member =
                    |part: &Part| (part.index, if part.runs { number.next() } else { None });
                let members = parts.iter().map(member).collect();
                Ok(Bundle { program: path.unwrap_or_default(), members })
            }
        })
    }

    fn compile_bundle(&self, key: &str, group: &Group, program: &Program) -> io::Result<Compiled> {
        let draft = self.cache.draft(key)?;
        let mut command = self.command(&group.edition);
        for file in &program.files {
            let path = draft.folder().join(&file.name);
            fs::write(&path, &file.text)?;
            command.arg(remapping(&path, &file.shown));
        }
        command.args(["--emit=link,dep-info", "--error-format=json", "-Cdebuginfo=0"]);
        if cfg!(target_os = "linux") {
            // What is shown of a failure comes from another program, so that
            // nobody sees what a linker would take a fifth of the time for.
            command.arg("-Cstrip=debuginfo");
        }
        command.arg("--out-dir").arg(draft.folder());
        let output = command.arg(draft.folder().join(ROOT)).spawn()?.wait_with_output()?;
        let failure = (!output.status.success()).then(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            let blamed = blamed(&said, &program.places);
            blamed.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        });
        keep(draft, failure)
    }

    /// Compiles an example as rustdoc would.
    pub(super) fn alone(&self, example: &Example) -> io::Result<Compiled> {
        let key = format!("{}{}\n{example:#?}", self.base, self.flags.edition);
        if let Some(found) = self.find(&key) {
            return Ok(found);
        }
        let draft = self.cache.draft(&key)?;
        let metadata = example.attributes.no_run && !example.attributes.compile_fail;
        let mut command = self.command(example.edition(&self.flags.edition));
        command.arg("-Ccodegen-units=1");
        let emit = if metadata { "metadata" } else { "link" };
        command.arg(format!("--emit={emit},dep-info"));
        command.arg("--out-dir").arg(draft.folder());
        command.args(example.attributes.test_harness.then_some("--test"));
        let output = match example.padded() {
            // In a file where each line has its true number: the compiler knows
            // how to count lines of an example by itself, but what it compiles
            // for panics does not.
            Some(text) => {
                let path = draft.folder().join(ROOT);
                fs::write(&path, text)?;
                command
                    .arg(remapping(&path, &example.file))
                    .arg(path)
                    .spawn()?
                    .wait_with_output()?
            }
            None => from_stdin(command, example)?,
        };
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        let failure = (!output.status.success()).then(said);
        keep(draft, failure)
    }

    fn find(&self, key: &str) -> Option<Compiled> {
        let folder = self.cache.find(key)?;
        if !stamp::hold(&fs::read_to_string(folder.join(INPUTS)).ok()?) {
            return None;
        }
        Some(match fs::read_to_string(folder.join(FAILURE)) {
            Ok(said) => Compiled::Badly(said),
            Err(_) => well(&folder),
        })
    }
}

fn well(folder: &Path) -> Compiled {
    let program = folder.join(BINARY);
    Compiled::Well(program.exists().then_some(program))
}

/// As rustdoc does it, to the letter: paths of `include_str!` begin at the
/// file that the example stands in.
fn from_stdin(mut command: Command, example: &Example) -> io::Result<Output> {
    let text = example.text("\n");
    command.env("UNSTABLE_RUSTDOC_TEST_PATH", &example.file);
    command.env("UNSTABLE_RUSTDOC_TEST_LINE", example.offset(&text).to_string());
    let mut child = command.arg("-").stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A compiler that leaves before it has read all says why.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait_with_output()
}

fn remapping(path: &Path, shown: &str) -> String {
    format!("--remap-path-prefix={}={shown}", path.display())
}

/// Keeps a result, with stamps of the files that it was read from: an example,
/// or a macro that it calls, may include some.
fn keep(draft: Draft<'_>, failure: Option<String>) -> io::Result<Compiled> {
    let folder = draft.folder();
    let read = fs::read_to_string(folder.join(DEP_INFO)).unwrap_or_default();
    let read = stamp::dependencies(&read);
    let outside = read.iter().map(Path::new).filter(|path| !path.starts_with(folder));
    let cwd = env::current_dir()?;
    let outside: Vec<PathBuf> = outside.map(|path| cwd.join(path)).collect();
    let stamps = stamp::stamps(outside.iter().map(PathBuf::as_path));
    fs::write(folder.join(INPUTS), stamps)?;
    if let Some(said) = failure {
        // A file that could not be read is in no list of files.
        if !said.contains("couldn't read") {
            fs::write(folder.join(FAILURE), &said)?;
            draft.keep()?;
        }
        return Ok(Compiled::Badly(said));
    }
    Ok(well(&draft.keep()?))
}

impl Code {
    /// What stands at the crate's root, with these ends of lines, and without
    /// the empty ones: what was hoisted out of the example ends before its
    /// first line of code.
    fn level(&self, end: &str) -> String {
        let lines = self.crate_level.lines().filter(|line| !line.trim().is_empty());
        lines.flat_map(|line| [line, end]).collect()
    }
}

impl Example {
    /// The program that rustdoc makes of it.
    fn text(&self, end: &str) -> String {
        let Some(code) = &self.code else { return self.original_code.clone() };
        let (before, after) =
            code.wrapper.as_ref().map_or(("", ""), |wrapper| (&*wrapper.before, &*wrapper.after));
        let newline = if before.is_empty() && end != "\n" { "\n" } else { "" };
        format!("{}{before}{newline}{}{after}", code.level(end), code.rest)
    }

    /// The true line of the line before the first of that program.
    fn offset(&self, text: &str) -> isize {
        let made = self.code.as_ref().and_then(|code| text.find(&code.rest));
        let made = made.map_or(0, |at| text[..at].matches('\n').count());
        self.first_line().cast_signed() - 1 - made.cast_signed()
    }

    /// That program with each line at its true number; `None` if it has to be
    /// what rustdoc would make of it, to the letter.
    fn padded(&self) -> Option<String> {
        if self.original_code.contains("include") || self.file.contains(['=', '\n']) {
            return None;
        }
        let level = self.code.as_ref().map_or("", |code| &code.crate_level);
        let ends = if level.contains("//") { ["\n"].as_slice() } else { &["\n", " "] };
        ends.iter().find_map(|end| {
            let text = self.text(end);
            let lines = usize::try_from(self.offset(&text)).ok()?;
            Some(format!("{}{text}", "\n".repeat(lines)))
        })
    }

    /// What it printed, with the true lines of its panics where only the
    /// compiler's own count of lines was to be had.
    pub(super) fn with_true_lines(&self, printed: String) -> String {
        let needle = format!(" panicked at {}:", self.file);
        if self.padded().is_some() || !printed.contains(&needle) {
            return printed;
        }
        let offset = self.offset(&self.text("\n"));
        let mut parts = printed.split(&needle);
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push_str(&needle);
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            match part[..digits].parse::<isize>() {
                Ok(line) => text.push_str(&(line + offset).to_string()),
                Err(_) => text.push_str(&part[..digits]),
            }
            text.push_str(&part[digits..]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::examples;
    use super::*;

    const RECORDED: &str = include_str!("../../../../../tests/streams/cargo/doctests.json");

    fn recorded(line: usize) -> Example {
        examples(RECORDED).unwrap().into_iter().find(|example| example.line == line).unwrap()
    }

    /// The line of this text in the program, which is that in the source.
    #[track_caller]
    fn check(example: &Example, text: &str, line: usize) {
        let padded = example.padded().unwrap();
        let at = padded.lines().position(|line| line == text);
        assert_eq!(at, Some(line - 1), "{padded:?}");
    }

    #[test]
    fn lines_of_an_example_alone_are_true() {
        check(&recorded(3), "assert_eq!(probe::add(1, 2), 3);", 4);
        check(&recorded(50), "#![feature(test)]", 51);
        check(&recorded(50), "fn main() {}", 52);
        let mut first = recorded(3);
        first.line = 1; // No room for what comes before it.
        check(&first, "assert_eq!(probe::add(1, 2), 3);", 2);
        check(&recorded(34), "let async = 3;", 35);
    }

    #[test]
    fn lines_of_panics_are_made_true() {
        let mut example = recorded(3);
        example.original_code.push_str("include_str!(\"x\")");
        assert_eq!(example.padded(), None);
        let printed = |line: usize| {
            format!("x\nthread 'main' panicked at src/lib.rs:{line}:5:\n panicked at other.rs:1:1")
        };
        // `#![allow]`, `#[allow]`, `extern crate` and `fn main` stand before it.
        assert_eq!(example.with_true_lines(printed(5)), printed(4));
        assert_eq!(recorded(3).with_true_lines(printed(5)), printed(5));
    }
}
