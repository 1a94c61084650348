#!/usr/bin/env python3
"""The one door of the register: `python3 run.py` sets it up and starts it; `python3 run.py --help` lists the rest.

Needs nothing but Python 3.11-3.13 with its venv module. The packages come once, by pip, with their hashes.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NEED_TOOLS = {"test", "check", "bench"}


def main():
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"The register needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}.")
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "serve")
    install(ROOT / ("requirements-dev.txt" if command in NEED_TOOLS else "requirements.txt"))
    os.chdir(ROOT)
    words = [str(PYTHON), "-m", "app.cli.main", *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(words))
    os.execv(PYTHON, words)


def install(wanted):
    """Make `.venv` hold exactly the packages of a lock file; instant when it does already."""
    stamp = VENV / f"{wanted.stem}.stamp"
    # The larger lock holds the smaller one, so its stamp answers for both.
    locks = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
    accepted = {lock.stem: fingerprint(lock) for lock in locks}
    candidates = [stamp] if wanted.stem.endswith("dev") else [stamp, VENV / "requirements-dev.stamp"]
    if any(s.exists() and s.read_text() == accepted[s.stem] for s in candidates):
        return
    if not PYTHON.exists():
        say("Making a place for the packages (.venv)")
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
        if made.returncode:
            sys.exit("Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv")
    say(f"Installing the packages of {wanted.name} (once; a few minutes on a poor link)")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.run([*pip, "-r", str(wanted)], check=False).returncode:
        sys.exit("The packages could not be installed. Check the link, then run the same command again.")
    stamp.write_text(accepted[wanted.stem])


def fingerprint(lock):
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def say(text):
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command begins again with what was not done.")
