"""What the register is built from is exactly what was looked at: each package by one version and by its hashes (S36)."""

import re

import pytest

from tests.house.advisories import LOCKS, known, locked, versions
from tests.house.source_files import PROJECT


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_stands_in_the_lock_with_one_version_and_its_hashes(lock):
    packages = locked(lock)
    assert len(packages) > 20
    for line in packages:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==[^\s*]+", line) and "--hash=sha256:" in line, line


def test_what_installs_the_packages_asks_for_the_hashes():
    assert '"--require-hashes"' in (PROJECT / "run.py").read_text("utf-8")


def test_no_package_has_a_hole_that_is_known():
    """Known on the day of the list; docs/development.md says how it is written anew."""
    holes, packages = known(), versions()
    assert len(holes) > 50
    found = [hole for hole in holes if hole.package in packages and hole.is_in(packages[hole.package])]
    assert not found, f"Take a version of {[hole.package for hole in found]} that is mended: {found}"


def test_a_package_below_the_version_that_mended_it_is_found():
    of_werkzeug = [hole for hole in known() if hole.package == "werkzeug"]
    assert any(hole.is_in("2.2.2") for hole in of_werkzeug)
    assert not any(hole.is_in(versions()["werkzeug"]) for hole in of_werkzeug)
