"""`run.py nightly mutation`: tries a random sample of mutants and lists those that no test notices.

    python -m tests.mutation [--group NAME] [--sample SIZE] [--keep FOLDER]

With `--keep`, results are kept in the folder, and a stopped run continues.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.session import KILLED, MutationSession
from tests.mutation.targets import GROUPS, SEED

SURVIVORS = Path(__file__).with_name("survivors.tsv")
LEAST = 0.95  # share of the mutants that change something


class Results:
    """The results so far, one JSON object a line."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / "results.jsonl"
        self.pipe_out, self.pipe = os.pipe()
        os.set_blocking(self.pipe_out, False)

    def read(self):
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def read_pipe(self):
        try:
            return os.read(self.pipe_out, 4096).decode()
        except BlockingIOError:
            return ""

    def write(self, group, mutant, state, tests, seconds, test):
        row = {
            "key": [mutant.key, mutant.line], "group": group, "state": state, "tests": tests, "seconds": seconds,
            "test": test,
        }  # fmt: skip
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(
            f"{state:12} {seconds:6.1f} s {tests:3} tests  {mutant.path}:{mutant.line} {mutant.change}",
            flush=True,
        )


def read_survivors():
    """Return key → (kind, reason) of the mutants that are known to survive. An `equivalent` one changes nothing."""
    with SURVIVORS.open(encoding="utf-8", newline="") as file:
        return {row["mutant"]: (row["kind"], row["reason"]) for row in csv.DictReader(file, delimiter="\t")}


def report(results, known):
    """Print the counts and the survivors, and return whether enough mutants are killed and every survivor is listed."""
    alive = [one for one in results if one["state"] != KILLED]
    equivalent = [one for one in alive if known.get(one["key"][0], ("",))[0] == "equivalent"]
    counted = len(results) - len(equivalent)
    share = (len(results) - len(alive)) / counted if counted else 1
    for group, number in sorted(Counter(one["group"] for one in results).items()):
        killed = sum(one["group"] == group and one["state"] == KILLED for one in results)
        print(f"{group:10} {killed:4} of {number:4} killed")
    for one in alive:
        kind, reason = known.get(one["key"][0], ("NOT LISTED", ""))
        print(f"{one['state']}: {one['key'][0]} (line {one['key'][1]}): {kind} {reason}")
    print(
        f"seed {SEED}: {len(results)} mutants, {len(equivalent)} change nothing, {share:.1%} of the others killed"
    )
    return share >= LEAST and all(one["key"][0] in known for one in alive)


def main():
    parser = argparse.ArgumentParser(prog="run.py nightly mutation")
    parser.add_argument("--group", action="append", choices=[one.name for one in GROUPS])
    parser.add_argument("--sample", type=int, help="mutants of each group; otherwise those of targets.py")
    parser.add_argument("--keep", help="folder for results")
    options = parser.parse_args()
    groups = [one for one in GROUPS if not options.group or one.name in options.group]
    results = Results(options.keep or tempfile.mkdtemp(prefix="ecrime-mutation-"))
    session = MutationSession(groups, {one.name: one.draw(options.sample) for one in groups}, results)
    tests = dict.fromkeys(one for group in groups for one in group.list_tests())
    pytest.main(["-p", "no:cacheprovider", "-s", *tests], plugins=[session])
    sys.exit(not report(results.read(), read_survivors()))


if __name__ == "__main__":
    main()
