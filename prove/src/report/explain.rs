//! `prove explain`: each thing found, who claimed it on what evidence, and what
//! was passed over and why.

use std::io::{self, Write};

use super::escape;
use crate::ecosystems::{Claims, PassedOver, Project, Sighted};
use crate::event::{Problem, Severity};
use crate::plan::{Override, Overrides, Reach, Whole};
use crate::target::{Addressable, Kind};

/// Explains what each ecosystem claimed, and what the walk could not read.
///
/// # Errors
/// What the writer says.
pub fn explain(
    out: &mut dyn Write,
    claims: &[(&str, &Claims)],
    unread: &[Problem],
    overrides: &Overrides,
) -> io::Result<()> {
    for (ecosystem, claims) in claims {
        for project in &claims.projects {
            explain_project(out, ecosystem, project)?;
        }
    }
    for (ecosystem, claims) in claims {
        for passed in &claims.passed_over {
            explain_passed(out, ecosystem, passed)?;
        }
    }
    for (n, one) in (1..).zip(overrides.iter()) {
        explain_override(out, n, one, claims)?;
    }
    for problem in unread.iter().chain(claims.iter().flat_map(|(_, claims)| &claims.problems)) {
        explain_problem(out, problem)?;
    }
    summary(out, claims)
}

fn explain_project(out: &mut dyn Write, ecosystem: &str, project: &Project) -> io::Result<()> {
    let root = project.root.to_string();
    writeln!(out, "{}: {ecosystem} claims it: {}", name(&root), escape::line(&project.evidence))?;
    for sighted in &project.targets {
        let evidence = escape::line(&sighted.evidence);
        writeln!(out, "  {}: {evidence}{}", label(sighted), cases(sighted))?;
    }
    if project.targets.is_empty() {
        writeln!(out, "  its targets are known only once it is built")?;
    }
    Ok(())
}

fn label(sighted: &Sighted) -> String {
    let doc = if sighted.target.kind == Kind::Doc { " (doc)" } else { "" };
    format!("{}{doc}", escape::line(&sighted.target.label()))
}

/// A path that begins a line.
fn name(path: &str) -> String {
    escape::defused(&escape::line(path)).into_owned()
}

fn cases(sighted: &Sighted) -> String {
    let whole = match sighted.addressable {
        Addressable::Case => "",
        Addressable::Target => ", which run as a whole",
    };
    match &sighted.cases {
        Some(cases) => {
            let more = sighted.unsure.shown().map(|more| format!(", {}", escape::line(&more)));
            let s = if cases.len() == 1 { "" } else { "s" };
            format!("; {} case{s}{}{whole}", cases.len(), more.unwrap_or_default())
        }
        None => format!("; its cases are known only as it runs{whole}"),
    }
}

fn explain_passed(out: &mut dyn Write, ecosystem: &str, passed: &PassedOver) -> io::Result<()> {
    let examples = match passed.examples {
        0 => String::new(),
        1 => " (1 example)".into(),
        n => format!(" ({n} examples)"),
    };
    let path = passed.path.to_string();
    writeln!(
        out,
        "{}: {ecosystem} passes it over: {}{examples}",
        name(&path),
        escape::line(&passed.why)
    )
}

/// What an override is about, as far as that can be seen without running anything.
fn explain_override(
    out: &mut dyn Write,
    n: usize,
    one: &Override,
    claims: &[(&str, &Claims)],
) -> io::Result<()> {
    let pattern = escape::line(&one.pattern);
    writeln!(out, "override {n}, match = \"{pattern}\": {}", escape::line(&one.asks.to_string()))?;
    let projects = claims.iter().flat_map(|(_, claims)| &claims.projects);
    let (mut found, mut open) = (0, 0);
    for sighted in projects.flat_map(|project| &project.targets) {
        let of = match reach(one, sighted) {
            Reach::Nothing => continue,
            Reach::Unknown => {
                open += 1;
                continue;
            }
            Reach::Whole => "all of it".to_owned(),
            Reach::Cases(n) if sighted.addressable == Addressable::Target => {
                format!("all of it, for {n} of its cases")
            }
            Reach::Cases(n) => format!("{n} of its cases"),
        };
        found += 1;
        writeln!(out, "  {}: {of}", label(sighted))?;
    }
    match (found, open) {
        (0, 0) => writeln!(out, "  it matches nothing that can be seen here"),
        (_, 0) => Ok(()),
        (_, 1) => writeln!(out, "  1 target whose cases are not known yet may have some"),
        (_, n) => writeln!(out, "  {n} targets whose cases are not known yet may have some"),
    }
}

fn reach(one: &Override, sighted: &Sighted) -> Reach {
    let names: Option<Vec<_>> =
        sighted.cases.as_ref().map(|cases| cases.iter().map(|case| case.name.clone()).collect());
    let (target, addressable) = (&sighted.target, sighted.addressable);
    one.reach(Whole { target, addressable, known: names.as_deref() })
}

