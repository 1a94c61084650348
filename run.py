#!/usr/bin/env python3
"""The entry point of E-Crime: `python3 run.py` sets it up and starts it; `python3 run.py --help` lists all commands.

Needs only Python 3.11-3.13 with its venv module. The packages are installed once, by pip, with their hashes.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# With glibc, all threads share two heaps. By default each has its own, which keeps what its largest request needed.
HEAPS = {"MALLOC_ARENA_MAX": "2"}
NEED_TOOLS = {"test", "check", "bench", "new-model", "migration", "rule-examples"}


def main():
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}.")
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "serve")
    if command == "practice":  # inherited by the worker
        os.environ["ECRIME_ENV"] = "practice"
    os.environ |= HEAPS | os.environ
    install(ROOT / ("requirements-dev.txt" if command in NEED_TOOLS else "requirements.txt"))
    os.chdir(ROOT)
    arguments = [str(PYTHON), "-m", "app.cli.main", *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(arguments))
    os.execv(PYTHON, arguments)


def install(wanted):
    """Make `.venv` contain exactly the packages of a lock file; instant if it already does."""
    stamp = VENV / f"{wanted.stem}.stamp"
    # The larger lock file includes the smaller one, so its stamp is valid for both.
    locks = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
    accepted = {lock.stem: fingerprint(lock) for lock in locks}
    candidates = [stamp] if wanted.stem.endswith("dev") else [stamp, VENV / "requirements-dev.stamp"]
    if any(s.exists() and s.read_text() == accepted[s.stem] for s in candidates):
        return
    if not PYTHON.exists():
        print_step("Creating the folder of the packages (.venv)")
        result = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
        if result.returncode:
            sys.exit("Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv")
    print_step(f"Installing the packages of {wanted.name} (once; a few minutes on a slow connection)")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.run([*pip, "-r", str(wanted)], check=False).returncode:
        sys.exit(
            "The packages could not be installed. Check the connection, then run the same command again."
        )
    stamp.write_text(accepted[wanted.stem])


def fingerprint(lock):
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def print_step(text):
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped. Run the same command again to continue.")
