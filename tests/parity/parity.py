#!/usr/bin/env python3
"""Real projects, run by their own runner and by `prove`, side by side.

    cargo build --release -p prove-cli
    tests/parity/parity.py                      # all projects, a table
    tests/parity/parity.py --only semver,Moo    # some
    tests/parity/parity.py --every-id           # and each listed ID, given back alone
    tests/parity/parity.py --every-id --sample 20

Needs cargo, python3 with pip, and perl with apt-get (Debian); a project whose
tools or modules are missing is passed over aloud, and the exit code is then 2.
Sources come from crates.io, PyPI and Debian's archive. The `deb-src` line that
`apt-get source` needs is written into a private apt configuration, so the
machine's own lists stay as they are. Only the standard library is used.

Exit code: 0 all same, 1 something differs, 2 something could not be compared.
"""

import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROVE = HERE.parent.parent / "target" / "release" / "prove"
PYTHON = os.path.realpath(sys.executable)

Counts = collections.namedtuple("Counts", "passed failed skipped")


class CannotCompare(Exception):
    """A tool, a module or the network is missing; nothing is known of the project."""


# --- Fetching -----------------------------------------------------------------


def fetch_crate(name, version, place):
    """A crate's source as published; the lock file is made anew by the first build."""
    manifest = place / "fetch"
    (manifest / "src").mkdir(parents=True)
    (manifest / "src/lib.rs").touch()
    (manifest / "Cargo.toml").write_text(
        f'[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n'
        f'[dependencies.{name}]\nversion = "={version}"\n[workspace]\n'
    )
    succeed(["cargo", "vendor", "--versioned-dirs", str(place / "vendor")], manifest)
    return place / "vendor" / f"{name}-{version}"


