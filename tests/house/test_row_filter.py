"""Nothing bypasses the row filter unless its module says why: `# unrestricted: reason` after the module's docstring."""

import ast

import pytest
from flask_appbuilder import Model
from sqlalchemy import false

from app.kernel.access.row_filter import scoped_classes
from app.kernel.actor import Scope
from app.kernel.schema.record import Record
from tests.house.source_files import MODULES, calls, marker, named, tree

UNMARKED = [path for path in MODULES if not marker(path, "unrestricted")]


def test_plain_tables_of_scoped_classes_are_queried_in_marked_modules_only():
    scoped = {cls.__name__ for cls in scoped_classes()}
    wrong = [
        f"{named(path)}:{node.lineno}"
        for path in UNMARKED
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "__table__"
        and getattr(node.value, "id", "") in scoped
    ]
    assert not wrong, f"{wrong}: the session filters select(Model), but not a plain table"


@pytest.mark.parametrize("name", ["act_as", "unrestricted", "Session"])
def test_the_actor_is_changed_in_marked_modules_only(name):
    wrong = [f"{named(path)}:{call.lineno}" for path in UNMARKED for call in calls(path, name)]
    assert not wrong, f"{wrong}: {name}() sees all rows or none of the actor's"


def test_every_marker_is_needed():
    scoped = {cls.__name__ for cls in scoped_classes()}
    idle = [
        named(path)
        for path in MODULES
        if marker(path, "unrestricted")
        and not any(any(calls(path, name)) for name in ("act_as", "unrestricted", "Session"))
        and not any(
            isinstance(node, ast.Attribute)
            and node.attr == "__table__"
            and getattr(node.value, "id", "") in scoped
            for node in ast.walk(tree(path))
        )
    ]
    assert idle in ([], ["app/kernel/actor.py"]), f"{idle}: remove the marker"


RECORDS = [cls for cls in scoped_classes() if issubclass(cls, Record)]


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
def test_record_class_has_a_row_filter_or_a_reason(cls):
    has_filter = cls.__row_filter__.__func__ is not Record.__row_filter__.__func__
    assert has_filter != bool(cls.__unrestricted__), (
        f"{cls.__name__} is invisible: use OwnedByUnit, CaseChild or PersonChild, or say `__unrestricted__ = reason`"
    )


def test_record_without_row_filter_is_invisible():
    class Forgotten(Record):
        __abstract__ = True

    class ForAll(Forgotten):
        __abstract__ = True
        __unrestricted__ = "a list of public holidays"

    for scope in (Scope(area="02", unit="PC-02"), Scope()):
        assert str(Forgotten.__row_filter__(scope)) == str(false()) and ForAll.__row_filter__(scope) is None


@pytest.mark.parametrize(
    "model",
    sorted((m.class_ for m in Model.registry.mappers), key=lambda cls: cls.__name__),
    ids=lambda cls: cls.__name__,
)
def test_whatever_hangs_on_a_case_or_person_says_whose_it_is(model):
    hangs = {"case_id", "person_id"} & set(model.__table__.c.keys())
    assert not hangs or hasattr(model, "__row_filter__") or model.__name__ in WITHOUT_A_SCOPE, (
        f"{model.__name__}: add __row_filter__ (people.visibility.OfPerson, cases.part.OfCase)"
    )


WITHOUT_A_SCOPE = {
    "Visibility": "holds ids alone; it is what the scope asks",
    "ActiveDeadline": "holds ids alone; it says of which records the scope is asked",
    "PersonStatus": "what every card of the nation says of somebody",
    "WatchMatch": "holds ids alone, of people whom the owner of a watch was told of",
    "Canary": "holds ids alone, for auditors, who open no record",
    "NameBearer": "an index of ids and years of birth; names.finding asks of each bearer whether he is seen",
}
