//! Claims and sessions, with no file and no process.

use std::collections::HashMap;

use super::*;
use crate::ecosystems::{Env, Input, Pick, Step, Take, TargetId, Why};
use crate::launch::{Launch, Protocol};
use crate::tree::Tree;

/// A tree of these files; what stands behind ` = ` is a file's content, and a
/// `*` before its name makes it executable.
fn tree(files: &[&str]) -> Tree {
    let mut tree = Tree { root: "/r".into(), ..Tree::default() };
    let mut facts = Vec::new();
    for file in files {
        let (name, content) = file.split_once(" = ").unwrap_or((file, ""));
        let path = TreePath::new(name.trim_start_matches('*'));
        let executable = name.starts_with('*');
        let file = File {
            path: &path,
            content: content.as_bytes(),
            size: content.len() as u64,
            executable,
        };
        if Tap.reads(&path) != Reads::Nothing {
            facts.extend(Tap.examine(file).map(|found| (path.clone(), found)));
        }
        tree.files.push(path);
    }
    tree.files.sort();
    facts.sort_by(|(a, _), (b, _)| a.cmp(b));
    tree.facts.push(facts);
    tree
}

fn claims(tree: &Tree) -> Claims {
    Tap.claim(View { tree, index: 0 })
}

/// What is claimed: `ROOT: SCRIPT (EVIDENCE), ...`, and `- PATH: WHY`.
fn said(tree: &Tree) -> String {
    let claims = claims(tree);
    let mut lines = Vec::new();
    for project in &claims.projects {
        lines.push(format!("{}: {}", project.root, project.evidence));
        let target = |sighted: &crate::ecosystems::Sighted| {
            format!("  {} ({})", sighted.target.label(), sighted.evidence)
        };
        lines.extend(project.targets.iter().map(target));
    }
    lines.extend(claims.passed_over.iter().map(|over| format!("- {}: {}", over.path, over.why)));
    lines.join("\n")
}

#[test]
fn distributions_and_their_t() {
    let tree = tree(&[
        "Makefile.PL",
        "lib/A.pm",
        "t/a.t",
        "t/deep/b.t = use Test::More;",
        "t/README",
        "inc/other/cpanfile",
        "inc/other/t/c.t",
        "notes/t/d.t = #!/bin/sh",
        "notes/t/e.t",
    ]);
    assert_eq!(
        said(&tree),
        ".: a distribution (it has Makefile.PL), run with lib in Perl's path
  t/a.t (in t/ of a distribution (it has Makefile.PL))
  t/deep/b.t (Perl, by `use Test`)
inc/other: a distribution (it has cpanfile)
  inc/other/t/c.t (in t/ of a distribution (it has cpanfile))
notes: scripts that print TAP
  notes/t/d.t (its first line, `#!/bin/sh`)
- notes/t/e.t: nothing says that it is a test: no `#!`, no plan, no Perl; name it to run it"
    );
}

#[test]
fn other_files_called_t() {
    let tree = tree(&["man/x.t = .TH X 1", "s.t = #!/bin/sh", "c.t = a\n  $ echo", "d.t = \0"]);
    assert_eq!(
        said(&tree),
        ".: scripts that print TAP
  s.t (its first line, `#!/bin/sh`)
- c.t: a cram test, not TAP: run it with `cram`
- d.t: not a script: it is large, or no text; give it a first line with `#!` if it is
- man/x.t: nothing says that it is a test: no `#!`, no plan, no Perl; name it to run it"
    );
}

#[test]
fn a_distribution_runs_what_is_in_t() {
    let mut tree = tree(&[
        "cpanfile",
        "t/a.t = use v5.36",
        "examples/b.t = use v5.36",
        "app/t/c.t = use v5.36",
    ]);
    let claimed = "app: scripts that print TAP\n  app/t/c.t (Perl, by `use v5`)";
    let root = ".: a distribution (it has cpanfile)";
    let (a, b) = ("  t/a.t (Perl, by `use v5`)", "  examples/b.t (Perl, by `use v5`)");
    let over =
        "- examples/b.t: not in t/, so its distribution does not run it: `prove examples/b.t` does";
    assert_eq!(said(&tree), format!("{root}\n{a}\n{claimed}\n{over}"));
    tree.named = vec![TreePath::new("examples")];
    assert_eq!(said(&tree), format!("{root}\n{b}\n{a}\n{claimed}"));
}

#[test]
fn author_tests_wait_to_be_asked_for() {
    let mut tree =
        tree(&["META.json", "xt/a.t = use strict", "xt/sub/t/b.t = use strict", "t/c.t"]);
    let c = "  t/c.t (in t/ of a distribution (it has META.json))";
    let root = ".: a distribution (it has META.json)";
    let over = "- xt: author tests run only when they are asked for: `prove xt`";
    assert_eq!(said(&tree), format!("{root}\n{c}\n{over}"));
    for all in [".", "t"] {
        tree.named = vec![if all == "." { TreePath::root() } else { TreePath::new(all) }];
        assert_eq!(said(&tree), format!("{root}\n{c}\n{over}"), "{all}");
    }
    let (a, b) = ("  xt/a.t (Perl, by `use strict`)", "  xt/sub/t/b.t (Perl, by `use strict`)");
    for asked in ["xt", "xt/a.t"] {
        tree.named = vec![TreePath::new(asked)];
        assert_eq!(said(&tree), format!("{root}\n{c}\n{a}\n{b}"), "{asked}");
    }
}

