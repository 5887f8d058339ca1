//! Cargo is not asked to build where nothing has changed: never where it would
//! have built something.
//!
//! Each kind of input is changed in turn. Where `prove` does not ask cargo
//! then, cargo is asked here, and has to find that all is fresh.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::{Ran, Tree, program, prove, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test_with(&["cargo"], "no build is lost: files", files),
        test_with(&["cargo"], "no build is lost: the environment and arguments", environment),
        test_with(&["cargo"], "no build is lost: what was built", built),
        test_with(&["cargo"], "no build is lost: other builds in between", others),
        test_with(&["cargo"], "no build is lost: doc examples", docs),
        test_with(&["cargo"], "cargo is asked where it cannot be known", unknown),
    ]
}

/// Nothing in it but what has to be built again and again, soon.
const ROOT: &str = "[workspace]\nmembers = [\"a\", \"more/*\"]\nresolver = \"2\"\n\
    [profile.dev]\ndebug = 0\nincremental = false\n";

const LIB: &str = r#"
pub fn note() -> &'static str { include_str!("note.txt") }
pub fn noted() -> Option<&'static str> { option_env!("TRIED_NOTED") }
pub fn made() -> &'static str { include_str!(concat!(env!("OUT_DIR"), "/made.txt")) }
pub fn far() -> u8 { far::far() }
mod part;
#[test]
fn t() {}
"#;

const SCRIPT: &str = r#"fn main() {
    println!("cargo:rerun-if-changed=data.txt");
    println!("cargo::rerun-if-changed=folder");
    println!("cargo:rerun-if-env-changed=TRIED_SCRIPT");
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::copy("data.txt", format!("{out}/made.txt")).unwrap();
}
"#;

/// A workspace of two packages, and one outside of it that they depend on.
fn workspace() -> Tree {
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{rest}")
    };
    let a = "[features]\nextra = []\n[dependencies]\nfar = { path = \"../../far\" }\n";
    Tree::new()
        .file("w/Cargo.toml", ROOT)
        .file("w/a/Cargo.toml", package("a", a))
        .file("w/a/build.rs", SCRIPT)
        .file("w/a/data.txt", "data")
        .file("w/a/folder/deep/file.txt", "1")
        .file("w/a/src/lib.rs", LIB)
        .file("w/a/src/part.rs", "")
        .file("w/a/src/note.txt", "note")
        .file("w/a/src/main.rs", "fn main() { println!(\"{:?}\", option_env!(\"TRIED_MAIN\")) }")
        .file("w/a/tests/it.rs", "mod common;\n#[test]\nfn t() { assert!(a::far() > 0) }")
        .file("w/a/tests/common/mod.rs", "")
        .file("w/more/b/Cargo.toml", package("b", ""))
        .file("w/more/b/src/lib.rs", "#[test] fn t() {}")
        .file("far/Cargo.toml", package("far", "[workspace]\n"))
        .file("far/src/lib.rs", "pub fn far() -> u8 { 1 }")
}

/// A tree, and how `prove` and cargo are called in it.
struct Tried<'a> {
    tree: &'a Tree,
    env: &'a [(&'a str, &'a str)],
    args: &'a [&'a str],
}

impl Tried<'_> {
    fn root(&self) -> std::path::PathBuf {
        self.tree.path().join("w")
    }

    /// Whether `prove` built without asking cargo.
    fn kept(&self) -> bool {
        let mut command = prove(&self.root());
        command.args(["--docs", "off", "--format", "json"]).envs(self.env.iter().copied());
        if !self.args.is_empty() {
            command.arg("--args").arg(format!("cargo={}", self.args.join(" ")));
        }
        let ran = Ran::of(&command.output().unwrap());
        let built: Vec<&Value> = ran.all("build-finished").collect();
        assert_eq!(built.len(), 1, "{:?}", ran.problems());
        built[0]["kept"] == true
    }

    /// Whether cargo finds all fresh.
    fn is_fresh(&self) -> bool {
        let mut command = program("cargo", &self.root());
        command.args(["test", "--no-run", "--workspace", "--message-format=json"]);
        let output = command.args(self.args).envs(self.env.iter().copied()).output().unwrap();
        let messages = str::from_utf8(&output.stdout).unwrap().lines();
        let mut messages = messages.map(|line| serde_json::from_str::<Value>(line).unwrap());
        output.status.success()
            && messages
                .all(|message| message["reason"] != "compiler-artifact" || message["fresh"] == true)
    }

    /// Runs until cargo need not be asked.
    #[track_caller]
    fn settle(&self) {
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(60));
            if self.kept() {
                return;
            }
        }
        panic!("cargo is asked each time: {:?} {:?}", self.env, self.args);
    }

    /// After a change: no build may be lost, and where that is known, none may
    /// be asked for.
    #[track_caller]
    fn check(&self, what: &str, needs_cargo: bool) {
        let kept = self.kept();
        if kept {
            assert!(self.is_fresh(), "{what}: cargo was not asked, and would have built");
        }
        assert_eq!(!kept, needs_cargo, "{what}: whether cargo is asked");
    }
}

