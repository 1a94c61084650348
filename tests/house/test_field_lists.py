"""A new field of a model is forgotten nowhere.

A list of many fields of one model is built with `field_names_on`, which adds new fields, and names the omitted ones
with a reason. A module that chooses fields on purpose says so after its docstring: `# chosen fields: reason`.
"""

import ast
import re
from functools import cache

import pytest
from flask_appbuilder import Model

from app.kernel.audit import access_log
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.screens.record_view import RecordView
from tests.house.source_files import MODULES, TEMPLATES, marker, named, tree

MANY = 6  # fewer fields are a choice, not a copy of the model
COMPLETE = ("field_names_on", "field_groups", "_make_form")  # they add every field that is not named
MODELS = [mapper.class_ for mapper in Model.registry.mappers]


@cache
def find_fields():
    return [(model, set(fields_of(model))) for model in MODELS]


def find_model(names):
    """Return the model of which all these names are fields, or None."""
    return next((model for model, fields in find_fields() if fields.issuperset(names)), None)


def find_lists(node):
    """Yield (line, names) of each list of many names, but not of columns of a view and of reasons to omit a field."""
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("_columns"):
        return
    called = node.func if isinstance(node, ast.Call) else None
    if getattr(called, "id", "") in COMPLETE or getattr(called, "attr", "") == "fromkeys":
        return
    elements = getattr(node, "elts", None) or (called and node.args) or ()
    names = [one.value for one in elements if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if len(names) >= MANY:
        yield node.lineno, names
    for child in ast.iter_child_nodes(node):
        yield from find_lists(child)


def is_own(path, model):
    """Return True for the module of the model, which is about its own columns."""
    return named(path).removesuffix(".py").replace("/", ".") == model.__module__


def test_modules_repeat_no_list_of_fields():
    wrong = [
        f"{named(path)}:{line} ({model.__name__})"
        for path in MODULES
        if not marker(path, "chosen fields")
        for line, names in find_lists(tree(path))
        if (model := find_model(names)) and not is_own(path, model)
    ]
    assert not wrong, f"{wrong}: use field_names_on, or say `# chosen fields: reason`"


def test_templates_repeat_no_list_of_fields():
    lists = rf"[(\[]((?:\s*'\w+',?){{{MANY},}})\s*[)\]]"
    wrong = [
        f"{path.name}: {names[0]}"
        for path in TEMPLATES
        for found in re.findall(lists, path.read_text("utf-8"))
        if find_model(names := re.findall(r"\w+", found))
    ]
    assert not wrong, f"{wrong}: take the list from the view"


def test_every_marker_is_needed():
    idle = [
        named(path)
        for path in MODULES
        if marker(path, "chosen fields")
        and not any(find_model(names) for _line, names in find_lists(tree(path)))
    ]
    assert not idle, f"{idle}: remove the marker"


def find_views(cls=RecordView):
    for view in cls.__subclasses__():
        yield from find_views(view)
        if view.datamodel is not None and view.__module__.startswith("app."):
            yield view


@pytest.mark.parametrize("screen", ["list", "show", "add", "edit", "search", "order"])
def test_views_show_every_field_that_is_declared_for_the_screen(app, screen):
    wrong, views = [], list(find_views())
    for model in {view.datamodel.obj for view in views}:
        of_model = [view for view in views if view.datamodel.obj is model]
        shown = {
            name
            for view in of_model
            for name in (getattr(view, f"{screen}_columns") or field_names_on(model, screen))
        }
        omitted = {name for view in of_model for name in view.omitted_columns}
        wrong += [
            f"{model.__name__}.{name}"
            for name in field_names_on(model, screen)
            if name not in shown | omitted
        ]
    assert not wrong, f"{sorted(wrong)}: add them to {screen}_columns, or to omitted_columns with a reason"


def test_lists_that_name_people_need_a_purpose(registers):
    """Such a list is logged, and its people count for the daily limit of the reader."""
    views = [view for view in registers("sqlite").app.appbuilder.baseviews if isinstance(view, RecordView)]
    without = []
    for view in views:
        fields = fields_of(view.datamodel.obj)
        shown = {*view.column_choices, *field_names_on(view.datamodel.obj, "list")} & fields.keys()
        names_people = any(fields[name].lookup in ("person", "case_person") for name in shown)
        if names_people and "can_list" in view.base_permissions and access_log.LIST not in view.needs_purpose:
            without.append(type(view).__name__)
    assert not without, f"These lists show people without a purpose: {without}"