#[test]
fn a_name_is_evidence_enough_for_who_gives_it() {
    let mut tree = tree(&["x.t = ok"]);
    tree.named = vec![TreePath::new("x.t")];
    assert_eq!(said(&tree), ".: scripts that print TAP\n  x.t (an argument names it)");
}

/// The launch of the only script of a tree.
fn launch(tree: &Tree, args: &[&str], env: &[(&str, &str)]) -> Launch {
    let claims = claims(tree);
    let pairs = env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let context = Context {
        root: tree.root.clone(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: Env(pairs.collect::<HashMap<_, _>>()),
        ..Context::default()
    };
    let mut session = Tap.open(&claims.projects[0], &context);
    let mut steps = Vec::new();
    session.on(Input::Start, &mut steps);
    assert!(
        matches!(&*steps, [Step::Offer(offer), Step::OffersDone] if offer.id == TargetId(0)),
        "{steps:?}"
    );
    steps.clear();
    let take = Take::new(TargetId(0), Pick::All, Why::First);
    session.on(Input::Take(take), &mut steps);
    match steps.pop() {
        Some(Step::Run(_, TargetId(0), launch)) => launch,
        other => panic!("{other:?}"),
    }
}

/// What is typed for a script with this content, and where.
#[track_caller]
fn check(files: &[&str], typed: &str) {
    let launch = launch(&tree(files), &[], &[]);
    assert_eq!(format!("{}$ {launch}", launch.cwd.display()), typed);
}

#[test]
fn interpreters() {
    check(&["d/cpanfile", "d/t/a.t"], "/r/d$ perl t/a.t");
    check(&["t/a.t = #!/usr/bin/perl -w\n"], "/r$ perl t/a.t");
    check(&["*t/a.t = #!/usr/bin/perl -wT\n"], "/r$ perl -T t/a.t");
    check(&["t/a.t = #!/bin/sh\n"], "/r$ /bin/sh t/a.t");
    check(&["t/a.t = #!/bin/bash -e -u\n"], "/r$ /bin/bash '-e -u' t/a.t");
    check(&["*t/a.t = #!/bin/sh\n"], "/r$ /r/t/a.t");
    check(&["t/a.t = #!/usr/bin/env -S python3 -u\n"], "/r$ python3 -u t/a.t");
    check(&["t/a.t = echo 1..1\n"], "/r$ sh t/a.t");
    check(&["-a.t = echo 1..1\n"], "/r$ sh ./-a.t");
}

#[test]
fn arguments_and_environment() {
    let plain = tree(&["d/cpanfile", "d/t/a.t", "d/lib/A.pm", "d/blib/lib/A.pm"]);
    let launch_of = |tree: &Tree, env| launch(tree, &["-x", "y z"], env);
    let launch = launch_of(&plain, &[("PERL5LIB", "/mine")]);
    assert_eq!(launch.to_string(), "perl t/a.t -x 'y z'");
    let env: Vec<_> = launch
        .env
        .iter()
        .map(|(key, value)| format!("{}={}", key.display(), value.as_ref().unwrap().display()))
        .collect();
    let library = "PERL5LIB=/r/d/lib:/r/d/blib/lib:/r/d/blib/arch:/mine";
    assert_eq!(env, ["HARNESS_ACTIVE=1", "HARNESS_VERSION=3.50", "TAP_VERSION=14", library]);
    let Protocol::Tap(protocol) = &launch.protocol else { panic!("{:?}", launch.protocol) };
    assert_eq!((&*protocol.script, &*protocol.base), ("d/t/a.t", "d"));

    let tainted = tree(&["cpanfile", "t/a.t = #!perl -T\n", "lib/A.pm"]);
    let tainted = launch_of(&tainted, &[("PERL5LIB", "/mine"), ("HARNESS_PERL", "perl5.36")]);
    assert_eq!(tainted.to_string(), "perl5.36 -T -I/r/lib -I/mine t/a.t -x 'y z'");
}

#[test]
fn switches_for_every_perl() {
    let plain = tree(&["d/cpanfile", "d/t/a.t", "d/lib/A.pm"]);
    let switches = |text| launch(&plain, &[], &[("HARNESS_PERL_SWITCHES", text)]).to_string();
    assert_eq!(switches("-w -Mlib='a b'"), "perl -w '-Mlib=a b' t/a.t");
    assert_eq!(switches("-t"), "perl -t -I/r/d/lib t/a.t");
}

#[test]
fn a_name_that_is_not_text_is_run_by_its_true_form() {
    use std::os::unix::ffi::OsStrExt;
    let mut tree = tree(&["t/a.t = #!/bin/sh\n"]);
    let path = TreePath::new("t").child(std::ffi::OsStr::from_bytes(b"\xff.t"));
    tree.facts[0][0].0 = path;
    assert_eq!(launch(&tree, &[], &[]).argv[1].as_bytes(), b"t/\xff.t");
}
