"""The checks of the code: linters, import contracts, type checks, and the tests of `tests/house`."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from app.web import language

TESTS = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-m", "not slow"]
LINTERS = {
    "mypy": [],
    "lint-imports": [],
    "djlint": ["app/templates", "--lint", "--quiet"],
    "ruff check": ["."],
    "ruff format": ["--check", "."],
    "oxlint": ["app/static", "--deny-warnings"],
}


def run_checks(arguments):
    """Run all checks, with `arguments` for pytest, which replace its defaults. Return the names of the failed ones."""
    language.compile_catalogues()
    folder = os.path.dirname(sys.executable)
    steps = {
        "tests/house": [*TESTS, *arguments, "tests/house"],
        "age of the list of vulnerabilities": [sys.executable, "-m", "tests.house.advisories"],
    }
    for name, options in LINTERS.items():
        tool, *command = name.split()
        steps[name] = [os.path.join(folder, tool), *command, *options]
    return run_steps(steps)


def run_steps(steps):
    """Run all commands, two at a time. Print the output of each under its name. Return the names of the failed ones."""
    failed = []
    with ThreadPoolExecutor(2) as pool:
        started = {pool.submit(_run_step, command): name for name, command in steps.items()}
        for step in as_completed(started):
            name, (code, output, seconds) = started[step], step.result()
            print(f"== {name}: {'failed' if code else 'passed'} after {seconds:.0f} s\n{output.rstrip()}\n")
            if code:
                failed.append(name)
    print(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return failed


def _run_step(command):
    began = time.monotonic()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf8"
    )
    return done.returncode, done.stdout, time.monotonic() - began
