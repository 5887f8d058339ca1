//! One tree, and what is taken of it for what is typed.

use super::*;
use crate::target::Location;

/// A crate's tests and doc examples, a script, and a module known only as it runs.
fn tree() -> Vec<(Target, Option<Vec<Case>>, Addressable)> {
    let target = |path: &str, kind, ecosystem, name: Option<&str>| Target {
        path: TreePath::new(path),
        kind,
        ecosystem,
        name: name.map(Into::into),
    };
    let case = |name: &str, file: &str| Case {
        location: Some(Location { file: file.into(), line: Some(1) }),
        ..Case::named(name)
    };
    let ignored = |name: &str| Case { ignored: true, ..Case::named(name) };
    vec![
        (
            target("src/lib.rs", Kind::Test, "cargo", None),
            Some(vec![
                case("parse::empty", "src/parse.rs"),
                case("parse::empty::deep", "src/parse.rs"),
                case("tests::all", "src/lib.rs"),
            ]),
            Addressable::Case,
        ),
        (
            target("src/lib.rs", Kind::Doc, "cargo", None),
            Some(vec![Case::named("Reader::open #1"), Case::named("Reader::open #2")]),
            Addressable::Case,
        ),
        (
            target("src/lib.rs", Kind::Test, "cargo", Some("other")),
            Some(vec![Case::named("parse::empty")]),
            Addressable::Case,
        ),
        (
            target("t/basic.t", Kind::Test, "tap", None),
            Some(vec![Case::named("1 - opens"), Case::named("2 - closes")]),
            Addressable::Target,
        ),
        (target("tests/test_api.py", Kind::Test, "python", None), None, Addressable::Case),
        (
            target("tests/slow.rs", Kind::Test, "cargo", None),
            Some(vec![Case::named("quick"), ignored("slow")]),
            Addressable::Case,
        ),
    ]
}

struct Asked {
    names: Vec<String>,
    expression: Option<&'static str>,
    kind: Option<Kind>,
    ecosystems: Vec<String>,
    ignored: Ignored,
    cwd: &'static str,
}

impl Asked {
    fn selection(&self) -> Result<Selection, Error> {
        Selection::parse(&Words {
            names: &self.names,
            expression: self.expression,
            kind: self.kind,
            ecosystems: &self.ecosystems,
            ignored: self.ignored,
            cwd: &TreePath::new(self.cwd),
            root: Path::new("/tree"),
        })
    }

    /// What is taken of the tree, in short.
    fn taken(&self) -> Vec<String> {
        let tree = tree();
        let mut selection = self.selection().unwrap();
        selection.settle(tree.iter().map(|(target, ..)| target));
        let mut all = Vec::new();
        for (target, cases, addressable) in &tree {
            let before = selection.target(target);
            let picked = selection.pick(target, cases.as_deref(), *addressable);
            // The early answer never contradicts the late one.
            match &picked.pick {
                None => assert_ne!(before, Verdict::All),
                Some(Pick::All | Pick::Only(_) | Pick::Not(_)) => assert_ne!(before, Verdict::No),
            }
            let label = if target.kind == Kind::Doc { "doc".into() } else { target.label() };
            let wide = if picked.widened.is_some() { " (widened)" } else { "" };
            all.extend(picked.pick.map(|pick| match pick {
                Pick::All => format!("{label}{wide}"),
                Pick::Only(names) => format!("{label}::{{{}}}", names.join(",")),
                Pick::Not(_) => unreachable!("a selection says what, not what not"),
            }));
        }
        all.extend(selection.unmatched().iter().map(|name| format!("? {}", name.typed)));
        all
    }
}

fn names(names: &[&str]) -> Asked {
    Asked {
        names: names.iter().map(|&name| name.into()).collect(),
        expression: None,
        kind: None,
        ecosystems: Vec::new(),
        ignored: Ignored::No,
        cwd: "",
    }
}

#[test]
fn names_select_whole_components() {
    let all = [
        "src/lib.rs",
        "doc",
        "src/lib.rs (other)",
        "t/basic.t",
        "tests/test_api.py",
        "tests/slow.rs",
    ];
    let table: &[(&[&str], &[&str])] = &[
        (&[], &all),
        (&["."], &all),
        (&["/tree"], &all),
        (&["src"], &["src/lib.rs", "doc", "src/lib.rs (other)"]),
        (&["src/"], &["src/lib.rs", "doc", "src/lib.rs (other)"]),
        (&["./src/lib.rs"], &["src/lib.rs", "doc", "src/lib.rs (other)"]),
        (&["src/lib.rs (other)"], &["src/lib.rs (other)"]),
        (&["sr"], &["? sr"]),
        (&["src/lib.rs::parse"], &["src/lib.rs::{parse::empty,parse::empty::deep}"]),
        // The exact one first.
        (&["src/lib.rs::parse::empty"], &["src/lib.rs::{parse::empty}"]),
        (&["src/lib.rs::parse::emp"], &["? src/lib.rs::parse::emp"]),
        (&["src/lib.rs (other)::parse::empty"], &["src/lib.rs (other)"]),
        (&["src/lib.rs::Reader::open"], &["doc"]),
        (&["src/lib.rs::Reader::open #2"], &["doc::{Reader::open #2}"]),
        // The file that cases stand in.
        (&["src/parse.rs"], &["src/lib.rs::{parse::empty,parse::empty::deep}"]),
        // Cases that cannot run alone.
        (&["t/basic.t::1 - opens"], &["t/basic.t (widened)"]),
        (&["t/basic.t::1 - opens", "t/basic.t::2 - closes"], &["t/basic.t"]),
        (&["t/basic.t::3 - is not there"], &["? t/basic.t::3 - is not there"]),
        // Cases that only a run can tell.
        (&["tests/test_api.py::T::test_get"], &["tests/test_api.py (widened)"]),
        (&["tests/test_api.py::(load)"], &["tests/test_api.py"]),
        (&["tests/slow.rs::(end)"], &["tests/slow.rs"]),
        (&["t", "tests/slow.rs::quick"], &["t/basic.t", "tests/slow.rs::{quick}"]),
        (&["src/lib.rs::tests", "no/such"], &["src/lib.rs::{tests::all}", "? no/such"]),
    ];
    for (typed, expected) in table {
        assert_eq!(names(typed).taken(), *expected, "{typed:?}");
    }
}

