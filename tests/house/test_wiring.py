"""Everything that runs without being called is listed in app/wiring.py."""

import ast
import importlib
import re

from app import menu, wiring
from app.cli import hook_table
from app.kernel.screens.record_view import RecordView
from tests.house.source_files import MODULES, PROJECT, calls, named, tree


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


def test_every_record_view_with_a_resource_is_a_screen():
    declared = {
        view
        for path in MODULES
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and any(_is_resource_name(one) for one in node.body)
        if issubclass(view := _load_class(path, node.name), RecordView)
    }
    screens = {*(entry[0] for entry in menu.SCREENS), *menu.HIDDEN_VIEWS}
    assert declared and declared <= screens, "import the view in app/menu.py"
    assert declared == {view for view in RecordView.registered if view.resource_name and view in screens}


def test_list_of_hooks_is_up_to_date():
    written = (PROJECT / "docs/hooks.md").read_text("utf-8")
    assert written == hook_table.render_hooks(), "docs/hooks.md is out of date: python3 run.py hooks"


def _load_class(path, name):
    return getattr(importlib.import_module(named(path).removesuffix(".py").replace("/", ".")), name)


def _is_resource_name(node):
    """Return whether a statement of a class body sets `resource_name` to a name."""
    if not isinstance(node, ast.Assign) or "resource_name" not in ast.unparse(node.targets[0]):
        return False
    return not (isinstance(node.value, ast.Constant) and node.value.value is None)


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
