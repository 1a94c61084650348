"""Known holes of the packages in the lock: `python -m tests.house.advisories FOLDER DAY` writes the list anew.

FOLDER is a copy of the advisory database of the Python Packaging Authority (github.com/pypa/advisory-database,
CC BY 4.0), DAY the day of that copy. Of each hole the versions and the number are kept, none of its words.
"""

import csv
import re
import sys
from pathlib import Path
from typing import NamedTuple

import yaml
from packaging.version import Version

from tests.house.source_files import PROJECT

LOCKS = ("requirements.txt", "requirements-dev.txt")
LIST = PROJECT / "tests" / "house" / "advisories.tsv"


class Hole(NamedTuple):
    package: str
    since: str  # the first version that has it
    mended: str  # the first that has it no more; empty where there is none
    number: str

    def is_in(self, version):
        known = Version(version)
        return Version(self.since) <= known and not (self.mended and Version(self.mended) <= known)


def locked(lock):
    """What stands in a lock: one line for each package."""
    text = re.sub(r"\s*\\\n\s*", " ", (PROJECT / lock).read_text("utf-8"))
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "-r"))]


def versions():
    """package → its version, of both locks."""
    return dict(line.split()[0].split("==") for lock in LOCKS for line in locked(lock))


def known():
    """The holes of the list."""
    _source, _heading, *rows = LIST.read_text("utf-8").splitlines()
    return [Hole(*row) for row in csv.reader(rows, delimiter="\t")]


def read(folder):
    for package in sorted(versions()):
        for path in sorted((Path(folder) / "vulns" / package).glob("*.yaml")):
            told = yaml.safe_load(path.read_text("utf-8"))
            if "withdrawn" not in told:
                yield from _holes(package, told)


def _holes(package, told):
    for one in told["affected"]:
        for span in one.get("ranges", ()):
            if span["type"] != "ECOSYSTEM":
                continue
            since = "0"
            for event in span["events"]:
                since = event.get("introduced", since)
                if "fixed" in event:
                    yield Hole(package, since, event["fixed"], told["id"])
            if "fixed" not in span["events"][-1]:
                yield Hole(package, since, "", told["id"])


def main(folder, day):
    lines = ["\t".join(hole) for hole in read(folder)]
    heading = f"# github.com/pypa/advisory-database, CC BY 4.0, versions and numbers only, as of {day}"
    LIST.write_text("\n".join([heading, "\t".join(Hole._fields), *lines, ""]), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
