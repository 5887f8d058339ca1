//! Compiles examples: many into one program, or one as rustdoc would.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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
const BINARY: &str = "program";
const FAILURE: &str = "failure";
const INPUTS: &str = "inputs";
const DEP_INFO: &str = "dep-info";

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
        command.arg(emit(draft.folder(), "link")).arg("--error-format=json");
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
        command.arg(emit(draft.folder(), if metadata { "metadata" } else { "link" }));
        command.args(example.attributes.test_harness.then_some("--test"));
        let text = example.text();
        let output = match example.padding() {
            // In a file where each line has its true number: the compiler knows
            // how to count lines of an example by itself, but what it compiles
            // for panics does not.
            Some(lines) => {
                let path = draft.folder().join(ROOT);
                fs::write(&path, format!("{}{text}", "\n".repeat(lines)))?;
                command
                    .arg(remapping(&path, &example.file))
                    .arg(path)
                    .spawn()?
                    .wait_with_output()?
            }
            None => from_stdin(command, example, &text)?,
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
fn from_stdin(
    mut command: Command,
    example: &Example,
    text: &str,
) -> io::Result<std::process::Output> {
    command.env("UNSTABLE_RUSTDOC_TEST_PATH", &example.file);
    command.env("UNSTABLE_RUSTDOC_TEST_LINE", example.line_offset().to_string());
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

fn emit(folder: &Path, what: &str) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let file = if what == "link" { BINARY } else { what };
    format!("--emit={what}={},dep-info={}", at(file), at(DEP_INFO))
}

/// Keeps a result, with stamps of the files that it was read from: an example,
/// or a macro that it calls, may include some.
fn keep(draft: Draft<'_>, failure: Option<String>) -> io::Result<Compiled> {
    let folder = draft.folder();
    let read = fs::read_to_string(folder.join(DEP_INFO)).unwrap_or_default();
    let read = stamp::dependencies(&read);
    let outside = read.iter().map(Path::new).filter(|path| !path.starts_with(folder));
    let stamps = stamp::stamps(
        outside
            .map(|path| env::current_dir().map_or(path.into(), |cwd| cwd.join(path)))
            .collect::<Vec<_>>()
            .iter()
            .map(PathBuf::as_path),
    );
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
    /// What stands at the crate's root, without the empty lines: the lines of
    /// the example that were hoisted end before its first line of code.
    fn level(&self) -> String {
        let lines = self.crate_level.lines().filter(|line| !line.trim().is_empty());
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

impl Example {
    /// The program that rustdoc makes of it.
    fn text(&self) -> String {
        let Some(code) = &self.code else { return self.original_code.clone() };
        let (before, after) =
            code.wrapper.as_ref().map_or(("", ""), |wrapper| (&*wrapper.before, &*wrapper.after));
        format!("{}{before}{}{after}", code.level(), code.rest)
    }

    /// The true line of the line before that program's first.
    fn line_offset(&self) -> isize {
        let made = self.code.as_ref().map_or(0, |code| {
            let before = code.wrapper.as_ref().map_or("", |wrapper| &wrapper.before);
            code.level().matches('\n').count() + before.matches('\n').count()
        });
        let signed = |n: usize| isize::try_from(n).unwrap_or(isize::MAX);
        signed(self.first_line()) - 1 - signed(made)
    }

    /// How many empty lines give each line of that program its true number;
    /// `None` if they cannot.
    fn padding(&self) -> Option<usize> {
        let includes = self.original_code.contains("include");
        if includes || self.file.contains(['=', '\n']) {
            return None;
        }
        usize::try_from(self.line_offset()).ok()
    }
}
