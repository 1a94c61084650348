"""Everything that runs without being called is listed in app/wiring.py."""

import ast
import re

from app import wiring
from tests.house.source_files import MODULES, calls, named, tree


def test_session_hooks_are_attached_in_wiring_only():
    elsewhere = [
        named(path)
        for path in MODULES
        if named(path) != "app/wiring.py" and (any(calls(path, "listens_for")) or any(calls(path, "listen")))
    ]
    # A connection of a long job keeps no prepared statement: attached to one engine, for one process.
    assert elsewhere == ["app/kernel/database/psycopg_patches.py"]


def test_registries_list_every_module_that_registers():
    for name, modules in wiring.REGISTRIES.items():
        listed = {module.__name__ for module in modules}
        registering = {
            named(path).removesuffix(".py").replace("/", ".")
            for path in MODULES
            if any(_is_top_level_call(path, name))
        }
        assert registering == listed, f"wiring.REGISTRIES[{name!r}]"


def _is_top_level_call(path, name):
    for node in tree(path).body:
        decorators = getattr(node, "decorator_list", [])
        candidates = [*decorators, *([node.value] if isinstance(node, ast.Expr) else [])]
        for call in candidates:
            if isinstance(call, ast.Call) and name in (
                getattr(call.func, "attr", ""),
                getattr(call.func, "id", ""),
            ):
                yield call


def test_no_module_is_imported_for_its_side_effects():
    silent = [named(path) for path in MODULES if re.search(r"noqa: F401", path.read_text("utf-8"))]
    assert not silent, f"{silent}: list what a module registers in app/wiring.py"


def test_threads_are_started_by_the_scheduler_and_by_jobs():
    started = {named(path) for path in MODULES if any(calls(path, "Thread"))}
    assert started <= {"app/kernel/scheduler.py", "app/jobs/worker.py", "app/jobs/runner.py"}
