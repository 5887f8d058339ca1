//! Rust tests find what they find under `cargo test`: runners, variables of the
//! configuration, targets, threads; and crates that are not like others run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use libtest_mimic::Trial;

use crate::support::{Ran, Tree, program, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test_with(&["cargo"], "runners and variables of cargo's configuration", runners),
        test_with(&["cargo"], "a target that is named, and a folder for it", targets),
        test_with(&["cargo"], "RUST_TEST_THREADS is the most that run at once", threads),
        test_with(&["cargo"], "crates that are not like others", crates),
        test_with(&["cargo"], "doc examples that cargo test leaves out", left_out),
        test_with(&["cargo"], "benchmarks that run as tests", benches),
    ]
}

fn package(rest: &str) -> String {
    let head =
        "[package]\nname = \"tried\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
    format!("{head}{rest}\n[profile.dev]\ndebug = 0\n")
}

/// Both agree that all is well.
#[track_caller]
fn green(tree: &Tree, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut cargo = program("cargo", tree.path());
    let output = cargo.arg("test").args(args).envs(env.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "cargo test {args:?}: {said}");
    let quoted: Vec<_> = args.iter().map(|arg| prove::launch::quote(arg)).collect();
    let ours = format!("cargo={}", quoted.join(" "));
    let given: &[&str] = if args.is_empty() { &[] } else { &["--args", &ours] };
    let ran = tree.prove_with(given, |command| command.envs(env.iter().copied()));
    ran.exits(0);
    ran
}

fn runners() {
    let seen = |name: &str, value: &str| {
        format!(
            "#[test] fn t() {{ assert_eq!(std::env::var({name:?}).as_deref(), Ok({value:?})) }}"
        )
    };
    let tree = Tree::new()
        .file("Cargo.toml", package("[lib]\ndoctest = false"))
        .file("run.sh", "#!/bin/sh\nTRIED_RUNNER=\"$1\"; export TRIED_RUNNER; shift; exec \"$@\"\n")
        .file("src/lib.rs", "")
        .file("tests/runner.rs", seen("TRIED_RUNNER", "by the file"))
        .file("tests/variable.rs", seen("TRIED_SET", "1"));
    let run = tree.path().join("run.sh");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).unwrap();
    let config = |runner: &str| {
        let folder = tree.path().join(".cargo");
        fs::create_dir_all(&folder).unwrap();
        let text = format!("[env]\nTRIED_SET = \"1\"\n[target.'cfg(unix)']\nrunner = {runner}\n");
        fs::write(folder.join("config.toml"), text).unwrap();
    };
    config("[\"./run.sh\", \"by the file\"]");
    green(&tree, &[], &[]);
    config("[\"./run.sh\", \"another\"]");
    tree.prove(&["tests/runner.rs"]).expect(1, &["tests/runner.rs::t failed assertion"]);
    // What is said nearer wins, for both.
    let tree = tree.file("tests/runner.rs", seen("TRIED_RUNNER", "near"));
    let tree = tree.file("tests/variable.rs", seen("TRIED_SET", "2"));
    let near = format!("target.'cfg(unix)'.runner=['{}','near']", run.display());
    green(&tree, &["--config", "env.TRIED_SET='2'", "--config", &near], &[]);
}

fn targets() {
    let tree = Tree::new()
        .file("Cargo.toml", package("[lib]\ndoctest = false\n[[bin]]\nname = \"tool\"\npath = \"src/tool.rs\""))
        .file("src/lib.rs", "#[test] fn t() {}")
        .file("src/tool.rs", "fn main() {}")
        .file(
            "tests/it.rs",
            "#[test] fn t() { assert!(std::path::Path::new(env!(\"CARGO_BIN_EXE_tool\")).exists()) }",
        );
    let said = program("rustc", tree.path()).arg("-vV").output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    green(&tree, &["--target", host], &[("CARGO_TARGET_DIR", "elsewhere")]);
    assert!(tree.path().join("elsewhere").join(host).is_dir());
    let quiet = [("CARGO_TERM_COLOR", "always"), ("CARGO_TERM_VERBOSE", "true")];
    green(&tree, &["--release"], &quiet);
}

