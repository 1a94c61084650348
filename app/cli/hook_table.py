"""Writes docs/hooks.md, the hooks and jobs of `app/wiring.py` with the first sentence of their docstrings."""

import inspect
import re

from app import wiring

HEAD = """# Hooks and jobs

`app/wiring.py` lists what runs without a call. `python3 run.py hooks` writes this page from it.

## Hooks

The hooks of an event run in this order. Those of a record run after all others of the flush.

| Event | Hook | Purpose |
|---|---|---|
"""
JOBS = """
## Scheduled jobs

| Job | Function | Seconds | Purpose |
|---|---|---|---|
"""


def render_hooks():
    """Return the page. Raises ValueError if a function has no docstring."""
    events = [
        f"| `{event}` | `{_name(hook)}` | {_purpose(hook)} |"
        for hooks in (wiring.SESSION_HOOKS, wiring.RECORD_HOOKS, wiring.ENGINE_HOOKS)
        for event, functions in hooks.items()
        for hook in functions
    ]
    jobs = [
        f"| {job.name}{', of each process' if job.of_process else ''} | `{_name(job.run)}` | {job.every}"
        f" | {_purpose(job.run)} |"
        for job in wiring.SCHEDULED_JOBS
    ]
    return HEAD + "\n".join(events) + "\n" + JOBS + "\n".join(jobs) + "\n"


def _name(function):
    return f"{function.__module__.removeprefix('app.')}.{function.__name__}"


def _purpose(function):
    text = inspect.getdoc(function)
    if not text:
        raise ValueError(f"{_name(function)} needs a docstring, which docs/hooks.md shows.")
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0].replace("\n", " ").removesuffix(".")
