//! rustdoc's command line as cargo writes it, and what of it the compiler of
//! an example is given.

use std::path::PathBuf;

/// What a call of rustdoc says of its examples.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flags {
    /// The crate's root.
    pub(super) source: String,
    /// The edition of examples that name none.
    pub(super) edition: String,
    /// The platform, where it is not the compiler's own.
    pub(super) target: Option<String>,
    /// Where examples run.
    pub(super) run_directory: Option<PathBuf>,
    /// What rustdoc hands to the compiler of every example.
    pub(super) examples: Vec<String>,
    /// What belongs to the library alone.
    pub(super) library: Vec<String>,
    /// The files and folders of libraries that are linked.
    pub(super) libraries: Vec<PathBuf>,
}

/// What becomes of an option.
#[derive(Clone, Copy)]
enum Use {
    /// The compiler of an example gets it.
    Examples,
    /// It is the library's.
    Library,
    /// It changes nothing here.
    Nothing,
}

/// Options with a value. What stands in no table is not understood, so that an
/// option that changes what an example means is never passed over.
const VALUED: &[(&str, Use)] = &[
    ("--cfg", Use::Examples),
    ("--check-cfg", Use::Examples),
    ("--extern", Use::Examples),
    ("--sysroot", Use::Examples),
    ("-C", Use::Examples),
    ("-L", Use::Examples),
    ("--cap-lints", Use::Library),
    ("--crate-name", Use::Library),
    ("--crate-type", Use::Library),
    ("--edition", Use::Nothing),
    ("--target", Use::Nothing),
    ("--test-run-directory", Use::Nothing),
    ("--allow", Use::Nothing),
    ("--color", Use::Nothing),
    ("--crate-version", Use::Nothing),
    ("--deny", Use::Nothing),
    ("--error-format", Use::Nothing),
    ("--extend-css", Use::Nothing),
    ("--forbid", Use::Nothing),
    ("--html-after-content", Use::Nothing),
    ("--html-before-content", Use::Nothing),
    ("--html-in-header", Use::Nothing),
    ("--out-dir", Use::Nothing),
    ("--warn", Use::Nothing),
    ("-A", Use::Nothing),
    ("-D", Use::Nothing),
    ("-F", Use::Nothing),
    ("-W", Use::Nothing),
    ("-o", Use::Nothing),
];

const SWITCHES: &[&str] = &["--test", "--document-private-items"];

impl Flags {
    /// Reads them; else the first argument that is not understood.
    pub(super) fn read(args: &[String]) -> Result<Self, String> {
        let mut flags = Self { edition: "2015".to_owned(), ..Self::default() };
        let mut rest = args.iter().map(String::as_str);
        while let Some(arg) = rest.next() {
            if SWITCHES.contains(&arg) {
                continue;
            }
            if !arg.starts_with('-') && flags.source.is_empty() {
                arg.clone_into(&mut flags.source);
                continue;
            }
            let (option, found, joined) = option(arg).ok_or_else(|| arg.to_owned())?;
            let value = joined.or_else(|| rest.next()).ok_or_else(|| arg.to_owned())?;
            flags.take(option, found, value);
        }
        if flags.source.is_empty() { Err("no source file".to_owned()) } else { Ok(flags) }
    }

    fn take(&mut self, option: &str, found: Use, value: &str) {
        let joint = if option.starts_with("--") { "=" } else { "" };
        let whole = format!("{option}{joint}{value}");
        match found {
            Use::Examples => self.examples.push(whole),
            Use::Library => self.library.push(whole),
            Use::Nothing => {}
        }
        match option {
            "--edition" => value.clone_into(&mut self.edition),
            "--target" => self.target = Some(value.to_owned()),
            "--test-run-directory" => self.run_directory = Some(value.into()),
            "--extern" => self.libraries.extend(value.split_once('=').map(|(_, path)| path.into())),
            "-L" => self.libraries.extend(search_path(value)),
            _ => {}
        }
    }
}

fn option(arg: &str) -> Option<(&'static str, Use, Option<&str>)> {
    VALUED.iter().find_map(|&(option, found)| {
        let rest = arg.strip_prefix(option)?;
        let joined = if option.starts_with("--") { rest.strip_prefix('=') } else { Some(rest) };
        (rest.is_empty() || joined.is_some())
            .then(|| (option, found, joined.filter(|_| !rest.is_empty())))
    })
}

/// A folder with libraries that are not Rust's. Cargo builds a Rust library
/// anew when one that it depends on changed, so that those which are named
/// stand for all.
fn search_path(value: &str) -> Option<PathBuf> {
    match value.split_once('=') {
        Some(("dependency" | "crate", _)) => None,
        Some(("native" | "framework" | "all", path)) => Some(path.into()),
        _ => Some(value.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Flags, String> {
        Flags::read(&shlex::split(line).unwrap())
    }

    #[test]
    fn as_cargo_writes_it() {
        let flags = read(
            "--edition=2021 --crate-type lib --color auto --crate-name a --test src/lib.rs \
             --test-run-directory /w/a --extern a=/w/target/debug/deps/liba-1.rlib \
             -L dependency=/w/target/debug/deps -L native=/out -C embed-bitcode=no \
             --cfg 'feature=\"x\"' --check-cfg 'cfg(docsrs,test)' --error-format human -Dwarnings \
             --target=x86_64-unknown-linux-gnu",
        )
        .unwrap();
        let expect = Flags {
            source: "src/lib.rs".to_owned(),
            edition: "2021".to_owned(),
            target: Some("x86_64-unknown-linux-gnu".to_owned()),
            run_directory: Some("/w/a".into()),
            examples: [
                "--extern=a=/w/target/debug/deps/liba-1.rlib",
                "-Ldependency=/w/target/debug/deps",
                "-Lnative=/out",
                "-Cembed-bitcode=no",
                "--cfg=feature=\"x\"",
                "--check-cfg=cfg(docsrs,test)",
            ]
            .map(str::to_owned)
            .into(),
            library: ["--crate-type=lib", "--crate-name=a"].map(str::to_owned).into(),
            libraries: ["/w/target/debug/deps/liba-1.rlib", "/out"].map(PathBuf::from).into(),
        };
        assert_eq!(flags, expect);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let unknown = |line: &str| read(line).unwrap_err();
        assert_eq!(unknown("--test a.rs -Zunstable-options"), "-Zunstable-options");
        assert_eq!(unknown("--test a.rs --test-runtool qemu"), "--test-runtool");
        assert_eq!(unknown("--test a.rs --persist-doctests=x"), "--persist-doctests=x");
        assert_eq!(unknown("--test a.rs --cfg"), "--cfg");
        assert_eq!(unknown("--test"), "no source file");
    }
}