fn explain_problem(out: &mut dyn Write, problem: &Problem) -> io::Result<()> {
    let head = match problem.severity {
        Severity::Error => "error",
        Severity::Note => "note",
    };
    writeln!(out, "{head}: {}", escape::line(&problem.what))?;
    if let Some(location) = &problem.location {
        writeln!(out, "  at {}", escape::line(&location.to_string()))?;
    }
    super::indented(out, "  ", &problem.why)?;
    super::indented(out, "  remedy: ", &problem.remedy)
}

fn summary(out: &mut dyn Write, claims: &[(&str, &Claims)]) -> io::Result<()> {
    let examples: usize = claims
        .iter()
        .flat_map(|(_, claims)| &claims.passed_over)
        .map(|passed| passed.examples)
        .sum();
    if examples > 0 {
        writeln!(out, "{}", super::not_run(examples))?;
    }
    if claims.iter().all(|(_, claims)| claims.projects.is_empty()) {
        let names: Vec<_> = claims.iter().map(|(name, _)| *name).collect();
        writeln!(out, "No ecosystem claims anything here; {} looked at it.", names.join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::ecosystems::{Case, Isolation};
    use crate::plan::{Asks, Defaults, Expression, Serial};
    use crate::target::{Target, TreePath};

    fn sighted(path: &str, kind: Kind, cases: Option<usize>) -> Sighted {
        let cases = cases.map(|n| (0..n).map(|i| Case::named(i.to_string())).collect());
        let path = TreePath::new(path);
        Sighted {
            target: Target { path, kind, ecosystem: "cargo", name: None },
            evidence: "it is there".into(),
            cases,
            unsure: crate::ecosystems::Unsure::default(),
            addressable: Addressable::Case,
        }
    }

    fn overrides() -> Overrides {
        let one = |pattern: &str, asks| Override {
            pattern: pattern.to_owned(),
            expression: Expression::parse(pattern).unwrap(),
            asks,
        };
        let groups = Serial::Groups(["port".into(), "db".into()].into());
        let timeout = Some(Duration::from_millis(1500));
        let env = [("A\n".to_owned(), "b".to_owned())].into();
        let all = vec![
            one("src/", Asks { serial: Some(groups), timeout, ..Asks::default() }),
            one("::1", Asks { isolation: Some(Isolation::Process), env, ..Asks::default() }),
            one("nowhere and kind(test)", Asks::default()),
        ];
        Overrides::new(Defaults::default(), all)
    }

    #[test]
    fn all_that_was_found_is_named_with_its_evidence() {
        let cargo = Claims {
            projects: vec![Project {
                ecosystem: "cargo",
                root: TreePath::root(),
                evidence: "Cargo.toml has [package]".into(),
                targets: vec![
                    sighted("src/lib.rs", Kind::Test, Some(2)),
                    sighted("src/lib.rs", Kind::Doc, None),
                    sighted("tests/b\u{1b}.rs", Kind::Test, Some(1)),
                ],
                detail: Arc::new(()),
            }],
            problems: vec![
                Problem::error("x/Cargo.toml", "line 1\nline 2", "mend it")
                    .at("x/Cargo.toml", Some(3)),
            ],
            passed_over: Vec::new(),
        };
        let tap = Claims {
            passed_over: vec![PassedOver {
                path: TreePath::new("README.md"),
                why: "nothing says that its examples run".into(),
                examples: 4,
            }],
            ..Claims::default()
        };
        let unread = [Problem::note("folder", "permission denied", "")];
        let mut out = Vec::new();
        explain(&mut out, &[("cargo", &cargo), ("tap", &tap)], &unread, &overrides()).unwrap();
        let expected = r#".: cargo claims it: Cargo.toml has [package]
  src/lib.rs: it is there; 2 cases
  src/lib.rs (doc): it is there; its cases are known only as it runs
  tests/b\x1b.rs: it is there; 1 case
README.md: tap passes it over: nothing says that its examples run (4 examples)
override 1, match = "src/": serial = ["db", "port"], timeout = "1.5s"
  src/lib.rs: all of it
  src/lib.rs (doc): all of it
override 2, match = "::1": isolation = "process", env.A\n = "b"
  src/lib.rs: 1 of its cases
  1 target whose cases are not known yet may have some
override 3, match = "nowhere and kind(test)": nothing more
  it matches nothing that can be seen here
note: folder
  permission denied
error: x/Cargo.toml
  at x/Cargo.toml:3
  line 1
  line 2
  remedy: mend it
Found, not run: 4 documentation examples (--docs all runs them)
"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn an_empty_tree_is_said_to_be_empty() {
        let mut out = Vec::new();
        let claims = [("cargo", &Claims::default()), ("tap", &Claims::default())];
        explain(&mut out, &claims, &[], &Overrides::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "No ecosystem claims anything here; cargo, tap looked at it.\n");
    }
}
