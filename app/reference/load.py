"""Fills the reference tables from the files in `data/`, and brings them up to date when the files change.

Nothing is deleted: a row that left its file is retired (`valid_to`) where its table knows days in force. What
was loaded is remembered row by row (`Shipped`), so a load writes only what the files have changed since then.
"""

import csv
import hashlib
import re
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from app.kernel.database.versioned_cache import Version
from app.kernel.schema.code_lists import Code
from app.kernel.text import collation, dates, khmer
from app.reference import name_folding
from app.reference.models import Court, Law, Offence, Place, Prison, Shipped, TimeLimit, Unit

DATA = Path(__file__).parent / "data"
STAMP = "reference:"  # the version row whose name tells which files and which code were loaded last
CACHES = ("codes", "reference")
NOUN_BEGINNINGS = re.compile("^(?:ការ|អំពើ)")  # «ការលួច», «អំពើលួច»: people type លួច


def load(target, progress=None):
    """Bring the reference tables in line with the data files; table name → rows written.

    `target` is a session or a connection; the caller commits. `progress(name, rows)` is called after each
    table. A load of what is loaded already reads one row and returns {}.
    """
    connection = target.connection() if isinstance(target, Session) else target
    stamp = STAMP + fingerprint()
    if connection.scalar(select(Version.count).where(Version.name == stamp)):
        return {}
    written = {}
    for table, keys, rows in tables():
        written[table.name] = _bring_up_to_date(connection, table, keys, rows)
        if progress:
            progress(table.name, written[table.name])
    connection.execute(delete(Version).where(Version.name.startswith(STAMP)))
    for name in (stamp, *CACHES):
        if not connection.execute(
            update(Version).where(Version.name == name).values(count=Version.count + 1)
        ).rowcount:
            connection.execute(insert(Version).values(name=name, count=1))
    if isinstance(target, Session):
        target.expire_all()
    return written


def fingerprint():
    """Sixteen hexadecimal digits that change with the data files and the code that derives columns."""
    digest = hashlib.sha256()
    for path in (
        *sorted(DATA.glob("*.tsv")),
        *(Path(module.__file__) for module in (khmer, collation, name_folding)),
        Path(__file__),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def read(name):
    """The rows of one data file as dicts of text in normal form, None for an empty cell."""
    with open(DATA / f"{name}.tsv", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            dict(zip(header, (khmer.normal(cell) or None for cell in line), strict=True)) for line in lines
        ]


def tables():
    """(table, key columns, rows), a table after those it points to, a row after the one it belongs to."""
    yield Code.__table__, ("list", "key"), _codes()
    yield Place.__table__, ("code",), _places()
    for model, name in (
        (Unit, "units"),
        (Court, "courts"),
        (Prison, "prisons"),
        (Law, "laws"),
        (TimeLimit, "limits"),
    ):
        yield (
            model.__table__,
            ("code",),
            [row | {"name_sort": khmer.sort_key(row["name_km"])} for row in read(name)],
        )
    yield Offence.__table__, ("code",), _offences()


def _codes():
    return [row | {"to_confirm": "1" if row.pop("sure") == "check" else None} for row in read("codes")]


def _places():
    points = {row["code"]: row for row in read("place_points")}
    search_texts = {}
    for row in read("places"):
        code, parent = row["code"], row["code"][:-2] or None
        others = (row.pop("other_names") or "").split("; ")
        own = name_folding.variants(row["name_km"], row["name_en"], *others)
        search_texts[code] = f"{own}|{search_texts[parent]}" if parent else own
        point = points.get(code, {})
        yield row | {
            "level": len(code) // 2,
            "parent_code": parent,
            "latitude": point.get("latitude"),
            "longitude": point.get("longitude"),
            "name_sort": khmer.sort_key(row["name_km"]),
            "search_text": search_texts[code],
        }


def _offences():
    laws = {row["code"]: row for row in read("laws")}
    for row in read("offences"):
        law = laws[row["law_code"]]
        bare = NOUN_BEGINNINGS.sub("", row["name_km"])
        names = (row["name_km"], bare, row["name_en"], row["law_code"], law["name_km"], law["name_en"])
        yield row | {
            "name_sort": khmer.sort_key(row["name_km"]),
            "search_text": name_folding.variants(*names),
        }


def _bring_up_to_date(connection, table, keys, rows):
    """Insert new rows, write those that the file has changed, retire those that left it; how many in all."""
    rows = {".".join(row[key] for key in keys): _typed(table, row) for row in rows}
    now = {key: hashlib.sha256(repr(row).encode()).hexdigest()[:16] for key, row in rows.items()}
    shipped = select(Shipped.key, Shipped.digest).where(Shipped.table_name == table.name)
    before = dict(connection.execute(shipped).all())
    there = {".".join(key) for key in connection.execute(select(*(table.c[key] for key in keys)))}

    new = [row for key, row in rows.items() if key not in there]
    changed = [row for key, row in rows.items() if key in there and before.get(key) != now[key]]
    left = [key for key in before if key not in rows]
    back = [key for key in rows if key in there and key not in before]
    if new:
        connection.execute(insert(table), new)
    if changed:
        same = and_(*(table.c[key] == bindparam(f"_{key}") for key in keys))
        connection.execute(
            update(table)
            .where(same)
            .values({name: bindparam(name) for name in changed[0] if name not in keys}),
            [row | {f"_{key}": row[key] for key in keys} for row in changed],
        )
    if "valid_to" in table.c:
        yesterday = dates.now().date() - timedelta(days=1)
        _end(connection, table, keys, left, yesterday, table.c.valid_to.is_(None))
        if "valid_to" not in next(iter(rows.values())):
            _end(connection, table, keys, back, None, table.c.valid_to.is_not(None))
    _remember(connection, table.name, before, now)
    return len(new) + len(changed) + len(left)


def _typed(table, row):
    """The row with every cell as its column wants it; an empty yes/no is no."""
    typed = {}
    for name, cell in row.items():
        kind = table.c[name].type.python_type
        if kind is bool:
            typed[name] = cell == "1"
        elif cell is None or isinstance(cell, kind):
            typed[name] = cell
        else:
            typed[name] = date.fromisoformat(cell) if kind is date else kind(cell)
    return typed


def _end(connection, table, keys, which, last_day, condition):
    """Give the rows that meet the condition a last day in force, or none to those that are back."""
    if which:
        same = and_(*(table.c[key] == bindparam(f"_{key}") for key in keys), condition)
        # Only the first dot of a compound key parts its columns.
        parted = [zip(keys, key.split(".", len(keys) - 1), strict=True) for key in which]
        ended = update(table).where(same).values(valid_to=last_day)
        connection.execute(ended, [{f"_{column}": value for column, value in values} for values in parted])


def _remember(connection, name, before, now):
    gone = [key for key in before if now.get(key) != before[key]]
    if gone:
        of_row = and_(Shipped.table_name == name, Shipped.key == bindparam("_key"))
        connection.execute(delete(Shipped.__table__).where(of_row), [{"_key": key} for key in gone])
    fresh = [
        {"table_name": name, "key": key, "digest": digest}
        for key, digest in now.items()
        if before.get(key) != digest
    ]
    if fresh:
        connection.execute(insert(Shipped), fresh)
