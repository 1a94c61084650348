"""The style sheet can be parsed, and every name in it has one meaning and is used.

`tests/browser/test_style_sheet.py` asks the browser about each property and its value.
"""

import re
from collections import Counter

from app.web import assets
from tests.house.source_files import MODULES
from tests.house.style_sheet import SOURCE, read_rules

RULES = read_rules()
TEMPLATES = sorted((assets.SOURCES.parent / "templates").rglob("*.html"))
CLASSES_OF_FAB = {"form-control", "input-group-addon"}
WIDTHS = {f"c{number}" for number in range(1, 13)}  # `parts/field.html` writes them with a number
SCRIPTS = [path for path in assets.SOURCES.rglob("*.js") if assets.BUILT not in path.parents]


def test_style_sheet_has_no_syntax_error():
    assert len(RULES) > 300
    assert not [(rule.selector, error.message) for rule in RULES for error in rule.errors]


def test_no_rule_sets_a_property_twice():
    for rule in RULES:
        names = Counter(one.name for one in rule.declarations)
        assert not [name for name, times in names.items() if times > 1], rule.selector


def test_no_selector_has_two_rules():
    selectors = Counter((rule.group, rule.selector) for rule in RULES if not rule.selector.startswith("@"))
    assert not [selector for selector, times in selectors.items() if times > 1]


def test_custom_properties_are_defined_and_used():
    defined = {one.name for rule in RULES for one in rule.declarations if one.name.startswith("--")}
    used = set(re.findall(r"var\((--[\w-]+)", SOURCE))
    assert used == defined


def test_every_class_occurs_in_a_template_a_script_or_a_module():
    sources = "\n".join(path.read_text("utf-8") for path in (*TEMPLATES, *SCRIPTS, *MODULES))
    words = set(re.findall(r"[\w-]+", sources))
    classes = set()
    for rule in RULES:
        classes |= set(re.findall(r"\.([A-Za-z][\w-]*)", rule.selector))
    assert classes - words - CLASSES_OF_FAB - WIDTHS == set()
