"""Every column of the reference data that influences who sees what is guarded by a second person.

The columns are found in the code: what the scope of a user is built from, what row filters query, what is copied into
the columns of row filters, and every column of a unit that another feature reads.
"""

import ast
import csv

import pytest
from flask_appbuilder import Model
from sqlalchemy import Table
from sqlalchemy.orm import MANYTOONE, configure_mappers
from sqlalchemy.sql import visitors

from app.accounts import user_scope
from app.accounts.models import User
from app.accounts.revoke_on_change import REVOKING_ATTRIBUTES
from app.accounts.write_guard import NOT_SELF_EDITABLE
from app.kernel.access.row_filter import scoped_classes
from app.kernel.actor import Scope
from app.reference.models import NamedMixin, Unit
from app.reference.status_lists import is_status_list
from tests.house.source_files import PROJECT

SCOPES = (
    Scope(area="02"),
    Scope(area="0201"),
    Scope(offence_families=frozenset(("drugs",))),
    Scope(unit="PC-02"),
)
# Names, the telephone and the key: they label a unit, and a key is never changed.
LABELS = {"code", "phone", "name_km", "name_en", "name_sort", "to_confirm"}
NOT_READERS = ("app/reference/", "app/demo/", "app/cli/")

# The lists of choices that one officer of the technical working group changes, reviewed: they describe, and no one decides by
# them. Any other list is fixed.
CHOICES = frozenset(
    (
        "act_kind", "act_signatures", "address_kind", "body_part", "code_list", "correction_cause",
        "court_level", "crash_cause", "crash_kind", "driving_licence", "duplicate_reason", "education",
        "ethnicity", "file_kind", "identification_evidence", "information_grade", "intoxication",
        "late_reason", "light", "lineup_mode", "marital", "mark_kind", "means", "method", "minor_reason",
        "motive", "name_kind", "nationality", "notice_kind", "notice_means", "occupation",
        "open_matter_reason", "organisation_kind", "outside_area_reason", "over_limit_reason",
        "override_reason", "packaging", "photo_missing", "place_kind", "place_level", "prison_kind",
        "question_kind", "rank", "relation", "relation_kind", "report_kind", "report_period",
        "review_part", "road_kind", "road_movement", "road_place", "road_protection", "road_surface",
        "road_user", "sex_unknown_reason", "source_grade", "state_of_mind", "store_kind", "training_topic",
        "unit_kind", "vehicle_unmarked_reason", "weapon", "weather",
    )
)  # fmt: skip


class _Recorder:
    """A unit that records which of its attributes are read."""

    def __init__(self):
        self.read = set()

    def __getattr__(self, name):
        self.read.add(name)
        return "02"


def _reference_models():
    configure_mappers()
    return [mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, NamedMixin)]


def _guarded():
    return {
        (model, name) for model in _reference_models() for name in getattr(model, "__scope_columns__", ())
    }


def _models_by_name():
    """Return {attribute or variable name: reference models it can hold}, from the relationships of all models."""
    models = _reference_models()
    found = {model.__name__: {model} for model in models} | {model.__tablename__: {model} for model in models}
    for mapper in Model.registry.mappers:
        for relation in mapper.relationships:
            if relation.direction is MANYTOONE and relation.mapper.class_ in models:
                found.setdefault(relation.key, set()).add(relation.mapper.class_)
    return found


def _sources():
    for path in sorted((PROJECT / "app").rglob("*.py")):
        name = path.relative_to(PROJECT).as_posix()
        if not name.startswith(NOT_READERS):
            yield name, ast.parse(path.read_text("utf-8"))


def _columns_read(tree, by_name):
    """Yield (model, column) of each attribute access on a reference model."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
            for model in by_name.get(owner, ()):
                if node.attr in model.__mapper__.columns and node.attr not in LABELS:
                    yield model, node.attr


def _row_filter_columns():
    """Return the column names of all row filters, and (table, column) of those of tables without a filter of their own."""
    names, foreign = set(), set()
    own = {cls.__tablename__ for cls in scoped_classes()}
    for cls in scoped_classes():
        for condition in (cls.__row_filter__(scope) for scope in SCOPES):
            for element in visitors.iterate(condition) if condition is not None else ():
                if element.__visit_name__ != "column":
                    continue
                names.add(element.name)
                table = getattr(element, "table", None)
                if isinstance(getattr(table, "name", None), str) and table.name not in own:
                    foreign.add((table.name, element.name))
    return names, foreign


def _copied_into(names):
    """Return (model, column) of what is assigned to columns of row filters, and of what `set_area` is called with."""
    by_name, found, functions = _models_by_name(), set(), {}
    trees = [tree for _name, tree in _sources()]
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                functions.setdefault(node.name, []).append(node)

    def trace(node, depth=2):
        found.update(_columns_read(node, by_name))
        for call in ast.walk(node):
            if depth and isinstance(call, ast.Call):
                called = getattr(call.func, "attr", getattr(call.func, "id", ""))
                for function in functions.get(called, ()):
                    trace(function, depth - 1)

    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Attribute) and target.attr in names for target in node.targets
            ):
                trace(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "set_area":
                for argument in node.args:
                    trace(argument, depth=0)
    return found


@pytest.mark.usefixtures("db_session")
def test_columns_of_the_scope_of_a_user_are_guarded():
    unit = _Recorder()
    user_scope.build_unit_scope(unit)
    assert unit.read - LABELS <= set(Unit.__scope_columns__)
    assert unit.read, "the scope is built from the unit"


def test_columns_that_row_filters_query_are_guarded():
    _names, foreign = _row_filter_columns()
    by_table = {model.__tablename__: model for model in _reference_models()}
    used = {(by_table[table], name) for table, name in foreign if table in by_table and name not in LABELS}
    assert used <= _guarded()


@pytest.mark.usefixtures("app")
def test_columns_copied_into_row_filters_are_guarded():
    names, _foreign = _row_filter_columns()
    copied = _copied_into(names - {"id", "code", "person_id", "case_id", "order_id", "kind", "voided_at"})
    missing = {(model.__name__, name) for model, name in copied - _guarded()}
    assert copied and not missing, f"{missing}: add the columns to `__scope_columns__` of the model."


def test_columns_of_units_that_features_read_are_guarded():
    by_name = _models_by_name()
    read = {pair[1] for _name, tree in _sources() for pair in _columns_read(tree, by_name) if pair[0] is Unit}
    assert read and not read - set(Unit.__scope_columns__), "add them to `Unit.__scope_columns__`"


def test_unit_of_an_account_is_guarded_and_its_change_ends_sessions():
    assert isinstance(User.__table__, Table)
    (column,) = User.unit.property.local_columns
    assert column.key in NOT_SELF_EDITABLE and column.key in REVOKING_ATTRIBUTES


def test_every_list_of_codes_is_fixed_or_a_reviewed_choice():
    with (PROJECT / "app/reference/data/codes.tsv").open(encoding="utf-8") as file:
        lists = {row["list"] for row in csv.DictReader(file, delimiter="\t")}
    assert {one for one in lists if not is_status_list(one)} == CHOICES
