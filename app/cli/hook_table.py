"""Writes docs/hooks.md: the hooks and jobs of `app/wiring.py`, and the attributes that modules add to other classes."""

import ast
import inspect
import re

import config
from app import wiring

HEAD = """# Hooks and jobs

`app/wiring.py` lists what runs without a call. `python3 run.py hooks` writes this page from it and from the code. If
metrics are on, `app/web/metrics.py` also listens to each request, slow query and job.

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
EXTENSIONS = """
## Classes extended elsewhere

A higher feature, or `app/menu.py`, adds these attributes to a class of a lower feature or of a library.

| Module | Attributes |
|---|---|
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
    extensions = [
        f"| `{path.relative_to(config.ROOT)}` | {', '.join(f'`{name}`' for name in names)} |"
        for path in sorted((config.ROOT / "app").rglob("*.py"))
        if (names := _find_added_attributes(ast.parse(path.read_text("utf8"))))
    ]
    parts = HEAD, events, JOBS, jobs, EXTENSIONS, extensions
    return "".join(part if isinstance(part, str) else "\n".join(part) + "\n" for part in parts)


def _find_added_attributes(tree):
    """Return the attributes, sorted, that a module assigns to classes of other modules."""
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assigned = [
        target for node in ast.walk(tree) if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Attribute)
    ]  # fmt: skip
    classes = {target: ast.unparse(target.value).rpartition(".")[2] for target in assigned}
    return sorted(
        {
            f"{name}.{target.attr}"
            for target, name in classes.items()
            if name[:1].isupper() and not name.isupper() and name not in own
        }
    )


def _name(function):
    return f"{function.__module__.removeprefix('app.')}.{function.__name__}"


def _purpose(function):
    text = inspect.getdoc(function)
    if not text:
        raise ValueError(f"{_name(function)} needs a docstring, which docs/hooks.md shows.")
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0].replace("\n", " ").removesuffix(".")
