"""Modules have docstrings, templates parse, and no data becomes unescaped markup."""

import ast
import re
import subprocess
import sys

import pytest

from tests.house.source_files import MODULES, PROJECT, TEMPLATES, calls, named, tree

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


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_messages_of_required_fields_are_those_of_the_server(path):
    """A browser shows its own ones in its own language, which is not that of the reader."""
    forms = re.findall(
        r"<form\b((?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*)>(.*?)</form>", path.read_text("utf-8"), re.DOTALL
    )
    asking = [
        tag
        for tag, body in forms
        if re.search(r"<(input|textarea|select)[^>]*?\brequired\b|purpose_fields", body)
    ]
    assert all("novalidate" in tag for tag in asking), (
        "Add novalidate to the form, and a message in its view."
    )


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
WRAPPED = ("html_params(", "super().__call__(", "template.render(", "get_translations().ugettext(message)")
WRAPPED_NAMES = ("visible", "hidden")
ESCAPING = ("escape(", "write_attributes(")
ESCAPES_ITSELF = {
    "app/kernel/screens/table_html.py",  # builds rows from text for speed; test_views.py tests it with hostile names
    "app/kernel/forms/wtforms_patches.py",  # attributes, as WTForms writes them; tests/kernel/test_patches.py compares
    "app/help/guides.py",  # the Markdown of docs/guide; the renderer escapes its HTML
}


def _is_escaped(text, path):
    """Return whether every value in an f-string is a name that this module sets with `escape` or `write_attributes`."""
    values = [part.value for part in text.values if isinstance(part, ast.FormattedValue)]
    escaped = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Assign) and any(one in ast.unparse(node.value) for one in ESCAPING):
            escaped |= {name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)}
    return all(isinstance(value, ast.Name) and value.id in escaped for value in values)


def find_unescaped_markup(path):
    """Return (line, code) of each value that becomes markup although nothing has escaped it."""
    names = {"Markup"} | {
        one.asname
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        for one in node.names
        if one.name == "Markup" and one.asname
    }
    found = []
    for call in (call for name in sorted(names) for call in calls(path, name)):
        argument = call.args[0] if call.args else call
        if isinstance(argument, ast.JoinedStr) and _is_escaped(argument, path):
            continue
        code = ast.unparse(argument)
        if not isinstance(argument, ast.Constant) and not (code.startswith(WRAPPED) or code in WRAPPED_NAMES):
            found.append((call.lineno, ast.unparse(call)))
    return found


def test_no_data_becomes_markup_unescaped():
    wrong = [
        f"{named(path)}:{line}: {code}"
        for path in MODULES
        if named(path) not in ESCAPES_ITSELF
        for line, code in find_unescaped_markup(path)
    ]
    assert not wrong, f"{wrong}: write Markup('<b>{{}}</b>').format(value), which escapes the value."


@pytest.mark.parametrize(
    "code", ["Markup(user_text)", "M(user_text)", "Markup(visible_text)", "Markup(f'<b>{user_text}')"]
)
def test_markup_of_user_text_is_found(tmp_path, code):
    path = tmp_path / "views.py"
    path.write_text(f"from markupsafe import Markup, Markup as M\nshown = {code}\n")
    assert [line for line, _code in find_unescaped_markup(path)] == [2]


UNSAFE = {
    "S602": "import subprocess\n\nsubprocess.run(user_text, shell=True)\n",
    "S605": "import os\n\nos.system(user_text)\n",
    "S301": "import pickle\n\npickle.loads(user_text)\n",
    "S608": 'found = "SELECT name FROM person WHERE id = " + user_text\n',
    "BLE001": "def find():\n    try:\n        return 1\n    except Exception:\n        return None\n",
}


@pytest.mark.parametrize("rule", UNSAFE)
def test_linter_finds_unsafe_code(rule):
    words = ["ruff", "check", "--output-format", "concise", "--stdin-filename", "app/people/unsafe.py", "-"]
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=PROJECT, input=UNSAFE[rule], capture_output=True, text=True
    )
    assert f" {rule} " in done.stdout


def test_no_sentence_of_sql_is_put_together_from_text():
    wrong = [
        f"{named(path)}:{call.lineno}"
        for path in MODULES
        for call in calls(path, "text")
        if call.args
        and isinstance(call.args[0], (ast.JoinedStr, ast.BinOp, ast.Call))
        and "sqlalchemy" in path.read_text("utf-8")
    ]
    assert not wrong, f"{wrong}: give values as bind parameters."


def test_nothing_is_evaluated():
    forbidden = ("eval", "exec", "render_template_string", "system", "popen")
    wrong = [
        f"{named(path)}:{call.lineno}" for path in MODULES for name in forbidden for call in calls(path, name)
    ]
    assert not wrong
