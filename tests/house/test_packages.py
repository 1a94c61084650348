"""What the register is built from is exactly what was looked at: each package by one version and by its hashes (S36)."""

import re

import pytest

from tests.house.sources import PROJECT


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_stands_in_the_lock_with_one_version_and_its_hashes(lock):
    text = re.sub(r"\s*\\\n\s*", " ", (PROJECT / lock).read_text("utf-8"))
    packages = [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "-r"))
    ]
    assert len(packages) > 20
    for line in packages:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==[^\s*]+", line) and "--hash=sha256:" in line, line


def test_what_installs_the_packages_asks_for_the_hashes():
    assert '"--require-hashes"' in (PROJECT / "run.py").read_text("utf-8")
