"""Modules have docstrings, templates parse, and no data becomes unescaped markup."""

import ast
import re

import pytest

from tests.house.source_files import MODULES, TEMPLATES, calls, named, tree

MAX_TEMPLATE_COLUMNS = 120


def test_code_has_no_todo_and_no_swallowed_exception():
    for path in MODULES:
        text = path.read_text("utf-8")
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", text), f"{named(path)}: do it, or write an issue."
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
                silent = all(isinstance(part, ast.Pass) for part in node.body)
                assert not (broad and silent), (
                    f"{named(path)}:{node.lineno}: catch what can happen, and say what then."
                )


def test_every_public_module_class_and_view_has_a_docstring():
    bare = [named(path) for path in MODULES if not ast.get_docstring(tree(path))]
    assert not bare, f"Begin these files with a sentence on what they are for: {bare}"


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_every_template_can_be_read(path, registers):
    registers("sqlite").app.jinja_env.parse(path.read_text("utf-8"), filename=str(path))


def test_no_template_line_is_too_long():
    long_lines = [
        f"{named(path)}:{number}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > MAX_TEMPLATE_COLUMNS
    ]
    assert not long_lines, f"{long_lines}: break these lines; adjacent string literals are one message."


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_only_widgets_are_marked_safe(path):
    marked = re.findall(r"([^{%]*)\|\s*safe\b(?!_)", path.read_text("utf-8"))
    others = [one.strip() for one in marked if not re.fullmatch(r"\s*(widgets\.\w+|inner)\([^)]*\)\s*", one)]
    assert not others, f"{others}: `|safe` is for FAB's widgets alone; a value of a record is escaped."


# Values that may be wrapped: attributes escaped by WTForms, parts of our own widgets, and a catalogue
# message, as Jinja wraps it.
WRAPPED = (
    "html_params(", "visible", "hidden", "super().__call__(", "template.render(", "get_translations().ugettext(message)",
)  # fmt: skip
ESCAPES_ITSELF = {
    "app/kernel/screens/table_html.py"
}  # builds rows from text for speed; test_views.py tests it with hostile names


def _is_escaped(text, path):
    """Return whether every value in an f-string is a name that this module sets with `escape(…)`."""
    values = [part.value for part in text.values if isinstance(part, ast.FormattedValue)]
    escaped = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Assign) and "escape(" in ast.unparse(node.value):
            escaped |= {name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)}
    return all(isinstance(value, ast.Name) and value.id in escaped for value in values)


def test_no_data_becomes_markup_unescaped():
    wrong = []
    for path in MODULES:
        for call in calls(path, "Markup") if named(path) not in ESCAPES_ITSELF else ():
            argument = call.args[0]
            if isinstance(argument, ast.JoinedStr) and _is_escaped(argument, path):
                continue
            if not isinstance(argument, ast.Constant) and not ast.unparse(argument).startswith(WRAPPED):
                wrong.append(f"{named(path)}:{call.lineno}: {ast.unparse(call)}")
    assert not wrong, f"{wrong}: write Markup('<b>{{}}</b>').format(value), which escapes the value."


def test_no_sentence_of_sql_is_put_together_from_text():
    wrong = [
        f"{named(path)}:{call.lineno}"
        for path in MODULES
        for call in calls(path, "text")
        if call.args
        and isinstance(call.args[0], (ast.JoinedStr, ast.BinOp))
        and "sqlalchemy" in path.read_text("utf-8")
    ]
    assert not wrong, f"{wrong}: give values as bind parameters."


def test_nothing_is_evaluated():
    forbidden = ("eval", "exec", "render_template_string", "system", "popen")
    wrong = [
        f"{named(path)}:{call.lineno}" for path in MODULES for name in forbidden for call in calls(path, name)
    ]
    assert not wrong