fn threads() {
    let overlap = "use std::sync::atomic::{AtomicU8, Ordering};\n\
        static RUNNING: AtomicU8 = AtomicU8::new(0);\n\
        fn alone() {\n    assert_eq!(RUNNING.fetch_add(1, Ordering::SeqCst), 0);\n    \
        std::thread::sleep(std::time::Duration::from_millis(50));\n    \
        RUNNING.fetch_sub(1, Ordering::SeqCst);\n}\n\
        #[test] fn a() { alone() }\n#[test] fn b() { alone() }\n#[test] fn c() { alone() }\n";
    let tree = Tree::new()
        .file("Cargo.toml", package("[lib]\ndoctest = false"))
        .file("src/lib.rs", overlap);
    green(&tree, &[], &[("RUST_TEST_THREADS", "1")]);
    let ran = tree.prove_with(&["-j", "3", "--max-fail", "9"], |command| command);
    assert_eq!(ran.code, 1, "three at once: {:?}", ran.cases());
}

fn crates() {
    let aborts = "[lib]\ndoctest = false\n[profile.dev.package.\"*\"]\nopt-level = 0\n";
    let tree = Tree::new()
        .file("Cargo.toml", package(aborts) + "panic = \"abort\"\n")
        .file("src/lib.rs", "#[test] #[should_panic] fn t() { panic!() }");
    green(&tree, &[], &[]);
    let tree = Tree::new().file("Cargo.toml", package("")).file(
        "src/lib.rs",
        "#![no_std]\n/// ```\n/// tried::f();\n/// ```\npub fn f() {}\n#[test] fn t() {}",
    );
    green(&tree, &[], &[]).expect(0, &["src/lib.rs::f #1 passed", "src/lib.rs::t passed"]);
    let makes = "extern crate proc_macro;\nuse proc_macro::TokenStream;\n\
        /// ```\n/// tried::nothing!();\n/// ```\n\
        #[proc_macro] pub fn nothing(_: TokenStream) -> TokenStream { TokenStream::new() }\n\
        #[test] fn t() {}";
    let tree = Tree::new()
        .file("Cargo.toml", package("[lib]\nproc-macro = true"))
        .file("src/lib.rs", makes);
    green(&tree, &[], &[]).expect(0, &["src/lib.rs::nothing #1 passed", "src/lib.rs::t passed"]);
}

/// Cargo, asked for documentation alone, would run them.
fn left_out() {
    let member = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{rest}")
    };
    let example = |name: &str| format!("/// ```\n/// {name}::f();\n/// ```\npub fn f() {{}}\n");
    let tree = Tree::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"2\"\n")
        .file("a/Cargo.toml", member("a", ""))
        .file("a/src/lib.rs", example("a"))
        .file("b/Cargo.toml", member("b", "[lib]\ndoctest = false\n"))
        .file("b/src/lib.rs", example("b"));
    green(&tree, &[], &[]).expect(0, &["a/src/lib.rs::f #1 passed"]);
}

fn benches() {
    // As criterion's: it measures only where cargo asks it to.
    let main = "fn main() { assert!(!std::env::args().any(|arg| arg == \"--bench\")) }";
    let rest = "[lib]\ndoctest = false\n[[bench]]\nname = \"run\"\nharness = false\ntest = true\n\
        [[bench]]\nname = \"asked\"\nharness = false\n";
    let tree = Tree::new()
        .file("Cargo.toml", package(rest))
        .file("src/lib.rs", "#[test] fn t() {}")
        .file("benches/run.rs", main)
        .file("benches/asked.rs", main);
    green(&tree, &[], &[]).expect(0, &["benches/run.rs::main passed", "src/lib.rs::t passed"]);
    green(&tree, &["--benches"], &[]).expect(
        0,
        &["benches/asked.rs::main passed", "benches/run.rs::main passed", "src/lib.rs::t passed"],
    );
}