#[test]
fn names_are_seen_from_where_they_are_typed() {
    let asked = Asked { cwd: "src", ..names(&["lib.rs::tests", "../t"]) };
    assert_eq!(asked.taken(), ["src/lib.rs::{tests::all}", "t/basic.t"]);
    let error = Asked { cwd: "src", ..names(&["../../x"]) }.selection().unwrap_err();
    assert_eq!(error.why, "this leads out of the tree");
    assert!(names(&["/elsewhere/x"]).selection().is_err());
}

#[test]
fn options_narrow() {
    let table: &[(Asked, &[&str])] = &[
        (
            Asked { expression: Some("empty and not deep"), ..names(&[]) },
            &["src/lib.rs::{parse::empty}", "src/lib.rs (other)"],
        ),
        (Asked { expression: Some("opens"), ..names(&[]) }, &["t/basic.t (widened)"]),
        (Asked { expression: Some("api"), ..names(&[]) }, &["tests/test_api.py"]),
        (Asked { expression: Some("test_get"), ..names(&[]) }, &[]),
        (Asked { expression: Some("kind(doc) and 2"), ..names(&[]) }, &["doc::{Reader::open #2}"]),
        (Asked { kind: Some(Kind::Doc), ..names(&["src"]) }, &["doc"]),
        // Named, and left out by another option: it is no unknown name.
        (Asked { kind: Some(Kind::Doc), ..names(&["t"]) }, &[]),
        (Asked { ecosystems: vec!["tap".into()], ..names(&[]) }, &["t/basic.t"]),
        (Asked { ignored: Ignored::Only, ..names(&[]) }, &["tests/slow.rs::{slow}"]),
        (Asked { ignored: Ignored::Also, ..names(&["tests/slow.rs"]) }, &["tests/slow.rs"]),
    ];
    for (asked, expected) in table {
        assert_eq!(asked.taken(), *expected, "{:?} {:?}", asked.names, asked.expression);
    }
    let error = Asked { ecosystems: vec!["pearl".into()], ..names(&[]) }.selection().unwrap_err();
    assert!(error.remedy.contains("cargo, python, tap"), "{error}");
}

#[test]
fn cases_are_needed_only_where_they_decide() {
    let needs = |asked: &Asked| {
        let tree = tree();
        let mut selection = asked.selection().unwrap();
        selection.settle(tree.iter().map(|(target, ..)| target));
        selection.needs_cases(tree.iter().map(|(target, ..)| target))
    };
    assert!(!needs(&names(&[])));
    assert!(!needs(&names(&["tests"])));
    assert!(!needs(&names(&["src/lib.rs"])));
    assert!(needs(&names(&["src/parse.rs"])));
    assert!(needs(&names(&["src/lib.rs::tests"])));
    assert!(needs(&Asked { expression: Some("parse"), ..names(&[]) }));
    assert!(!needs(&Asked { expression: Some("kind(doc)"), ..names(&[]) }));
}

#[test]
fn the_nearest_names_are_suggested() {
    let suggested = |typed: &str| {
        let mut selection = names(&[typed]).selection().unwrap();
        for (target, cases, addressable) in tree() {
            selection.pick(&target, cases.as_deref(), addressable);
        }
        selection.unmatched().remove(0).nearest
    };
    assert_eq!(suggested("tests::all"), ["src/lib.rs::tests::all"]);
    assert_eq!(suggested("tests/test_ap.py"), ["tests/test_api.py"]);
    assert_eq!(suggested("src/lib.rs::test::all")[0], "src/lib.rs::tests::all");
    assert_eq!(suggested("entirely/elsewhere"), Vec::<String>::new());
}

#[test]
fn a_target_that_does_not_load_excuses_its_names() {
    let mut selection = names(&["tests/test_api.py::T::x", "t/basic.t"]).selection().unwrap();
    let (target, ..) = &tree()[4];
    selection.excuse(target);
    let unmatched: Vec<_> = selection.unmatched().into_iter().map(|name| name.typed).collect();
    assert_eq!(unmatched, ["t/basic.t"]);

    // Its path alone needs no excuse: it was seen.
    let tree = tree();
    selection.settle(tree.iter().map(|(target, ..)| target));
    assert_eq!(selection.unmatched(), []);
}

#[test]
fn thousands_of_names_cost_little() {
    let paths: Vec<String> = (0..3_000).map(|i| format!("t/deep/er/{i:04}.t")).collect();
    let targets: Vec<_> = paths
        .iter()
        .map(|path| Target {
            path: TreePath::new(path),
            kind: Kind::Test,
            ecosystem: "tap",
            name: None,
        })
        .collect();
    let asked = Asked { names: paths, ..names(&[]) };
    let start = std::time::Instant::now();
    let mut selection = asked.selection().unwrap();
    selection.settle(&targets);
    assert!(!selection.needs_cases(&targets));
    for target in &targets {
        assert_eq!(selection.pick(target, None, Addressable::Target).pick, Some(Pick::All));
    }
    assert_eq!(selection.unmatched(), []);
    // It takes 0.05 s in a debug build; the bound is for loaded machines.
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