def fetch_sdist(name, version, place):
    """A Python project's source distribution."""
    command = [PYTHON, "-m", "pip", "download", "--no-binary", ":all:", "--no-deps", "--quiet"]
    succeed([*command, "--dest", str(place), f"{name}=={version}"], place)
    archive = next(place.glob("*.tar.gz"), None)
    if archive is None:
        raise CannotCompare("pip gave no .tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(place / "source")
    return next(path for path in (place / "source").iterdir() if path.is_dir())


def fetch_debian(name, version, place):
    """A Debian source package, by an apt that has a `deb-src` line of its own."""
    lists = place.parent / "apt-lists"
    sources = place.parent / "deb-src.list"
    options = ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Etc::sourcelist={sources}"]
    options += ["-o", "Dir::Etc::sourceparts=-", "-o", "APT::Sandbox::User="]
    if not sources.exists():
        suite = release_name()
        sources.write_text(
            f"deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
            f" http://deb.debian.org/debian {suite} main\n"
        )
        (lists / "partial").mkdir(parents=True)
        succeed(["apt-get", *options, "update"], place)
    succeed(["apt-get", *options, "source", "--quiet", name], place)
    source = next((path for path in place.iterdir() if path.is_dir()), None)
    if source is None or version not in source.name:
        raise CannotCompare(f"Debian has {source and source.name}, not {version}")
    return source


def release_name():
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise CannotCompare("this is no Debian")


def succeed(command, cwd):
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        raise CannotCompare(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        raise CannotCompare(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")
    return done.stdout


# --- The native runners -------------------------------------------------------


def native_cargo(source, extra):
    """What `cargo test` says: the sum of its results, and one case for each
    target with a harness of its own, which prints none."""
    command = ["cargo", "test", "--no-fail-fast", *extra]
    build(["cargo", "test", "--no-run", *extra], source)
    text, seconds = timed(command, source, merged=True)
    counts = collections.Counter()
    names = collections.Counter()
    failed_targets = re.findall(r"^    `(?:-p \S+ )?--(?:test|bench|lib|bin|example)(?: (\S+))?`$", text, re.M)
    for running, section in sections(text):
        results = re.findall(
            r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", section, re.M
        )
        for passed, failed, ignored in results:
            counts.update(passed=int(passed), failed=int(failed), skipped=int(ignored))
        for name, outcome in re.findall(
            r"^test (.+?)(?: - should panic)?(?: - compile(?: fail)?)? \.\.\. (ok|FAILED|ignored)", section, re.M
        ):
            word = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}[outcome]
            # A harness of its own may print what it likes: it is one case.
            if results and not running.startswith("Doc-tests"):
                names[name, word] += 1
        if not results:
            stem = Path(running.split("(")[0]).stem
            outcome = "failed" if stem.strip() in failed_targets else "passed"
            counts[outcome] += 1
    return Counts(counts["passed"], counts["failed"], counts["skipped"]), names, seconds


def sections(text):
    """What `cargo test` printed for each target that it ran."""
    parts = re.split(r"^ +(Running [^\n]*|Doc-tests [^\n]*)\n", text, flags=re.M)
    return [(title.removeprefix("Running "), body) for title, body in zip(parts[1::2], parts[2::2])]


def native_unittest(source, extra):
    """What `python -m unittest -v` says."""
    text, seconds = timed([PYTHON, "-m", "unittest", *extra, "-v"], source, merged=True)
    ran = re.search(r"^Ran (\d+) tests? in", text, re.M)
    if not ran:
        raise CannotCompare(f"unittest said no `Ran N tests`:\n{text[-2000:]}")
    closing = text[ran.end():]
    said = {word: int(number) for word, number in re.findall(r"([a-z ]+)=(\d+)", closing)}
    failed = said.get("failures", 0) + said.get("errors", 0) + said.get("unexpected successes", 0)
    skipped = said.get("skipped", 0) + said.get("expected failures", 0)
    names = collections.Counter()
    for name, outcome in re.findall(
        r"^(?:Doctest: )?(\S+)(?: \([^\n]*\))?(?:\n[^\n]*?)?? \.\.\. (ok|FAIL|ERROR|skipped|expected failure)", text, re.M
    ):
        names[name, {"ok": "passed", "FAIL": "failed", "ERROR": "failed"}.get(outcome, "skipped")] += 1
    return Counts(int(ran[1]) - failed - skipped, failed, skipped), names, seconds


def native_pytest(source, extra):
    """What the project's own pytest says, case by case; in an environment in the
    tree, which `prove` finds as well, with what its tests need."""
    python = source / ".venv" / "bin" / "python"
    if not python.exists():
        build([PYTHON, "-m", "venv", ".venv"], source)
        build([str(python), "-m", "pip", "install", "--quiet", "-e", ".", *extra], source)
    plugin = {**os.environ, "PYTHONPATH": str(HERE.parent / "pytest_tree")}
    command = [str(python), "-m", "pytest", "-q", "-p", "native_report", "-p", "no:cacheprovider"]
    began = time.monotonic()
    subprocess.run(command, cwd=source, env=plugin, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    lines = (source / "native.txt").read_text().splitlines()
    names = collections.Counter()
    for case, _, outcome in (line.rpartition(" ") for line in lines):
        names[case, {"todo": "skipped"}.get(outcome, outcome)] += 1
    by_outcome = collections.Counter()
    for (_, outcome), count in names.items():
        by_outcome[outcome] += count
    return Counts(by_outcome["passed"], by_outcome["failed"], by_outcome["skipped"]), names, seconds


def native_perl(source, extra):
    """What `prove -v` of Perl says, assertion by assertion. A script that skips
    all of itself has no assertion; it is one skipped case, as it is for us."""
    text, seconds = timed(["/usr/bin/prove", "-v", *extra], source, merged=False)
    counts = collections.Counter()
    for line in text.splitlines():
        if line == "ok":
            continue  # The harness's own word on the whole script.
        if found := re.match(r"(not )?ok\b(?:.*?# *(TODO|SKIP))?", line, re.I):
            if found[2]:
                counts["skipped"] += 1
            else:
                counts["failed" if found[1] else "passed"] += 1
        elif re.match(r"1\.\.0 *# *skip", line, re.I):
            counts["skipped"] += 1
    total = re.search(r"^Files=\d+, Tests=(\d+),", text, re.M)
    whole_skips = len(re.findall(r"^1\.\.0 *# *skip", text, re.M | re.I))
    if not total or int(total[1]) != sum(counts.values()) - whole_skips:
        raise CannotCompare(f"perl's own total is another: {total and total[1]}, counted {dict(counts)}")
    return Counts(counts["passed"], counts["failed"], counts["skipped"]), None, seconds


def build(command, cwd):
    """Before anything is timed: what the first run has to make."""
    succeed(command, cwd)


def timed(command, cwd, merged):
    began = time.monotonic()
    stderr = subprocess.STDOUT if merged else subprocess.PIPE
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, errors="replace", text=True
    )
    return done.stdout, time.monotonic() - began


# --- prove --------------------------------------------------------------------


def events(prove, words, cwd):
    """The events of a run, its exit code and its wall time."""
    began = time.monotonic()
    done = subprocess.run(
        [prove, *words, "--format", "json"],
        cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    seconds = time.monotonic() - began
    try:
        all = [json.loads(line) for line in done.stdout.splitlines()]
    except ValueError as error:
        raise CannotCompare(f"prove's stream is not JSON: {error}: {done.stderr}") from error
    return [(event["type"], event["msg"]) for event in all], done.returncode, seconds


def finals(stream):
    return [msg for kind, msg in stream if kind == "case-finished" and msg["final"]]


def ours(prove, source, options, whole):
    """What `prove` says; `whole`: its names are IDs, as pytest's are, of tests and examples."""
    events(prove, options, source)  # Caches warm, as for the native runner.
    stream, code, seconds = events(prove, options, source)
    last = [msg for kind, msg in stream if kind == "run-finished"]
    if not last:
        raise CannotCompare(f"prove did not end its stream (exit {code})")
    last = last[0]
    counts = Counts(last["passed"], last["failed"], last["skipped"] + last["todo"])
    names = collections.Counter()
    for case in finals(stream):
        if whole or case["kind"] == "test":
            word = {"todo": "skipped"}.get(case["outcome"], case["outcome"])
            names[case["id"] if whole else case_name(case), word] += 1
    problems = [msg for kind, msg in stream if kind == "problem" and msg["severity"] == "error"]
    return counts, names, seconds, code, problems


def case_name(case):
    """The part of an ID that its own runner gives: what follows the path."""
    return case["id"].partition("::")[2]


def check_ids(prove, source, options, sample):
    """Each listed ID alone: exactly that case runs, or its target where the
    list says that it cannot run alone. What was wrong, and how many were tried."""
    stream, code, _ = events(prove, ["list", "--resolve", *options], source)
    found = [msg for kind, msg in stream if kind == "case-found"]
    wrong = [] if code == 0 else [f"`prove list --resolve` ended with {code}"]
    ids = collections.Counter(msg["id"] for msg in found)
    wrong += [f"{id} is listed {n} times" for id, n in ids.items() if n > 1]
    tried = evenly(found, sample)
    for msg in tried:
        stream, code, _ = events(prove, [*options, msg["id"]], source)
        ran = [case["id"] for case in finals(stream)]
        # A script that skips all of itself has no case, yet it ran.
        targets = {end["target"] for kind, end in stream if kind == "target-finished"}
        if msg["addressable"] == "case":
            # An ignored case is named, and reported as skipped.
            fine = ran == [msg["id"]]
        else:
            fine = targets == {msg["target"]}
        if not fine:
            why = [problem["what"] for kind, problem in stream if kind == "problem"]
            wrong.append(f"{msg['id']} alone: exit {code}, ran {len(ran)}: {ran[:3]} {why[:2]}")
    return len(tried), len(found), wrong


def evenly(all, most):
    if most is None or len(all) <= most:
        return all
    return [all[i * len(all) // most] for i in range(most)]


# --- The projects -------------------------------------------------------------

Project = collections.namedtuple("Project", "name kind version fetch native extra options")


def cargo(name, version, *features):
    options = ["--args", f"cargo={' '.join(features)}"] if features else []
    return Project(name, "cargo", version, fetch_crate, native_cargo, list(features), options)


def python(name, version, *extra):
    return Project(name, "python", version, fetch_sdist, native_unittest, list(extra), [])


def pytest(name, version, *needs):
    return Project(name, "pytest", version, fetch_sdist, native_pytest, list(needs), [])


def perl(name, version, package):
    fetch = lambda _, version, place: fetch_debian(package, version, place)  # noqa: E731
    return Project(name, "perl", version, fetch, native_perl, ["-lr", "t"], [])


PROJECTS = [
    cargo("itertools", "0.15.0"),
    cargo("ctrlc", "3.5.1", "--features", "termination"),
    cargo("smallvec", "2.0.0-alpha.5"),
    cargo("bitflags", "2.13.1"),
    cargo("semver", "1.0.28"),
    python("more-itertools", "11.1.0"),
    python("pycparser", "3.0", "discover"),
    python("simplejson", "3.20.2", "discover"),
    pytest("itsdangerous", "2.2.0", "pytest<9", "freezegun"),
    # Its warnings are errors, and pytest 9 warns of its tests.
    pytest("click", "8.4.2", "pytest<9"),
    perl("Moo", "2.005", "libmoo-perl"),
    perl("path-tiny", "0.144", "libpath-tiny-perl"),
]


def compare(project, prove, folder, every_id, sample):
    """One row of the table, and the lines that explain it."""
    place = folder / project.name
    source = place / "done"
    if source.exists():
        source = source.resolve()
    else:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        fetched = project.fetch(project.name, project.version, place)
        source.symlink_to(fetched.resolve())
        source = fetched.resolve()
    native, names, native_seconds = project.native(source, project.extra)
    whole = project.kind == "pytest"
    counts, our_names, seconds, code, problems = ours(prove, source, project.options, whole)
    same = native == counts
    notes = []
    if names is not None and project.kind in ("cargo", "pytest"):
        for name, outcome in (names - our_names):
            notes.append(f"native alone: {name} ({outcome})")
        for name, outcome in (our_names - names):
            if whole or not is_whole_target(name):
                notes.append(f"prove alone: {name} ({outcome})")
    same = same and not notes
    notes = notes[:20]
    if (code == 0) != (native.failed == 0):
        same = False
        notes.append(f"prove ended with {code}")
    notes += [f"problem: {problem['what']}: {problem['why'][:300]}" for problem in problems]
    tried = ""
    if every_id:
        n, of, wrong = check_ids(prove, source, project.options, sample)
        tried = f"{n - sum(' alone: ' in line for line in wrong)}/{n} of {of}"
        notes += wrong[:20]
        same = same and not wrong
    row = [
        project.name, project.kind, project.version,
        "{}/{}/{}".format(*native), "{}/{}/{}".format(*counts),
        "yes" if same else "NO", f"{native_seconds:.2f}", f"{seconds:.2f}", tried,
    ]
    return row, notes, same


def is_whole_target(name):
    """The one case of a target with a harness of its own is named like the target."""
    return re.fullmatch(r"\(?[\w.-]+\)?", name) is not None and "::" not in name


HEAD = ["project", "kind", "version", "native p/f/s", "prove p/f/s", "same", "native s", "prove s", "ids"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--prove", default=str(PROVE), help="the program (default: the release build)")
    arguments.add_argument("--only", help="names of projects, with commas")
    arguments.add_argument("--every-id", action="store_true", help="give every listed ID back alone")
    arguments.add_argument("--sample", type=int, help="at most so many IDs a project, evenly spread")
    arguments.add_argument("--keep", type=Path, help="a folder for the sources, used again next time")
    options = arguments.parse_args()
    prove = os.path.abspath(options.prove)
    if not os.access(prove, os.X_OK):
        arguments.error(f"{prove} is not there: cargo build --release -p prove-cli")
    wanted = options.only.split(",") if options.only else [project.name for project in PROJECTS]
    unknown = set(wanted) - {project.name for project in PROJECTS}
    if unknown:
        arguments.error(f"no such project: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="parity-") as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return run([project for project in PROJECTS if project.name in wanted], prove, folder, options)


def run(projects, prove, folder, options):
    code = 0
    explained = []
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD), flush=True)
    for project in projects:
        try:
            row, notes, same = compare(project, prove, folder, options.every_id, options.sample)
            print("| " + " | ".join(row) + " |", flush=True)
            explained += [f"{project.name}: {note}" for note in notes]
            code = max(code, 0 if same else 1)
        except CannotCompare as why:
            print(f"| {project.name} | {project.kind} | {project.version} | not compared |", flush=True)
            explained.append(f"{project.name}: not compared: {why}")
            code = 2
    print()
    for line in explained:
        print(line)
    return code


if __name__ == "__main__":
    sys.exit(main())
