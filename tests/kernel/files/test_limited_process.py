"""A parser of an untrusted file runs in a process with limits."""

import threading

import pytest

from app.kernel.files import limited_process
from app.kernel.files.limited_process import LIMITS, LimitExceeded


@pytest.fixture
def run_text(tmp_path):
    """Return a function that runs the text of a script on the file `given`."""
    script, given = tmp_path / "script.py", tmp_path / "given"
    given.write_bytes(b"given")

    def run(text, target=None):
        script.write_text(text)
        with given.open("rb") as source:
            return limited_process.run_script(script, source, target)

    return run


def test_script_reads_file_and_writes_another(run_text, tmp_path):
    with (tmp_path / "written").open("w+b") as target:
        text = "import sys\nsys.stdout.write(sys.stdin.read().upper())\nprint('warning\\n{\"a\": 1}', file=sys.stderr)"
        assert run_text(text, target) == {"a": 1}
    assert (tmp_path / "written").read_bytes() == b"GIVEN"


def test_process_has_limits_and_no_environment(run_text, monkeypatch):
    monkeypatch.setenv("ECRIME_SECRET_KEY", "must not be inherited")
    text = (
        "import json, os, resource, sys\n"
        f"limits = {{name: resource.getrlimit(getattr(resource, name))[1] for name in {list(LIMITS)}}}\n"
        "found = {'limits': limits, 'secret': 'ECRIME_SECRET_KEY' in os.environ}\n"
        "print(json.dumps(found), file=sys.stderr)"
    )
    assert run_text(text) == {"limits": LIMITS, "secret": False}


@pytest.mark.parametrize(
    "text",
    ["bytes(10**9)", "import os\nos.abort()", "open('/dev/stdout', 'wb').write(bytes(65 * 1024**2))"],
    ids=["memory", "a crash", "a large file"],
)
def test_process_over_a_limit_is_refused(run_text, tmp_path, text):
    with (tmp_path / "written").open("w+b") as target, pytest.raises(LimitExceeded):
        run_text(text, target)


def test_processes_run_in_parallel(tmp_path):
    """Each script waits until the other has started."""
    results = []

    def run(mine, other):
        script, source = tmp_path / f"{mine}.py", tmp_path / f"{mine}.given"
        script.write_text(
            "import pathlib, sys\n"
            f"here = pathlib.Path({str(tmp_path)!r})\n"
            f"(here / {mine!r}).touch()\n"
            f"while not (here / {other!r}).exists(): pass\n"
            "print('true', file=sys.stderr)"
        )
        source.touch()
        with source.open("rb") as file:
            results.append(limited_process.run_script(script, file))

    threads = [threading.Thread(target=run, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True, True]
