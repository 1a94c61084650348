"""Known vulnerabilities of the locked packages: `python -m tests.house.advisories FOLDER DAY` writes the
list, and without arguments warns if it is old.

FOLDER is a copy of the advisory database of the Python Packaging Authority
(github.com/pypa/advisory-database, CC BY 4.0). DAY is the date of that copy. The list keeps the number and
the versions of each vulnerability, none of its text.
"""

import csv
import datetime
import re
import sys
from pathlib import Path
from typing import NamedTuple

import yaml
from packaging.version import Version

from tests.house.source_files import PROJECT

LOCKS = ("requirements.txt", "requirements-dev.txt")
LIST = PROJECT / "tests" / "house" / "advisories.tsv"


MAX_AGE = datetime.timedelta(days=90)


class Vulnerability(NamedTuple):
    package: str
    since: str  # first affected version
    fixed: str  # first fixed version; empty if there is none
    number: str

    def is_in(self, version):
        known = Version(version)
        return Version(self.since) <= known and not (self.fixed and Version(self.fixed) <= known)


def read_lock(lock):
    """Return the packages of a lock file, one line each."""
    text = re.sub(r"\s*\\\n\s*", " ", (PROJECT / lock).read_text("utf-8"))
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "-r"))]


def versions():
    """Return package → version, of both lock files."""
    return dict(line.split()[0].split("==") for lock in LOCKS for line in read_lock(lock))


def known():
    """Return the vulnerabilities of the list."""
    _source, _heading, *rows = LIST.read_text("utf-8").splitlines()
    return [Vulnerability(*row) for row in csv.reader(rows, delimiter="\t")]


def warning_of_age(today):
    """Return a warning if the list is older than MAX_AGE, else an empty string."""
    day = LIST.read_text("utf-8").partition("\n")[0].rpartition(" ")[2]
    if today - datetime.date.fromisoformat(day) <= MAX_AGE:
        return ""
    return f"Warning: the list of vulnerabilities is of {day}. Write it again, or run pip-audit (docs/development.md)."


def read_advisories(folder):
    for package in sorted(versions()):
        for path in sorted((Path(folder) / "vulns" / package).glob("*.yaml")):
            advisory = yaml.safe_load(path.read_text("utf-8"))
            if "withdrawn" not in advisory:
                yield from _read_vulnerabilities(package, advisory)


def _read_vulnerabilities(package, advisory):
    for one in advisory["affected"]:
        for span in one.get("ranges", ()):
            if span["type"] != "ECOSYSTEM":
                continue
            since = "0"
            for event in span["events"]:
                since = event.get("introduced", since)
                if "fixed" in event:
                    yield Vulnerability(package, since, event["fixed"], advisory["id"])
            if "fixed" not in span["events"][-1]:
                yield Vulnerability(package, since, "", advisory["id"])


def main(folder, day):
    lines = ["\t".join(vulnerability) for vulnerability in read_advisories(folder)]
    heading = f"# github.com/pypa/advisory-database, CC BY 4.0, versions and numbers only, as of {day}"
    LIST.write_text("\n".join([heading, "\t".join(Vulnerability._fields), *lines, ""]), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(*sys.argv[1:])
    else:
        sys.stderr.write(f"{warning_of_age(datetime.date.today())}\n")
