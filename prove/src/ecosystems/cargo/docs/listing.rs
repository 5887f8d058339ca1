//! The examples of a library: extracted by rustdoc, and kept as long as what
//! rustdoc reads is as it was.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;
use std::{env, fs, io};

use super::cache::Cache;
use super::extract::{Example, examples};
use super::flags::Flags;
use super::process::command;
use super::stamp;

const INPUTS: &str = "inputs";
const EXAMPLES: &str = "examples.json";
const NAMES: &str = "names";
const VERSION: &str = "version";
const DEP_INFO: &str = "dep-info";

/// In rustdoc's JSON: an example has error codes.
const ERROR_CODES: &str = r#""error_codes":[""#;

/// The examples of a library.
pub(super) struct List {
    /// Under their names in order.
    pub(super) examples: Vec<Example>,
    /// The compiler's own platform, where an example depends on it.
    pub(super) host: String,
    /// Whether the compiler takes unstable options, where an example depends on it.
    pub(super) is_unstable: bool,
}

/// A library as rustdoc is called for it.
pub(super) struct Library {
    rustdoc: PathBuf,
    args: Vec<String>,
    /// The compiler beside rustdoc.
    pub(super) rustc: PathBuf,
    pub(super) flags: Flags,
    /// What every result about it depends on.
    pub(super) base: String,
}

/// Why the examples cannot be taken from rustdoc: plain rustdoc has to run them.
pub(super) struct NotUnderstood(pub(super) String);

impl From<io::Error> for NotUnderstood {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl Library {
    pub(super) fn new(rustdoc: PathBuf, args: Vec<String>) -> Result<Self, NotUnderstood> {
        let flags = Flags::read(&args).map_err(|arg| {
            NotUnderstood(format!("what rustdoc's argument `{arg}` does to examples is not known"))
        })?;
        let rustc = rustdoc.with_file_name("rustc");
        if !rustc.is_file() {
            return Err(NotUnderstood(format!("no compiler stands beside {}", rustdoc.display())));
        }
        let tools = stamp::stamps([rustdoc.as_path(), &rustc]);
        let cwd = env::current_dir()?;
        let base = format!("{tools}{}\n{}", cwd.display(), stamp::environment());
        Ok(Self { rustdoc, args, rustc, flags, base })
    }

    /// Its examples.
    pub(super) fn list(&self, cache: &Cache) -> Result<List, NotUnderstood> {
        let libraries = self.flags.libraries.iter().map(PathBuf::as_path);
        let key = format!("{}{:#?}\n{}", self.base, self.args, stamp::stamps(libraries));
        if let Some(kept) = cache.find(&key).and_then(|folder| Kept::read(&folder)) {
            return kept.list();
        }
        let draft = cache.draft(&key)?;
        let began = SystemTime::now();
        let dep_info = draft.folder().join(DEP_INFO);
        // What it reads is learned side by side with what is in it.
        let reads = self.dep_info(&dep_info).spawn()?;
        let json = output(self.extraction())?;
        let kept = Kept { names: self.checked_names(&json)?, version: self.version(&json)?, json };
        let list = kept.list();
        if wait(reads) && list.is_ok() {
            let files = stamp::dependencies(&fs::read_to_string(&dep_info).unwrap_or_default());
            let cwd = env::current_dir()?;
            let files: Vec<PathBuf> = files.iter().map(|file| cwd.join(file)).collect();
            let files = || files.iter().map(PathBuf::as_path);
            if stamp::are_older(files(), began) {
                kept.write(draft.folder(), &stamp::stamps(files()))?;
                draft.keep()?;
            }
        }
        list
    }

    /// rustdoc, which extracts. The variable lets this one process, which runs
    /// nothing, take an option that is not stable.
    fn extraction(&self) -> Command {
        let mut rustdoc = command(&self.rustdoc);
        rustdoc.args(&self.args).args(["--output-format", "doctest", "-Zunstable-options"]);
        rustdoc.env("RUSTC_BOOTSTRAP", "1");
        rustdoc
    }

    /// The files that rustdoc reads: those of the library, with what it has for
    /// rustdoc alone.
    fn dep_info(&self, path: &Path) -> Command {
        let mut rustc = command(&self.rustc);
        rustc.args(&self.flags.library).args(&self.flags.examples);
        rustc.args(["--edition", &self.flags.edition, "--cfg=doc", "--cfg=doctest"]);
        if let Some(target) = &self.flags.target {
            rustc.args(["--target", target]);
        }
        rustc.arg("--cap-lints=allow").arg(format!("--emit=dep-info={}", path.display()));
        rustc.arg(&self.flags.source).stdout(Stdio::null()).stderr(Stdio::null());
        rustc
    }

