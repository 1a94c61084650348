"""Nothing bypasses the row filter unless its module says why: `# unrestricted: reason` after the module's docstring."""

import ast
import re

import pytest
from flask_appbuilder import Model
from sqlalchemy import false

from app.kernel.access.row_filter import scoped_classes
from app.kernel.actor import Scope
from app.kernel.schema.record import Record
from tests.house.source_files import MODULES, calls, marker, named, tree

# The modules outside the kernel that may open a connection without a session: none of their tables has a scope.
CONNECTS = (
    "app/kernel/",
    "app/reference/",
    "app/cli/",
    "app/demo/",
    "app/jobs/",
    "app/name_search/index_rebuild.py",
)
CONNECTS += tuple(
    f"app/{name}.py"
    for name in (
        "inbox/unread_counts", "accounts/sessions", "accounts/api_tokens", "accounts/access_purpose",
        "audit_review/bulk_access_alert", "audit_review/canary_records", "audit_review/log_verification",
        "statistics/map_figures", "statistics/query_builder/fields",
    )
)  # fmt: skip
# The modules that may read the table of any mapper: they need its columns, or its rows are already visible.
READS_TABLES = (
    "app/kernel/audit/row_hashes.py",
    "app/duplicates/person_references.py",
    "app/cli/migrations.py",
)
# The modules with SQL text about a scoped table: the demo fills the person lists of the provinces, a check compares them.
WRITES_SQL = ("app/demo/bulk_load.py", "app/people/visibility.py")
SQL = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
UNMARKED = [path for path in MODULES if not marker(path, "unrestricted")]


def find_plain_tables(path):
    """Return the lines that use the table of a scoped class, also under another name."""
    scoped = {cls.__name__ for cls in scoped_classes()}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            scoped |= {one.asname for one in node.names if one.name in scoped and one.asname}
    return [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "__table__"
        and getattr(node.value, "id", "") in scoped
    ]


def find_mapper_tables(path):
    """Return the lines that read the table of a mapper, or all tables."""
    names = ("local_table", "persist_selectable", "mapped_table")
    return [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and (node.attr in names or ast.unparse(node).endswith("metadata.tables"))
    ]


def find_raw_sql(path):
    """Return the lines with SQL text that reads or changes a scoped table."""
    tables = "|".join(cls.__tablename__ for cls in scoped_classes())
    of_scoped = re.compile(rf'\b(FROM|JOIN|INTO|UPDATE)\s+"?({tables})\b', re.IGNORECASE)
    texts = (node for node in ast.walk(tree(path)) if isinstance(node, (ast.Constant, ast.JoinedStr)))
    found = ((node.lineno, _join_text(node)) for node in texts)
    return [line for line, text in found if SQL.match(text) and of_scoped.search(text)]


def _join_text(node):
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    values = (getattr(part, "value", "") for part in parts)
    return "".join(value if isinstance(value, str) else "?" for value in values)


def find_connections(path):
    """Return the lines that open a connection without a session."""
    opened = [*calls(path, "begin"), *calls(path, "connect"), *calls(path, "raw_connection")]
    return [call.lineno for call in opened if "engine" in ast.unparse(call.func)]


def find_lines(find, paths):
    return [f"{named(path)}:{line}" for path in paths for line in find(path)]


def test_plain_tables_of_scoped_classes_are_queried_in_marked_modules_only():
    wrong = find_lines(find_plain_tables, UNMARKED)
    assert not wrong, f"{wrong}: the session filters select(Model), but not a plain table"


def test_tables_of_mappers_are_read_in_marked_modules_only():
    wrong = find_lines(find_mapper_tables, [one for one in UNMARKED if named(one) not in READS_TABLES])
    assert not wrong, f"{wrong}: the session filters select(Model), but not a plain table"


def test_sql_text_about_records_is_in_marked_modules_only():
    wrong = find_lines(find_raw_sql, [one for one in UNMARKED if named(one) not in WRITES_SQL])
    assert not wrong, f"{wrong}: the session filters select(Model), but no text"


def test_connections_without_a_session_are_opened_in_listed_modules_only():
    wrong = find_lines(find_connections, [one for one in MODULES if not named(one).startswith(CONNECTS)])
    assert not wrong, f"{wrong}: no row filter applies to a connection; use db.session"


BYPASSES = {
    find_raw_sql: 'text("SELECT name_sort FROM person")',
    find_plain_tables: "P.__table__",
    find_mapper_tables: "inspect(P).local_table",
    find_connections: "db.engine.begin()",
}


@pytest.mark.parametrize("find", BYPASSES, ids=lambda find: find.__name__)
def test_bypass_of_the_row_filter_is_found(tmp_path, find):
    lines = ["from app.people.models import Person as P", "def page():", f"    return {BYPASSES[find]}"]
    path = tmp_path / "views.py"
    path.write_text("\n".join(lines))
    assert find(path) == [3]


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
def test_model_of_a_case_or_person_has_a_row_filter(model):
    parents = {"case_id", "person_id"} & set(model.__table__.c.keys())
    assert not parents or hasattr(model, "__row_filter__") or model.__name__ in WITHOUT_A_FILTER, (
        f"{model.__name__}: derive it from app.people.visibility.PersonChild or app.cases.row_filter.CaseChild"
    )


WITHOUT_A_FILTER = {
    "Visibility": "holds ids alone; the row filter reads it",
    "ActiveDeadline": "holds ids alone; the row filter of the named record applies",
    "PersonStatus": "the status that every nationwide card shows",
    "WatchMatch": "holds ids alone, of people that the owner of a watch may see",
    "Canary": "holds ids alone, for auditors, who open no record",
    "NameBearer": "an index of ids and years of birth; the search applies the row filter to each bearer",
}
