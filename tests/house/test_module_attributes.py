"""A name that code reads from a module of the application exists there, also where no test runs it."""

import ast
from importlib import import_module

from tests.house.source_files import MODULES, named, tree

NAMES = {named(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in MODULES}


def find_missing(file):
    """Yield (line, module, name) of each attribute of an imported module that the module does not have."""
    modules, rebound = {}, set()
    for node in ast.walk(file):
        if isinstance(node, ast.ImportFrom):
            names = {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
            modules |= {short: name for short, name in names.items() if name in NAMES}
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            rebound.add(node.id)
        elif isinstance(node, ast.arg):
            rebound.add(node.arg)
    for node in ast.walk(file):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = modules.get(node.value.id)
            known = name is None or node.value.id in rebound or hasattr(import_module(name), node.attr)
            if not known:
                yield node.lineno, name, node.attr


def test_attributes_of_imported_modules_exist():
    missing = {named(path): found for path in MODULES if (found := list(find_missing(tree(path))))}
    assert not missing, missing


def test_missing_attribute_is_found_in_a_function():
    code = "def run():\n    from app.web import system_state\n    return system_state.BACKUP_FILE\n"
    assert list(find_missing(ast.parse(code))) == [(3, "app.web.system_state", "BACKUP_FILE")]
