"""The time that `create_app()` takes in a new process, and the statements it sends to the database."""

import json
import os
import subprocess
import sys
from statistics import median

import config

SECONDS, STATEMENTS = 0.3, 2
CODE = """
import json, sys, time
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.bench import stores
asked = []
event.listen(Engine, "before_cursor_execute", lambda c, k, statement, *rest: asked.append(statement))
import app
begun = time.perf_counter()
app.create_app(**stores.settings(*sys.argv[1:]))
made = time.perf_counter() - begun
writes = [one for one in asked if not one.lstrip().upper().startswith(("SELECT", "PRAGMA", "SHOW"))]
print(json.dumps([made, len(asked), len(writes)]))
"""


def measure(url, folder, times):
    found = []
    for _ in range(times):
        words = [sys.executable, "-c", CODE, url, str(folder)]
        answer = subprocess.run(
            words, cwd=config.ROOT, env=os.environ, capture_output=True, text=True, check=True
        )
        found.append(json.loads(answer.stdout.splitlines()[-1]))
    makes, statements, writes = zip(*found, strict=True)
    return {
        "create_app": median(makes),
        "statements": max(statements),
        "writes": max(writes),
        "seconds_target": SECONDS,
        "statements_target": STATEMENTS,
    }
