"""The import contracts of pyproject.toml hold, and tests import only names that exist."""

import ast
import importlib
import subprocess
import sys

import config
from tests.house.source_files import PROJECT, named, tree

OURS = ("app", "tests", "config")

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"


def test_features_import_downwards_only_and_rules_know_no_web():
    # A process of its own, because it silences every existing logger.
    told = subprocess.run(
        [sys.executable, "-c", LINT], cwd=config.ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, (
        f"{told.stdout}{told.stderr}\nMove what is needed down into the feature that both may import, or let the one"
        " below raise an event that the one above listens to. `lint-imports` says the same faster."
    )


def _taken(path):
    """Return (line, module, name) of every project name that the file imports by name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] in OURS:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)


def test_every_name_imported_by_tests_exists():
    """Gates, browser tests and benchmark run separately: a missing name would be found late."""
    gone = []
    for path in sorted((PROJECT / "tests").rglob("*.py")):
        for line, module, name in _taken(path):
            if not hasattr(importlib.import_module(module), name):
                try:
                    importlib.import_module(f"{module}.{name}")
                except ModuleNotFoundError:
                    gone.append(f"{named(path)}:{line}: {module} has no {name}")
    assert not gone, f"{gone}: the name was moved or dropped there; take it from where it lives now."
