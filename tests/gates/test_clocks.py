"""Run fake_clock.py and sample_warrant.py with a movable time: of Python, of SQLite and of a PostgreSQL
server (A06, S17).
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import config

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
CASES = [str(Path(__file__).with_name(name)) for name in ("fake_clock.py", "sample_warrant.py")]


@pytest.fixture
def clock():
    """Return the file with the time. The PostgreSQL server, which drops root rights, must be able to read it.

    It is not in a folder of pytest: each start of pytest closes those to other users.
    """
    with tempfile.TemporaryDirectory(prefix="ecrime-clock-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "clock")
        file.write_text("+0")
        yield file


def test_time_limits_with_a_movable_time(clock):
    assert LIBRARY, "apt-get install faketime"
    moved = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # waits use the monotonic time
    }
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CASES],
        cwd=config.ROOT, env=os.environ | moved, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
