"""Runs a parser of untrusted files in a process of its own, with limits on memory, processor time and duration.

A script of this package reads the file from its standard input, writes a file to its standard output, and prints a JSON
object to its standard error. It imports no other module of the system, so that it starts within a tenth of a second.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path

# The largest accepted photo needs 400 MB and 1.5 seconds of the processor. A computer may be six times slower.
LIMITS = {
    "RLIMIT_AS": 768 * 1024**2,
    "RLIMIT_CPU": 10,
    "RLIMIT_FSIZE": 64 * 1024**2,
    "RLIMIT_CORE": 0,
}
TIME_LIMIT = 30  # seconds
PARALLEL = 4  # processes of one worker
# The limits are set by the process itself: a function that runs between fork and exec may deadlock with threads.
START = f"""
import resource, runpy, sys
for name, limit in {LIMITS}.items():
    resource.setrlimit(getattr(resource, name), (limit, limit))
runpy.run_path(sys.argv[1], run_name="__main__")
"""

_free_processes = threading.BoundedSemaphore(PARALLEL)


class LimitExceeded(Exception):
    """The file needs more memory or time than a process may use."""


def run_script(name, source, target=None):
    """Return the object that the script prints for the open file `source`. Its output is written to the file `target`.

    Raises LimitExceeded if the process reaches a limit or fails.
    """
    source.seek(0)
    if not _free_processes.acquire(timeout=TIME_LIMIT):
        raise LimitExceeded
    try:
        process = subprocess.run(
            # Isolated: no folder and no variable of the environment adds modules.
            [sys.executable, "-I", "-c", START, str(Path(__file__).parent / name)],
            stdin=source,
            stdout=target or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={},
            timeout=TIME_LIMIT,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise LimitExceeded from error
    finally:
        _free_processes.release()
    return json.loads(process.stderr.splitlines()[-1])
