"""The packages are exactly the reviewed ones: each is locked by one version and its hashes (S36)."""

import datetime
import re

import pytest

from tests.house.advisories import LOCKS, known, read_lock, versions, warning_of_age
from tests.house.source_files import PROJECT


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_with_version_and_hashes(lock):
    packages = read_lock(lock)
    assert len(packages) > 20
    for line in packages:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==[^\s*]+", line) and "--hash=sha256:" in line, line


def test_package_installation_requires_hashes():
    assert '"--require-hashes"' in (PROJECT / "run.py").read_text("utf-8")


def test_no_package_has_a_known_vulnerability():
    """Known on the date of the list; docs/development.md says how to rewrite it."""
    holes, packages = known(), versions()
    assert len(holes) > 50
    found = [hole for hole in holes if hole.package in packages and hole.is_in(packages[hole.package])]
    assert not found, f"Take a version of {[hole.package for hole in found]} that is mended: {found}"


def test_list_is_old_after_90_days():
    assert warning_of_age(datetime.date(2100, 1, 1)) and not warning_of_age(datetime.date(2024, 1, 1))


def test_package_below_the_fixed_version_is_found():
    of_werkzeug = [hole for hole in known() if hole.package == "werkzeug"]
    assert any(hole.is_in("2.2.2") for hole in of_werkzeug)
    assert not any(hole.is_in(versions()["werkzeug"]) for hole in of_werkzeug)
