"""Every filter of a large list, requested for a rare value and for one that no row has.

A filter without an index reads the whole table when few rows match; this shows only with many rows.
"""

from statistics import median

from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric

from app import menu
from app.kernel.schema.fields import field_names_on, fields_of

LIMIT = 100  # elapsed milliseconds for any filter
SOME = 50_000  # rows of a table from which a rare value is chosen
LARGE = (
    "Person",
    "PersonName",
    "PersonDocument",
    "PersonAddress",
    "PersonMark",
    "Case",
    "CaseOffence",
    "Involvement",
    "Exhibit",
)
ABSENT = "ឳឳឳ"  # no name, number or description starts with it


def measure(worker, times):
    """Return a row for each column and value, the slowest first."""
    views = {screen[0].class_permission_name: screen[0] for screen in menu.SCREENS}
    rows = []
    for name in LARGE:
        view = views[name]
        model = view.datamodel.obj
        token = worker.token(f"/{name.lower()}/list/")
        for column in field_names_on(model, "search"):
            for kind, value in _values(worker, model, column):
                rows.append(_asked(worker, name, column, kind, value, token, times))
    return sorted(rows, key=lambda row: -row["wall"])


def _asked(worker, name, column, kind, value, token, times):
    sent = worker.answer(f"/{name.lower()}/search", "POST", {"csrf_token": token, f"_flt_0_{column}": value})
    assert sent["status"] == 302, f"{name}.{column}: {sent['status']}"
    answers = [worker.answer(sent["location"]) for _ in range(times)]
    assert answers[-1]["status"] == 200, f"{name}.{column} = {value}: {answers[-1]['status']}"
    return {
        "filter": f"{name}.{column}",
        "value": f"{kind}: {value}",
        "wall": median(one["wall"] for one in answers[1:]),
        "target": LIMIT,
    }


def _is_there(worker, table, column, key):
    return bool(worker.query(f"SELECT 1 FROM \"{table}\" WHERE {column} = '{key}' LIMIT 1"))  # noqa: S608


def _values(worker, model, column):
    meaning, type_ = fields_of(model)[column], model.__mapper__.attrs[column].columns[0].type
    table = model.__table__.name
    if meaning.codes:
        some = f'SELECT {column} FROM "{table}" LIMIT {SOME}'  # noqa: S608
        counts = worker.query(f"SELECT {column}, count(*) FROM ({some}) AS sample GROUP BY {column}")  # noqa: S608
        found = {key: number for key, number in counts if key}
        rare = min(found, key=found.get, default=None)
        others = (key for key in worker.code_keys(meaning.codes) if key not in found)
        absent = next((key for key in others if not _is_there(worker, table, column, key)), None)
        return [(kind, key) for kind, key in (("rare", rare), ("absent", absent)) if key]
    if isinstance(type_, Boolean):
        return [("yes", "1")]
    if isinstance(type_, (Date, DateTime)):
        return [("absent", "01-01-2099")]
    if isinstance(type_, (Integer, Numeric)):
        return [("absent", "2099")]
    some = worker.query(f'SELECT {column} FROM "{table}" WHERE {column} IS NOT NULL LIMIT 1 OFFSET 1234')  # noqa: S608
    return [*(("one", value) for (value,) in some), ("absent", ABSENT)]
