//! Nothing that a run started is alive after it, however it ends.

use libtest_mimic::Trial;

use crate::support::{Tree, Watched, is_alive, test, wait_until};

pub fn tests() -> Vec<Trial> {
    vec![
        test("a daemon that holds the pipe", daemon),
        test("a daemon that left its group", escaped),
        test("a daemon of a case that ran too long", escaped_timeout),
        test("an interrupt ends every child and says what is known", interrupt),
        test("a terminated run says so", terminated),
        test("a killed run leaves nothing behind", killed),
        test("a stopped run stops every child, and its clocks", stopped),
        test("ten runs in one tree do not disturb each other", ten_runs),
    ]
}

/// A number that marks the processes of one test: an odd time to sleep.
fn mark() -> String {
    use std::hash::BuildHasher;
    let random = std::hash::RandomState::new().hash_one(0);
    format!("{}.{:09}", 3000 + random % 1000, random % 1_000_000_000)
}

fn daemon() {
    let mark = mark();
    let tree = Tree::new().sh("t/a.t", &format!("echo 1..1; sleep {mark} & echo ok 1\n"));
    tree.prove(&[]).expect(0, &["t/a.t::1 passed"]);
    assert!(!is_alive(&mark));
}

fn escaped() {
    let mark = mark();
    let tree = Tree::new().sh(
        "t/a.t",
        &format!("echo 1..1; setsid sh -c 'sleep {mark} & sleep {mark}' & sleep 0.3; echo ok 1\n"),
    );
    tree.prove(&[]).expect(0, &["t/a.t::1 passed"]);
    assert!(!is_alive(&mark));
}

fn escaped_timeout() {
    let mark = mark();
    let tree = Tree::new()
        .sh("t/a.t", &format!("echo 1..1; env -i setsid sleep {mark} & sleep 0.2; sleep 99\n"));
    tree.prove(&["--timeout", "600ms"]).expect(1, &["t/a.t::(end) failed timed-out"]);
    assert!(!is_alive(&mark));
}

fn sleeper(mark: &str) -> Tree {
    let script = format!(
        "echo 1..2; echo ok 1; setsid sleep {mark} & touch ready; trap '' TERM INT; sleep {mark}; echo ok 2\n"
    );
    Tree::new().sh("t/a.t", &script).sh("t/b.t", "sleep 0.1; echo 1..1; echo ok 1\n")
}

fn started(mark: &str) -> (Tree, Watched) {
    let tree = sleeper(mark);
    let watched = Watched::start(&tree, &["-j", "1", "t/a.t", "t/b.t"]);
    wait_until("the script runs", || tree.path().join("ready").exists() && is_alive(mark));
    (tree, watched)
}

fn interrupt() {
    let mark = mark();
    let (_tree, watched) = started(&mark);
    watched.signal("INT");
    let (ran, _) = watched.end();
    ran.exits(130);
    assert_eq!(ran.case("t/a.t::1")["outcome"], "passed");
    assert_eq!(ran.finished()["exit_code"], 130);
    assert!(!is_alive(&mark));
}

fn terminated() {
    let mark = mark();
    let (_tree, watched) = started(&mark);
    watched.signal("TERM");
    let (ran, _) = watched.end();
    ran.exits(143);
    assert!(!is_alive(&mark));
}

fn killed() {
    let mark = mark();
    let (_tree, watched) = started(&mark);
    watched.signal("KILL");
    let (ran, _) = watched.end();
    assert_eq!(ran.code, -1);
    if cfg!(target_os = "linux") {
        wait_until("the guardian ends everything", || !is_alive(&mark));
    }
}

fn stopped() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let beat = "while [ ! -e end ]; do echo x >> beat; sleep 0.02; done";
    let tree = Tree::new().sh("t/a.t", &format!("echo 1..1; touch ready; {beat}; echo ok 1\n"));
    let beats = || std::fs::metadata(tree.path().join("beat")).map_or(0, |beat| beat.len());
    let watched = Watched::start(&tree, &["--timeout", "4s"]);
    wait_until("the script runs", || beats() > 0);
    watched.signal("TSTP");
    wait_until("it has stopped", || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", watched.pid())).unwrap();
        stat.rsplit_once(')').unwrap().1.trim_start().starts_with('T')
    });
    let before = beats();
    std::thread::sleep(std::time::Duration::from_millis(4500));
    assert_eq!(beats(), before, "the script has stopped as well");
    watched.signal("CONT");
    wait_until("the script goes on", || beats() > before);
    std::fs::write(tree.path().join("end"), "").unwrap();
    watched.end().0.expect(0, &["t/a.t::1 passed"]);
}

fn ten_runs() {
    let tree = Tree::copy("examples/mixed");
    let first = tree.prove(&[]);
    first.exits(0);
    let cases = first.cases();
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let ran = tree.prove(&[]);
                ran.exits(0);
                assert_eq!(ran.cases(), cases);
            });
        }
    });
}
