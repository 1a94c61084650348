"""Every function, class and constant of a module is named somewhere besides its definition."""

import ast
import re
from collections import Counter
from functools import cache

from tests.house.source_files import MODULES, PROJECT, named, tree

NAMED_IN = {
    "app": {".py", ".html", ".js", ".typ", ".toml"},
    "tests": {".py"},
    "migrations": {".py"},
    "config.py": {".py"},
}


@cache
def count_words():
    """Return how often each word is in the code, its tests, templates and scripts."""
    words = Counter()
    for name, suffixes in NAMED_IN.items():
        root = PROJECT / name
        for path in [root] if root.is_file() else root.rglob("*"):
            if path.suffix in suffixes:
                words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return words


def list_names(path):
    """Yield the names that a module defines. A decorated function is registered by its decorator."""
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef) or isinstance(node, ast.FunctionDef) and not node.decorator_list:
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (
                one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)
            )


def test_no_name_is_only_defined():
    words = count_words()
    names = [(path, name) for path in MODULES for name in list_names(path)]
    assert len(names) > 2000
    dead = [f"{named(path)}: {name}" for path, name in names if words[name] < 2]
    assert dead == [], "remove what nothing uses"
