//! The trees under `examples/`, as the README shows them.

use libtest_mimic::Trial;

use crate::support::{Tree, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test_with(
            &["cargo", "python3"],
            "examples/mixed is green in three ecosystems and both kinds",
            mixed,
        ),
        test_with(
            &["cargo", "python3"],
            "examples/failing is red in each of them, for every cause",
            failing,
        ),
    ]
}

fn mixed() {
    let ran = Tree::copy("examples/mixed").prove(&[]);
    ran.exits(0);
    for (field, words) in
        [("ecosystem", &["cargo", "python", "tap"][..]), ("kind", &["test", "doc"])]
    {
        for word in words {
            assert!(
                ran.all("case-finished").any(|case| case[field] == *word),
                "{word}: {:#?}",
                ran.cases()
            );
        }
    }
}

fn failing() {
    let ran = Tree::copy("examples/failing").prove(&[]);
    ran.exits(1);
    let failed: Vec<_> = ran
        .all("case-finished")
        .filter(|case| case["outcome"] == "failed" && case["final"] == true)
        .collect();
    for (ecosystem, causes) in [
        ("cargo", &["assertion", "crashed", "timed-out"][..]),
        ("python", &["assertion", "crashed", "timed-out", "setup"]),
        ("tap", &["assertion", "crashed", "timed-out", "missing"]),
    ] {
        for cause in causes {
            let found = failed
                .iter()
                .find(|case| case["ecosystem"] == ecosystem && case["cause"] == *cause);
            let case = found.unwrap_or_else(|| panic!("{ecosystem} {cause}: {:#?}", ran.cases()));
            assert_ne!(case["message"], "", "{case}");
        }
    }
}
