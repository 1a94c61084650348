"""Run fake_clock.py and sample_warrant.py with a movable time: of Python, of SQLite and of a PostgreSQL
server (A06, S17).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import config

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
CASES = {name: Path(__file__).with_name(f"{name}.py") for name in ("fake_clock", "sample_warrant")}


@pytest.mark.parametrize("name", CASES)
def test_time_limits_with_a_movable_time(tmp_path, name):
    assert LIBRARY, "apt-get install faketime"
    (tmp_path / "clock").write_text("+0")
    moved = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(tmp_path / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # waits use the monotonic time
    }
    # The PostgreSQL server drops root rights but must read the file.
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
        if folder.name.startswith("pytest-of-"):
            break
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES[name])],
        cwd=config.ROOT, env=os.environ | moved, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
