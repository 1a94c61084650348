"""Who may import whom; the contracts stand in pyproject.toml."""

import subprocess
import sys

import config

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"


def test_features_import_downwards_only_and_rules_know_no_web():
    # In a process of its own: it silences every logger that is there.
    told = subprocess.run(
        [sys.executable, "-c", LINT], cwd=config.ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, (
        f"{told.stdout}{told.stderr}\nMove what is needed down into the feature that both may import, or let the one"
        " below raise an event that the one above listens to. `lint-imports` says the same faster."
    )
