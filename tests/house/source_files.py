"""The project's own files, for the tests that read them."""

import ast
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MODULES = sorted((PROJECT / "app").rglob("*.py"))
TEMPLATES = sorted((PROJECT / "app/templates").rglob("*.html"))


def named(path):
    """Return the path relative to the project: app/kernel/screens/record_view.py."""
    return path.relative_to(PROJECT).as_posix()


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"), str(path))


def calls(path, name):
    """Return every call with the last name `name`, e.g. `commit` for `db.session.commit()`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func
            if (getattr(called, "attr", None) or getattr(called, "id", None)) == name:
                yield node


def marker(path, name):
    """Return the reason in a comment `# name: reason` after the docstring of a module, or an empty string."""
    first = tree(path).body[0].end_lineno if tree(path).body else 0
    for line in path.read_text("utf-8").splitlines()[first:]:
        if not line.startswith("# "):
            return ""
        if line.startswith(f"# {name}: "):
            return line.partition(": ")[2]
    return ""