fn plain(tree: &Tree) -> Tried<'_> {
    Tried { tree, env: &[], args: &[] }
}

fn files() {
    let tree = workspace();
    let tried = plain(&tree);
    let write = |path: &str, content: &str| {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    tried.settle();
    tried.check("nothing", false);
    for (path, content, needs_cargo) in [
        ("w/a/src/part.rs", "// changed", true),
        ("w/a/src/note.txt", "another note", true),
        ("w/a/src/unused.rs", "", false),
        ("w/a/tests/new.rs", "#[test] fn t() {}", true),
        ("w/a/tests/common/main.rs", "#[test] fn t() {}", true),
        ("w/a/tests/it.rs", "#[test] fn t() {}", true),
        ("w/a/src/bin/tool.rs", "fn main() {}", true),
        ("w/a/data.txt", "other data", true),
        ("w/a/folder/deep/file.txt", "2", true),
        ("w/a/folder/deep/new.txt", "", true),
        ("w/a/build.rs", &format!("{SCRIPT}// changed"), true),
        ("far/src/lib.rs", "pub fn far() -> u8 { 2 }", true),
        ("w/more/b/Cargo.toml", "[package]\nname = \"b\"\nversion = \"0.2.0\"\n", true),
        ("w/more/b/build.rs", "fn main() { println!(\"cargo:rerun-if-changed=x\") }", true),
        ("w/more/b/x", "", true),
        (
            "w/more/c/Cargo.toml",
            "[package]\nname = \"c\"\nversion = \"0.1.0\"\n[lib]\npath = \"x.rs\"",
            true,
        ),
        ("w/more/c/x.rs", "#[test] fn t() {}", true),
        ("w/Cargo.toml", &format!("{ROOT}overflow-checks = false\n"), true),
        ("w/.cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"tried\"]\n", true),
        ("w/.cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"other\"]\n", true),
        (".cargo/config.toml", "[env]\nX = \"1\"\n", true),
        ("w/notes.txt", "of no interest", false),
    ] {
        write(path, content);
        tried.check(path, needs_cargo);
        // Some of them end in a tree that does not build.
        if path != "w/more/c/Cargo.toml" && path != "w/more/b/build.rs" {
            tried.settle();
        }
    }
    fs::remove_file(tree.path().join("w/a/tests/new.rs")).unwrap();
    tried.check("a test file is removed", true);
    tried.settle();
    write("rust-toolchain.toml", "");
    tried.check("a toolchain file", true);
    fs::remove_file(tree.path().join("rust-toolchain.toml")).unwrap();
    let lock = tree.path().join("w/Cargo.lock");
    let text = fs::read_to_string(&lock).unwrap();
    tried.settle();
    fs::write(lock, text + "\n").unwrap();
    tried.check("the lock file", true);
}

fn environment() {
    let tree = workspace();
    plain(&tree).settle();
    let log = [("RUSTFLAGS", "--cfg tried")];
    for (env, needs_cargo) in [
        (&log[..], true),
        (&[("TRIED_NOTED", "1")], true),
        (&[("TRIED_MAIN", "1")], true),
        (&[("TRIED_SCRIPT", "1")], true),
        (&[("CARGO_PROFILE_DEV_OPT_LEVEL", "1")], true),
        (&[("TRIED_NOBODY_ASKS", "1")], false),
    ] {
        let tried = Tried { tree: &tree, env, args: &[] };
        tried.check(&format!("{env:?}"), needs_cargo);
        plain(&tree).settle();
    }
    for args in
        [&["--features", "a/extra"][..], &["--release"], &["--config", "profile.dev.debug=0"]]
    {
        let tried = Tried { tree: &tree, env: &[], args };
        tried.check(&format!("{args:?}"), true);
        tried.settle();
        fs::write(tree.path().join("w/a/src/part.rs"), format!("// {args:?}")).unwrap();
        tried.check(&format!("{args:?} and a change"), true);
    }
}

fn built() {
    let tree = workspace();
    let tried = plain(&tree);
    tried.settle();
    let target = tree.path().join("w/target/debug");
    let named = |folder: &str, part: &str| {
        let mut found: Vec<_> = (fs::read_dir(target.join(folder)).unwrap().flatten())
            .map(|entry| entry.path())
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(part))
            .collect();
        found.sort();
        assert!(!found.is_empty(), "{folder}/{part}");
        found
    };
    let remove = |path: &Path| {
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.unwrap();
    };
    for (folder, part) in [("deps", "it-"), ("deps", "libfar-"), (".fingerprint", "far-")] {
        for path in named(folder, part) {
            remove(&path);
        }
        tried.check(&format!("{folder}/{part}* are removed"), true);
        tried.settle();
    }
    remove(&target.join("a"));
    tried.check("a program is removed", true);
    tried.settle();
    // What cargo does when it begins to build, and is ended there.
    for folder in named(".fingerprint", "far-") {
        fs::write(folder.join("lib-far"), "").unwrap();
    }
    tried.check("a fingerprint is emptied", true);
    tried.settle();
    remove(&tree.path().join("w/target"));
    tried.check("all is removed", true);
}