    /// What the compiler says of itself, where something depends on it.
    fn version(&self, json: &str) -> Result<Option<String>, NotUnderstood> {
        if !json.contains(ERROR_CODES) && !json.contains(r#""ignore":{"Some":"#) {
            return Ok(None);
        }
        let mut rustc = command(&self.rustc);
        rustc.arg("-vV");
        output(rustc).map(Some)
    }

    /// rustdoc's own list, where the extraction may have more. A compiler that
    /// takes unstable options also knows blocks like `E0277` for examples,
    /// which the same compiler without them does not.
    fn checked_names(&self, json: &str) -> Result<Option<String>, NotUnderstood> {
        if env::var_os("RUSTC_BOOTSTRAP").is_some() || !json.contains(ERROR_CODES) {
            return Ok(None);
        }
        let mut rustdoc = command(&self.rustdoc);
        rustdoc.args(&self.args).args(["--test-args", "--list", "--test-args", "--format=terse"]);
        output(rustdoc).map(Some)
    }
}

fn output(mut command: Command) -> Result<String, NotUnderstood> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let why = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Err(NotUnderstood(format!("rustdoc does not list its examples: {why}")))
}

fn wait(child: std::process::Child) -> bool {
    child.wait_with_output().is_ok_and(|output| output.status.success())
}

/// What the tools said of a library's examples.
struct Kept {
    json: String,
    /// rustdoc's own list, where it was asked for.
    names: Option<String>,
    /// What the compiler says of itself, where it was asked.
    version: Option<String>,
}

impl Kept {
    fn read(folder: &Path) -> Option<Self> {
        if !stamp::hold(&fs::read_to_string(folder.join(INPUTS)).ok()?) {
            return None;
        }
        let optional = |name: &str| fs::read_to_string(folder.join(name)).ok();
        Some(Self { json: optional(EXAMPLES)?, names: optional(NAMES), version: optional(VERSION) })
    }

    fn write(&self, folder: &Path, inputs: &str) -> io::Result<()> {
        let parts = [(EXAMPLES, Some(&self.json)), (NAMES, self.names.as_ref())];
        for (name, text) in parts.into_iter().chain([(VERSION, self.version.as_ref())]) {
            if let Some(text) = text {
                fs::write(folder.join(name), text)?;
            }
        }
        fs::write(folder.join(INPUTS), inputs)
    }

    fn list(&self) -> Result<List, NotUnderstood> {
        let examples = select(&self.json, self.names.as_deref())?;
        let say = |what: &str| {
            let mut lines = self.version.iter().flat_map(|text| text.lines());
            lines.find_map(|line| line.strip_prefix(what)).unwrap_or_default().to_owned()
        };
        let release = say("release: ");
        Ok(List {
            examples,
            host: say("host: "),
            is_unstable: release.contains('-') && !release.contains("-beta"),
        })
    }
}

/// The examples that rustdoc itself lists as well. Where it lists those with
/// error codes at all, it does not check the codes on a stable compiler.
fn select(json: &str, names: Option<&str>) -> Result<Vec<Example>, NotUnderstood> {
    let mut all = examples(json).map_err(NotUnderstood)?;
    let Some(names) = names else { return Ok(all) };
    let mut left: HashMap<&str, usize> = HashMap::new();
    for name in names.lines().filter_map(|line| line.strip_suffix(": test")) {
        *left.entry(name).or_default() += 1;
    }
    all.retain(|example| match left.get_mut(example.name.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    });
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustdoc_has_the_last_word_on_what_an_example_is() {
        let json = include_str!("../../../../../tests/streams/cargo/doctests.json");
        let names = |names: Option<&str>| {
            let Ok(examples) = select(json, names) else { panic!("it is understood") };
            examples.into_iter().map(|example| example.line).collect::<Vec<_>>()
        };
        assert_eq!(names(None).len(), 11);
        let listed = "src/lib.rs - (line 3): test\nsrc/lib.rs - add (line 24): test\n";
        assert_eq!(names(Some(listed)), [3, 24]);
    }
}
