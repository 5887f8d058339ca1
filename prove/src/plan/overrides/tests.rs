use super::*;
use crate::target::{Kind, TreePath};

fn target(path: &str) -> Target {
    Target { path: TreePath::new(path), kind: Kind::Test, ecosystem: "cargo", name: None }
}

fn one(pattern: &str, asks: Asks) -> Override {
    let expression = Expression::parse(pattern).unwrap();
    Override { pattern: pattern.to_owned(), expression, asks }
}

fn group(name: &str) -> Asks {
    Asks { serial: Some(Serial::Groups([name.into()].into())), ..Asks::default() }
}

fn env(name: &str, value: &str) -> Asks {
    Asks { env: [(name.to_owned(), value.to_owned())].into(), ..Asks::default() }
}

fn process() -> Asks {
    Asks { isolation: Some(Isolation::Process), ..Asks::default() }
}

fn names(text: &str) -> Vec<CaseName> {
    text.split_whitespace().map(Into::into).collect()
}

/// The takes of `tests/a.rs`: its cases (`all`: no names), then the terms that differ.
fn takes(overrides: &mut Overrides, known: Option<&str>, addressable: Addressable) -> String {
    let target = target("tests/a.rs");
    let known = known.map(names);
    let whole = Whole { target: &target, addressable, known: known.as_deref() };
    let takes = overrides.split(whole, Pick::All, |isolation| isolation != Isolation::Shared);
    let show = |(pick, terms): (Pick, Terms)| {
        let mut text = match pick {
            Pick::All => "all".to_owned(),
            Pick::Only(names) => names.join("+"),
            Pick::Not(names) => format!("not {}", names.join("+")),
        };
        if terms.alone {
            text += " alone";
        }
        for group in &*terms.groups {
            text = format!("{text} @{group}");
        }
        for (name, value) in &*terms.env {
            text = format!("{text} {name}={value}");
        }
        if terms.isolation != Isolation::Shared {
            text = format!("{text} {:?}", terms.isolation);
        }
        if terms.slots > 1 {
            text = format!("{text} x{}", terms.slots);
        }
        text
    };
    takes.into_iter().map(show).collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn check(all: impl IntoIterator<Item = Override>, known: &str, expected: &str) {
    let mut overrides = Overrides::new(Defaults::default(), all.into_iter().collect());
    assert_eq!(takes(&mut overrides, Some(known), Addressable::Case), expected);
}

#[test]
fn a_target_whose_cases_are_alike_stays_whole() {
    check([], "x y", "all");
    check([one("a.rs", group("db"))], "x y", "all @db");
    check([one("x or y", group("db"))], "x y", "all @db");
    check([one("nothing", group("db"))], "x y", "all");
    let timeout = Asks { timeout: Some(Duration::from_secs(1)), ..Asks::default() };
    check([one("x", timeout)], "x y", "all");
}

#[test]
fn cases_that_differ_are_taken_apart_in_their_order() {
    let all = [one("db", group("db")), one("port", Asks { threads: Some(2), ..Asks::default() })];
    check(all, "port1 x db1 y db2 port2", "port1+port2 x2, x+y, db1+db2 @db");
}

#[test]
fn groups_and_variables_add_up_and_the_rest_is_the_later_ones() {
    let all = [
        one("a.rs", group("db")),
        one("x", group("port")),
        one("a.rs", env("A", "1")),
        one("x", env("A", "2")),
        one("x", env("B", "3")),
        one("a.rs", Asks { serial: Some(Serial::Alone), ..Asks::default() }),
    ];
    check(all, "x y", "x alone @db @port A=2 B=3, y alone @db A=1");
}

#[test]
fn what_is_to_be_kept_apart_is_taken_case_by_case() {
    check([one("x", process())], "x1 y1 x2 y2", "x1 Process, x2 Process, y1+y2");
    check([one("a.rs", process())], "x", "x Process");
    let shared = Asks { isolation: Some(Isolation::Shared), ..Asks::default() };
    check(
        [one("a.rs", process()), one("y", shared)],
        "x1 y1 x2 y2",
        "x1 Process, x2 Process, y1+y2",
    );
}

#[test]
fn a_session_that_keeps_cases_apart_itself_gets_them_together() {
    let defaults = Defaults { isolation: Isolation::Fork, ..Defaults::default() };
    let mut overrides = Overrides::new(defaults, Vec::new());
    let (target, known) = (target("tests/a.py"), names("x y"));
    let whole =
        Whole { target: &target, addressable: Addressable::Case, known: Some(known.as_slice()) };
    let takes = overrides.split(whole, Pick::All, |_| false);
    assert_eq!(takes, [(Pick::All, Terms { isolation: Isolation::Fork, ..Terms::default() })]);
}

#[test]
fn what_runs_as_a_whole_has_the_terms_of_all_its_cases() {
    let all = || vec![one("x", group("db")), one("a.rs", env("A", "1")), one("z", group("z"))];
    let mut overrides = Overrides::new(Defaults::default(), all());
    assert_eq!(takes(&mut overrides, Some("x y"), Addressable::Target), "all @db A=1");
    let mut overrides = Overrides::new(Defaults::default(), all());
    assert_eq!(takes(&mut overrides, None, Addressable::Target), "all A=1");
    assert_eq!(overrides.unmatched().count(), 2);
}

#[test]
fn a_part_of_a_target_is_split_as_the_whole_would_be() {
    let mut overrides = Overrides::new(Defaults::default(), vec![one("x", group("db"))]);
    let (target, known) = (target("tests/a.rs"), names("x y z"));
    let whole =
        Whole { target: &target, addressable: Addressable::Case, known: Some(known.as_slice()) };
    let mut picks = |pick| -> Vec<Pick> {
        overrides.split(whole, pick, |_| false).into_iter().map(|(pick, _)| pick).collect()
    };
    let only = |text| Pick::Only(names(text));
    assert_eq!(picks(only("y z")), [only("y z")]);
    assert_eq!(picks(only("x z")), [only("x"), only("z")]);
    assert_eq!(picks(Pick::Not(names("z"))), [only("x"), only("y")]);
    assert_eq!(picks(Pick::Not(names("x"))), [Pick::Not(names("x"))]);
}

#[test]
fn limits_are_those_of_the_last_that_speaks_of_them() {
    let timeout = |seconds| Asks { timeout: Some(Duration::from_secs(seconds)), ..Asks::default() };
    let limits = Limits { timeout: Some(Duration::from_secs(60)), retries: 1 };
    let all = vec![
        one("slow", timeout(600)),
        one("x", Asks { retries: Some(0), ..timeout(5) }),
        one("gone", timeout(1)),
    ];
    let mut overrides = Overrides::new(Defaults { limits, ..Defaults::default() }, all);
    let target = target("tests/a.rs");
    let mut of = |case: &str| {
        let limits = overrides.limits(&target, Some(case));
        (limits.timeout.unwrap().as_secs(), limits.retries)
    };
    assert_eq!(of("y"), (60, 1));
    assert_eq!(of("slow"), (600, 1));
    assert_eq!(of("slow_x"), (5, 0));
    let left: Vec<_> = overrides.unmatched().map(|one| one.pattern.as_str()).collect();
    assert_eq!(left, ["gone"]);
}

#[test]
fn cases_are_needed_only_where_a_take_depends_on_them() {
    let retries = Asks { retries: Some(1), ..Asks::default() };
    let overrides = |pattern, asks| Overrides::new(Defaults::default(), vec![one(pattern, asks)]);
    let target = target("tests/a.rs");
    assert!(overrides("x", group("db")).needs_cases(&target));
    assert!(!overrides("x", retries).needs_cases(&target));
    assert!(!overrides("a.rs", group("db")).needs_cases(&target));
    assert!(!overrides("ecosystem(tap) and x", group("db")).needs_cases(&target));
}

/// Whatever is asked for, every case is taken exactly once, and a take has the
/// terms of each of its cases.
#[test]
fn nothing_is_lost_or_taken_twice_on_random_overrides() {
    let mut state = 7_u64;
    let mut random = move |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    let letters = ["a", "b", "c", "d"];
    for _ in 0..300 {
        let all: Vec<_> = (0..random(5))
            .map(|_| {
                let asks = match random(5) {
                    0 => group(letters[random(4)]),
                    1 => env("V", letters[random(4)]),
                    2 => process(),
                    3 => Asks { threads: Some(1 + random(3)), ..Asks::default() },
                    _ => Asks { serial: Some(Serial::Alone), ..Asks::default() },
                };
                one(letters[random(4)], asks)
            })
            .collect();
        let mut overrides = Overrides::new(Defaults::default(), all);
        let known: Vec<CaseName> = (0..random(20))
            .map(|n| {
                let text: String =
                    letters.iter().filter(|_| random(2) == 0).copied().collect::<String>();
                format!("{text}{n}").into()
            })
            .collect();
        let target = target("tests/t.rs");
        let whole = Whole { target: &target, addressable: Addressable::Case, known: Some(&known) };
        let takes = overrides.split(whole, Pick::All, |isolation| isolation != Isolation::Shared);
        let mut found = Vec::new();
        for (pick, terms) in takes {
            let cases = match pick {
                Pick::Only(names) => names,
                Pick::All => known.clone(),
                Pick::Not(_) => unreachable!("nothing was left out"),
            };
            assert!(terms.isolation == Isolation::Shared || cases.len() <= 1);
            for case in &cases {
                let single = overrides.split(whole, Pick::Only(vec![case.clone()]), |_| false);
                assert_eq!(single, [(Pick::Only(vec![case.clone()]), terms.clone())]);
            }
            found.extend(cases);
        }
        found.sort();
        let mut expected = known.clone();
        expected.sort();
        assert_eq!(found, expected);
    }
}
