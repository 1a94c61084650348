"""Commands of `run.py` in processes of their own without the import time: each is a fork of a process that
has imported the application.

The fork reads the settings of a command from the environment that the test gives. The tests of tests/gates,
and the first start in .ci/run, start without a fork.
"""

import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENDS = ("stdin", "stdout", "stderr")


class Started:
    """The process that has imported everything, and waits."""

    def __init__(self, root=ROOT):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.started_servers"],
            cwd=root, env=_bare(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, words, given, environment):
        """Return what `subprocess.run` would for `python -m app.cli.main WORDS` in the bare environment and
        this one.
        """
        with tempfile.TemporaryDirectory(prefix="ecrime-door-") as folder:
            files = {end: Path(folder, end) for end in ENDS}
            files["stdin"].write_text(given, "utf-8")
            asked = {
                "words": words,
                "environment": _bare() | environment,
                "files": {end: str(path) for end, path in files.items()},
            }
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            code = int(self.process.stdout.readline())
            told = [files[end].read_text("utf-8") if files[end].exists() else "" for end in ENDS[1:]]
        return subprocess.CompletedProcess(words, code, *told)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def _bare():
    return {name: value for name, value in os.environ.items() if not name.startswith("ECRIME_")}


def answer():
    """Fork for each requested line; return its words in the fork, and nothing in the first process."""
    for name in (
        "app.cli.main",
        "app.cli.setup",
        "app.cli.data_dictionary",
        "app.duplicates.full_scan",
        "app.demo.generate",
    ):
        importlib.import_module(name)
    # The fork's application is made in half the time of a first one.
    importlib.import_module("app").create_app(SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite://")
    # Imports stay: a fork would otherwise collect all of them at its end, which takes longer than its work.
    gc.freeze()
    asked, told = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in asked:
        child = os.fork()
        if not child:
            return json.loads(line)
        _pid, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=told, flush=True)
    return None


def become(words, environment, files):
    """Run the command of these words in this process."""
    os.environ.clear()
    os.environ.update(environment)
    for number, end in enumerate(ENDS):
        handle = os.open(files[end], os.O_RDONLY if end == "stdin" else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(handle, number)
    import config
    from app.cli import main as commands

    importlib.reload(config)
    code = 0
    try:
        commands.main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int | None) else 1
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)  # Python's own end frees all imports, which takes longer than most commands.


if __name__ == "__main__":
    mine = answer()
    if mine is not None:
        become(**mine)
