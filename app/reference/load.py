"""Loads the reference tables from the files in `data/`, and updates them when the files change.

Nothing is deleted: a row removed from its file is retired (`valid_to`) if its table has a validity period, except a
unit. Each loaded row is remembered (`LoadedRow`), so a load writes only what the files have changed since.
"""

import csv
import hashlib
import re
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from app.kernel.database.versioned_cache import CacheVersion
from app.kernel.schema.code_lists import Code
from app.kernel.text import collation, dates, khmer
from app.reference import name_folding
from app.reference.models import (
    Court,
    Law,
    LetterTemplate,
    LoadedRow,
    Offence,
    Place,
    Prison,
    RetentionPeriod,
    TimeLimit,
    Unit,
)

DATA = Path(__file__).parent / "data"
STAMP = "reference:"  # prefix of the version row that names the files and code loaded last
CACHES = ("codes", "reference")
NOUN_PREFIXES = re.compile("^(?:ការ|អំពើ)")  # «ការលួច», «អំពើលួច»: users type លួច


def load_reference_data(target, progress=None):
    """Bring the reference tables in line with the data files. Return table name → rows written.

    `target` is a session or a connection; the caller commits. `progress(name, rows)` is called after each table. If
    everything is loaded already, one row is read and {} is returned.
    """
    connection = target.connection() if isinstance(target, Session) else target
    stamp = STAMP + compute_fingerprint()
    if connection.scalar(select(CacheVersion.count).where(CacheVersion.name == stamp)):
        return {}
    written = {}
    for table, keys, rows in list_tables():
        written[table.name] = _sync_table(connection, table, keys, rows)
        if progress:
            progress(table.name, written[table.name])
    connection.execute(delete(CacheVersion).where(CacheVersion.name.startswith(STAMP)))
    for name in (stamp, *CACHES):
        if not connection.execute(
            update(CacheVersion).where(CacheVersion.name == name).values(count=CacheVersion.count + 1)
        ).rowcount:
            connection.execute(insert(CacheVersion).values(name=name, count=1))
    if isinstance(target, Session):
        target.expire_all()
    return written


def compute_fingerprint():
    """Return 16 hexadecimal digits that change with the data files and the code that derives columns."""
    digest = hashlib.sha256()
    for path in (
        *sorted(DATA.glob("*.tsv")),
        *(Path(module.__file__) for module in (khmer, collation, name_folding)),
        Path(__file__),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def read_data_file(name):
    """Return the rows of one data file as dicts of normalized text, None for an empty cell."""
    with open(DATA / f"{name}.tsv", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            dict(zip(header, (khmer.normalize(cell) or None for cell in line), strict=True)) for line in lines
        ]


def list_tables():
    """Yield (table, key columns, rows), each table after the tables it refers to, parents before children."""
    yield Code.__table__, ("list", "key"), _codes()
    yield Place.__table__, ("code",), _places()
    for model, name in (
        (Unit, "units"),
        (Court, "courts"),
        (Prison, "prisons"),
        (Law, "laws"),
        (TimeLimit, "limits"),
        (RetentionPeriod, "retention_periods"),
    ):
        yield (
            model.__table__,
            ("code",),
            [row | {"name_sort": khmer.sort_key(row["name_km"])} for row in read_data_file(name)],
        )
    yield Offence.__table__, ("code",), _offences()
    yield LetterTemplate.__table__, ("code",), _letter_templates()


def _codes():
    synonyms = _read_synonyms("code_synonyms")
    for row in read_data_file("codes"):
        to_confirm = "1" if row.pop("sure") == "check" else None
        yield row | {"to_confirm": to_confirm, "synonyms": synonyms.get(f"{row['list']}.{row['key']}")}


def _read_synonyms(name):
    return {row["key"]: row["synonyms"] for row in read_data_file(name)}


def _places():
    points = {row["code"]: row for row in read_data_file("place_points")}
    search_texts = {}
    for row in read_data_file("places"):
        code, parent = row["code"], row["code"][:-2] or None
        others = (row.pop("other_names") or "").split("; ")
        own = name_folding.build_variants(row["name_km"], row["name_en"], *others)
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
    laws = {row["code"]: row for row in read_data_file("laws")}
    synonyms = _read_synonyms("offence_synonyms")
    for row in read_data_file("offences"):
        law = laws[row["law_code"]]
        bare = NOUN_PREFIXES.sub("", row["name_km"])
        names = (row["name_km"], bare, row["name_en"], row["law_code"], law["name_km"], law["name_en"])
        yield row | {
            "name_sort": khmer.sort_key(row["name_km"]),
            "search_text": name_folding.build_variants(*names),
            "synonyms": synonyms.get(row["code"]),
        }


def _letter_templates():
    """Yield the templates; the mark ¶ of the file begins a new paragraph."""
    for row in read_data_file("letter_templates"):
        text = row["text_km"].replace(" ¶ ", "\n")
        yield row | {"text_km": text, "name_sort": khmer.sort_key(row["name_km"])}


def _sync_table(connection, table, keys, rows):
    """Insert new rows, update rows changed in the file, retire rows removed from it. Return the number written."""
    rows = {".".join(row[key] for key in keys): _convert_row(table, row) for row in rows}
    digests = {key: hashlib.sha256(repr(row).encode()).hexdigest()[:16] for key, row in rows.items()}
    shipped = select(LoadedRow.key, LoadedRow.digest).where(LoadedRow.table_name == table.name)
    before = dict(connection.execute(shipped).all())
    existing = {".".join(key) for key in connection.execute(select(*(table.c[key] for key in keys)))}

    new = [row for key, row in rows.items() if key not in existing]
    changed = [row for key, row in rows.items() if key in existing and before.get(key) != digests[key]]
    removed = [key for key in before if key not in rows]
    returned = [key for key in rows if key in existing and key not in before]
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
    if "valid_to" in table.c and table is not Unit.__table__:  # two people close a unit
        yesterday = dates.now().date() - timedelta(days=1)
        _set_last_day(connection, table, keys, removed, yesterday, table.c.valid_to.is_(None))
        if "valid_to" not in next(iter(rows.values())):
            _set_last_day(connection, table, keys, returned, None, table.c.valid_to.is_not(None))
    _save_digests(connection, table.name, before, digests)
    return len(new) + len(changed) + len(removed)


def _convert_row(table, row):
    """Return the row with each cell in its column's type; an empty yes/no cell is no."""
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


def _set_last_day(connection, table, keys, row_keys, last_day, condition):
    """Set `valid_to` of the rows that meet the condition; None makes returned rows valid again."""
    if row_keys:
        same = and_(*(table.c[key] == bindparam(f"_{key}") for key in keys), condition)
        # Only the first dot of a compound key separates its columns.
        key_values = [zip(keys, key.split(".", len(keys) - 1), strict=True) for key in row_keys]
        statement = update(table).where(same).values(valid_to=last_day)
        connection.execute(
            statement, [{f"_{column}": value for column, value in values} for values in key_values]
        )


def _save_digests(connection, name, before, digests):
    outdated = [key for key in before if digests.get(key) != before[key]]
    if outdated:
        of_row = and_(LoadedRow.table_name == name, LoadedRow.key == bindparam("_key"))
        connection.execute(delete(LoadedRow.__table__).where(of_row), [{"_key": key} for key in outdated])
    fresh = [
        {"table_name": name, "key": key, "digest": digest}
        for key, digest in digests.items()
        if before.get(key) != digest
    ]
    if fresh:
        connection.execute(insert(LoadedRow), fresh)
