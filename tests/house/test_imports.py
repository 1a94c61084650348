"""The import contracts of pyproject.toml hold, and tests import only names that exist."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib

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


def test_contracts_name_every_package():
    """A new feature is added to these three contracts, and its rules to the contract of rules."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers, pure, wiring, views, _kernel = settings["contracts"]
    features = {f"app.{path.parent.name}" for path in (PROJECT / "app").glob("*/__init__.py")}
    features -= {"app.cli", "app.web"}  # they may import every feature
    assert set(" | ".join(layers["layers"]).split(" | ")) == features | {"app.extensions"}
    assert set(wiring["source_modules"]) == features
    assert set(views["source_modules"]) == features - {"app.kernel"}
    rules = {
        f"app.{path.parent.name}.rules"
        for path in [*(PROJECT / "app").glob("*/rules.py"), *(PROJECT / "app").glob("*/rules")]
    }
    assert set(pure["source_modules"]) >= rules


def test_diagram_shows_every_feature():
    text = (PROJECT / "docs/architecture.md").read_text("utf-8")
    diagram = text.partition("```mermaid")[2].partition("```")[0]
    features = {path.parent.name for path in (PROJECT / "app").glob("*/__init__.py")} - {
        "web",
        "cli",
        "kernel",
    }
    assert features <= set(re.findall(r"\w+", diagram))


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
