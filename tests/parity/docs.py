#!/usr/bin/env python3
"""Doc examples of real crates, by `cargo test --doc` and by `prove`, side by side.

    cargo build --release -p prove-cli
    tests/parity/docs.py                        # all crates, a table
    tests/parity/docs.py --only semver,memchr   # some
    tests/parity/docs.py --path some/workspace  # a tree that is there already

Each example is compared by its name and outcome, with nothing compiled of it
(cold) and once more (hot); the library itself is built before either side
begins. Times are wall and processor seconds: on a machine that does other work
as well, compare the latter. Needs cargo and crates.io.

Exit code: 0 all same, 1 something differs, 2 something could not be compared.
"""

import argparse
import collections
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from parity import PROVE, CannotCompare, fetch_crate

CRATES = [
    ("itertools", "0.15.0"),
    ("bitflags", "2.13.1"),
    ("smallvec", "1.15.1"),
    ("memchr", "2.8.3"),
    ("semver", "1.0.28"),
    ("hashbrown", "0.17.1"),
]

LINE = re.compile(r"^test (.+?)(?: - should panic)?(?: - compile(?: fail)?)? \.\.\. (ok|FAILED|ignored)", re.M)
NAME = re.compile(r"(.+?) - (.*?)\s*\(line (\d+)\)$")
WORDS = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


def timed(command, cwd):
    """What it prints, and its wall and processor time."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def native(text):
    """The examples that rustdoc ran, under our names: `ITEM #K`, by file and line."""
    items = collections.defaultdict(list)
    for name, word in LINE.findall(text):
        file, item, line = NAME.match(name).groups()
        items[item or "(crate)"].append((file, int(line), WORDS[word]))
    ranked = ((item, k, case) for item, cases in items.items() for k, case in enumerate(sorted(cases), 1))
    return collections.Counter((f"{item} #{k}", outcome) for item, k, (_, _, outcome) in ranked)


def ours(text):
    """The same of `prove --format json`; with it, the problems."""
    events = [json.loads(line) for line in text.splitlines()]
    ended = (event["msg"] for event in events if event["type"] == "case-finished")
    cases = collections.Counter(
        (case["id"].partition("::")[2], case["outcome"]) for case in ended if case["final"] and case["kind"] == "doc"
    )
    problems = [f"{event['msg']['what']}: {event['msg']['why']}" for event in events if event["type"] == "problem"]
    return cases, problems


def compare(name, source, prove):
    """A row of the table, and what differs."""
    # As members of the build before, or the examples would be measured with the library.
    for command in (["cargo", "test", "--no-run"], ["cargo", "build"]):
        subprocess.run(command, cwd=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    command = [prove, "--format", "json", "--args", "cargo=--doc"]
    # Once, for what is kept of other tools; what is compiled of examples is not.
    subprocess.run(command, cwd=source, stdout=subprocess.DEVNULL, check=False)
    shutil.rmtree(source / ".prove.d" / "docs", ignore_errors=True)
    theirs, wall, cpu = timed(["cargo", "test", "--doc", "--no-fail-fast"], source)
    expect = native(theirs.stdout)
    if not expect:
        raise CannotCompare(theirs.stderr[-1000:])
    row, notes = [name, str(expect.total())], []
    times = [f"{wall:.2f} ({cpu:.2f})"]
    for state in ("cold", "hot"):
        done, our_wall, our_cpu = timed(command, source)
        found, problems = ours(done.stdout)
        notes += [f"{state}: {problem[:300]}" for problem in problems]
        notes += [f"{state}: cargo alone: {case}" for case in (expect - found)]
        notes += [f"{state}: prove alone: {case}" for case in (found - expect)]
        times.append(f"{our_wall:.2f} ({our_cpu:.2f})")
        times.append(f"{wall / our_wall:.1f} ({cpu / our_cpu:.1f})")
    row += ["NO" if notes else "yes", *times]
    return row, notes


HEAD = ["crate", "examples", "same", "cargo test --doc s (cpu)", "cold", "times", "hot", "times"]


def sources(options, folder):
    for path in options.path:
        yield path.name, path
    names = options.only.split(",") if options.only else [name for name, _ in CRATES]
    for name, version in CRATES:
        if name in names and (options.only or not options.path):
            place = folder / name
            source = place / "vendor" / f"{name}-{version}"
            if not source.is_dir():
                fetch_crate(name, version, place)
                # Or it would be taken for a stray member of the workspace that fetched it.
                with (source / "Cargo.toml").open("a") as manifest:
                    manifest.write("\n[workspace]\n")
            yield name, source


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--prove", default=str(PROVE), help="the program (default: the release build)")
    arguments.add_argument("--only", help="names of crates, with commas")
    arguments.add_argument("--path", type=Path, action="append", default=[], help="a tree that is there already")
    arguments.add_argument("--keep", type=Path, help="a folder for the sources, used again next time")
    options = arguments.parse_args()
    code, explained = 0, []
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD), flush=True)
    with tempfile.TemporaryDirectory(prefix="parity-") as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        for name, source in sources(options, folder):
            try:
                row, notes = compare(name, source, os.path.abspath(options.prove))
            except CannotCompare as why:
                row, notes, code = [name, "not compared"], [str(why)], 2
            print("| " + " | ".join(row) + " |", flush=True)
            explained += [f"{name}: {note}" for note in notes]
            code = max(code, 1 if notes else 0)
    print("\n" + "\n".join(explained))
    return code


if __name__ == "__main__":
    sys.exit(main())
