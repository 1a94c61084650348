"""Who may import whom; the contracts stand in pyproject.toml."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_features_import_downwards_only_and_rules_know_no_web(capsys):
    status = (
        lint_imports(no_timestamps=True)
        if "no_timestamps" in lint_imports.__code__.co_varnames
        else lint_imports()
    )
    assert status == EXIT_STATUS_SUCCESS, (
        f"{capsys.readouterr().out}\nMove what is needed down into the feature that both may import, or let the one below"
        " raise an event that the one above listens to. `lint-imports` says the same faster."
    )
