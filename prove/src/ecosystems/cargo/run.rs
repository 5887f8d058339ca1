//! The command lines of test programs.

use std::collections::HashSet;
use std::ffi::OsString;

use crate::ecosystems::{Case, Context, Ignored, Pick};
use crate::launch::LOG_PATH;
use crate::target::{CaseName, Location};

/// The most bytes of names in one command line. Linux takes 2 MiB of
/// arguments and environment together, macOS half of it.
const NAMES: usize = 768 << 10;

/// What libtest is asked to run.
#[derive(Debug, PartialEq)]
pub(super) struct Order {
    pub(super) args: Vec<OsString>,
    /// The cases in the order in which they begin.
    pub(super) cases: Vec<CaseName>,
    /// Where each stands.
    pub(super) places: Vec<Option<Location>>,
}

/// The arguments for these cases of a test program, or why it cannot be.
pub(super) fn order(
    known: &[Case],
    pick: &Pick,
    threads: usize,
    context: &Context,
    harness: &[String],
) -> Result<Order, String> {
    let chosen = chosen(known, pick);
    let taken = known.iter().zip(&chosen).filter(|(_, yes)| **yes);
    let (cases, places) = taken.map(|(c, _)| (c.name.clone(), c.location.clone())).unzip();
    let mut args: Vec<OsString> = harness.iter().map(OsString::from).collect();
    args.push(format!("--test-threads={threads}").into());
    if threads == 1 || context.no_capture {
        args.push("--nocapture".into());
    }
    args.extend(ignored(context.ignored).map(OsString::from));
    args.extend(names(known, &chosen)?.into_iter().map(OsString::from));
    args.extend(["--logfile".into(), LOG_PATH.into()]);
    Ok(Order { args, cases, places })
}

/// libtest's word for which ignored cases run.
pub(super) fn ignored(ignored: Ignored) -> Option<&'static str> {
    match ignored {
        Ignored::No => None,
        Ignored::Only => Some("--ignored"),
        Ignored::Also => Some("--include-ignored"),
    }
}

fn chosen(known: &[Case], pick: &Pick) -> Vec<bool> {
    match pick {
        Pick::All => vec![true; known.len()],
        Pick::Only(names) => {
            let names: HashSet<&CaseName> = names.iter().collect();
            known.iter().map(|case| names.contains(&case.name)).collect()
        }
        Pick::Not(names) => {
            let names: HashSet<&CaseName> = names.iter().collect();
            known.iter().map(|case| !names.contains(&case.name)).collect()
        }
    }
}

/// Nothing for all; else the names, or the others to skip, whichever is shorter.
fn names<'a>(known: &'a [Case], chosen: &[bool]) -> Result<Vec<&'a str>, String> {
    let part = |yes: bool| {
        let of = known.iter().zip(chosen).filter(move |(_, is)| **is == yes);
        of.map(|(case, _)| &*case.name)
    };
    let bytes = |yes: bool| part(yes).map(|name| name.len() + 1).sum::<usize>();
    let skipped = bytes(false) + part(false).count() * "--skip ".len();
    if skipped == 0 {
        return Ok(Vec::new());
    }
    let mut words = vec!["--exact"];
    if bytes(true) <= skipped {
        words.extend(part(true));
    } else {
        words.extend(part(false).flat_map(|name| ["--skip", name]));
    }
    if bytes(true).min(skipped) > NAMES {
        return Err("the names of the chosen cases do not fit in a command line".to_owned());
    }
    Ok(words)
}

/// What was handed to cargo for the test programs, without what we set ourselves.
pub(super) fn harness_args(args: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--test-threads" => {
                args.next();
            }
            "--nocapture" | "--no-capture" | "--show-output" => {}
            arg if arg.starts_with("--test-threads=") => {}
            _ => kept.push(arg.clone()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Case> {
        ["a", "b::long_name", "c"].map(Case::named).into()
    }

    #[track_caller]
    fn check(pick: &Pick, threads: usize, ignored: Ignored, expect: &str, cases: &[&str]) {
        let context = Context { ignored, ..Context::default() };
        let found = order(&known(), pick, threads, &context, &[]).unwrap();
        let args: Vec<_> = found.args.iter().map(|arg| arg.to_str().unwrap()).collect();
        assert_eq!(args.join(" ").replace(LOG_PATH, "LOG"), expect);
        assert_eq!(found.cases.iter().map(|name| &**name).collect::<Vec<_>>(), cases);
    }

    #[test]
    fn all_some_or_all_but_some() {
        check(
            &Pick::All,
            1,
            Ignored::No,
            "--test-threads=1 --nocapture --logfile LOG",
            &["a", "b::long_name", "c"],
        );
        check(
            &Pick::Only(vec!["c".into(), "a".into()]),
            2,
            Ignored::Also,
            "--test-threads=2 --include-ignored --exact a c --logfile LOG",
            &["a", "c"],
        );
        check(
            &Pick::Not(vec!["c".into()]),
            2,
            Ignored::Only,
            "--test-threads=2 --ignored --exact --skip c --logfile LOG",
            &["a", "b::long_name"],
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let known: Vec<Case> = (0..40_000).map(|n| Case::named(format!("{n:->60}"))).collect();
        let half = known.iter().step_by(2).map(|case| case.name.clone()).collect();
        assert!(order(&known, &Pick::Only(half), 1, &Context::default(), &[]).is_err());
    }

    #[test]
    fn our_own_switches_are_not_given_twice() {
        let args = ["--test-threads", "3", "--nocapture", "--skip", "x", "--test-threads=4"];
        assert_eq!(harness_args(&args.map(String::from)), ["--skip", "x"]);
    }
}
