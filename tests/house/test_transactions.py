"""Transactions end in one unit of work, which views and marked modules open, so that no other code saves a refused change."""

import ast

from tests.house.source_files import MODULES, calls, marker, named, tree

OWNERS = {"app/kernel/database/transactions.py", "app/kernel/concurrency/unit_of_work.py"}


def _ends_transaction(path):
    """Return whether the module opens a unit of work or commits."""
    called = [*calls(path, "unit_of_work"), *calls(path, "commit")]
    return any(isinstance(call.func, ast.Name) for call in called)


def _is_view(path):
    """Return whether the module has an endpoint: a request may end its own transaction."""
    return any(calls(path, "expose")) or "class_permission_name" in path.read_text("utf-8")


def test_sessions_are_committed_and_rolled_back_by_the_unit_of_work_only():
    wrong = []
    for path in MODULES:
        lines = path.read_text("utf-8").splitlines()
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("commit", "rollback"):
                is_marked = "# commits: " in lines[node.lineno - 1]
                if named(path) not in OWNERS and not is_marked:
                    wrong.append(f"{named(path)}:{node.lineno}")
    assert not wrong, f"{wrong}: write `with unit_of_work():`"


def test_transactions_end_in_views_and_marked_modules_only():
    wrong = [
        named(path)
        for path in MODULES
        if _ends_transaction(path)
        and not _is_view(path)
        and not marker(path, "commits")
        and named(path) not in OWNERS
    ]
    assert not wrong, (
        f"{wrong}: an action flushes and leaves the commit to the view that called it; a module that must commit says"
        " why: `# commits: reason` after its docstring"
    )


def test_every_commits_marker_is_needed():
    idle = [named(path) for path in MODULES if marker(path, "commits") and not _ends_transaction(path)]
    assert not idle, f"{idle}: remove the marker"
