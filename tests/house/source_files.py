"""The project's own files, for the tests that read them."""

import ast
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MODULES = sorted((PROJECT / "app").rglob("*.py"))
TEMPLATES = sorted((PROJECT / "app/templates").rglob("*.html"))


def named(path):
    """The path as people write it: app/kernel/screens/record_view.py."""
    return path.relative_to(PROJECT).as_posix()


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"), str(path))


def calls(path, name):
    """Every call of something with that last name, e.g. `commit` for `db.session.commit()`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func
            if (getattr(called, "attr", None) or getattr(called, "id", None)) == name:
                yield node
