"""`run.py check` runs all checks, also after one failed."""

import re
import sys

from app.cli import checks


def test_all_steps_run_and_the_failed_ones_are_named(capsys):
    def write(text, code):
        return [sys.executable, "-c", f"import sys; print('{text}'); sys.exit({code})"]

    failed = checks.run_steps(
        {"first": write("one", 3), "second": write("two", 0), "third": write("three", 1)}
    )

    output = capsys.readouterr().out
    assert sorted(failed) == ["first", "third"]
    assert re.search(r"== first: failed after \d+ s\none\n", output)
    assert re.search(r"== second: passed after \d+ s\ntwo\n", output)
    assert output.endswith(f"Failed: {', '.join(failed)}\n")


def test_no_failed_step_is_reported(capsys):
    assert checks.run_steps({"only": [sys.executable, "-c", ""]}) == []
    assert capsys.readouterr().out.endswith("All checks passed.\n")