fn others() {
    let tree = workspace();
    let tried = plain(&tree);
    tried.settle();
    let cargo = |args: &[&str]| {
        let mut command = program("cargo", &tried.root());
        assert!(command.args(args).output().unwrap().status.success(), "{args:?}");
    };
    // It puts another program under the same name, and leaves all else as it is.
    cargo(&["build", "--features", "a/extra"]);
    tried.check("another program under the same name", true);
    tried.settle();
    // A change that was built by another, with its old content restored.
    let part = tree.path().join("w/a/src/part.rs");
    let (old, time) = (fs::read(&part).unwrap(), fs::metadata(&part).unwrap().modified().unwrap());
    fs::write(&part, "// changed").unwrap();
    cargo(&["test", "--no-run", "--workspace"]);
    fs::write(&part, old).unwrap();
    fs::File::options().append(true).open(&part).unwrap().set_modified(time).unwrap();
    tried.check("a change and its restoration", true);
    tried.settle();
    cargo(&["test", "--no-run", "--workspace"]);
    tried.check("the same by cargo itself", false);
}

fn unknown() {
    // A script without rules, and one that names what is not there.
    let scripts = ["fn main() {}", "fn main() { println!(\"cargo:rerun-if-changed=nothing\") }"];
    for script in scripts {
        let tree = workspace().file("w/more/b/build.rs", script);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(60));
            assert!(!plain(&tree).kept(), "{script}");
        }
    }
    // A compiler that is wrapped: it is one of the inputs.
    let wrapper = "#!/bin/sh\nexec \"$@\"\n";
    let tree = workspace()
        .file("wrap.sh", wrapper)
        .file(".cargo/config.toml", "[build]\nrustc-wrapper = \"./wrap.sh\"\n");
    let path = tree.path().join("wrap.sh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    plain(&tree).settle();
    fs::write(path, format!("{wrapper}# changed\n")).unwrap();
    plain(&tree).check("the wrapper has changed", true);
    // A setting that asks for it.
    let tree = workspace().file("w/prove.toml", "[cargo]\nask = \"always\"\n");
    let asked: BTreeSet<bool> = (0..4).map(|_| plain(&tree).kept()).collect();
    assert_eq!(asked, BTreeSet::from([false]));
}

fn docs() {
    let example = |line: &str| format!("/// ```\n/// {line}\n/// ```\npub fn f() {{}}\n");
    let seen = "assert_eq!(std::env::var(\"TRIED_DOC\").as_deref(), Ok(\"1\"));";
    let manifest = "[package]\nname = \"tried\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let tree = Tree::new().file("Cargo.toml", manifest).file("src/lib.rs", example(seen));
    let cases = |value: &str| {
        std::thread::sleep(Duration::from_millis(60));
        tree.prove_with(&[], |command| command.env("TRIED_DOC", value)).cases()
    };
    for _ in 0..4 {
        assert_eq!(cases("1"), ["src/lib.rs::f #1 passed"]);
    }
    // What cargo hands on to rustdoc is as old as the run in which it was asked.
    for _ in 0..3 {
        assert_eq!(cases("2"), ["src/lib.rs::f #1 failed assertion"]);
    }
    let more = example("assert!(true);").replace("fn f", "fn g");
    fs::write(tree.path().join("src/lib.rs"), example(seen) + &more).unwrap();
    for _ in 0..3 {
        assert_eq!(cases("1"), ["src/lib.rs::f #1 passed", "src/lib.rs::g #1 passed"]);
    }
}
