"""Operations on the whole name index: fill it for many new persons, rebuild it, and check it against the records.

A rebuild reads first the persons and then the index, in batches with a transaction each. The system stays in use, and a
stopped rebuild resumes at its last batch.
"""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, func, select, tuple_

from app.name_search.index import (
    BEARER,
    KEY,
    add_names,
    build_rows,
    insert_rows,
    load_index_rows,
    load_record_rows,
    remove_rows,
)
from app.name_search.indexed_name import IndexedName
from app.name_search.models import NameRebuild
from app.people.models import Person

BATCH_SIZE = 20_000  # persons, or rows of the index
VALUES_PER_STATEMENT = 500
PROGRESS = NameRebuild.__table__


def fill_index(connection, after, report_step):
    """Index the persons with ids after `after`, in the transaction of the connection."""
    ranges, ready = list(_id_ranges(connection, after)), None
    with ThreadPoolExecutor(1) as executor:  # builds one batch while the database writes the previous one
        for number, between in enumerate(ranges, start=1):
            report_step("Indexing the names", number, len(ranges))
            names = load_record_rows(connection, between=between)
            previous, ready = ready, executor.submit(build_rows, names)
            if previous:
                insert_rows(connection, *previous.result())
        if ready:
            insert_rows(connection, *ready.result())


def compact_index(connection):
    """Order the name keys on disk and rebuild the indexes without free space.

    PostgreSQL leaves a third of an index free if it was filled in no order. The tables are locked meanwhile.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CLUSTER name_key USING name_key_pkey")
        connection.exec_driver_sql("REINDEX TABLE name_bearer")


def rebuild_index(engine, report):
    """Make the index match the records. Resume where an earlier rebuild stopped."""
    with engine.begin() as connection:
        progress = connection.execute(select(PROGRESS.c.last_person, PROGRESS.c.last_key)).first()
        if progress is None:
            connection.execute(PROGRESS.insert().values(id=1, last_person=0, last_key=-1))
        ranges = list(_id_ranges(connection, progress.last_person if progress else 0))
    if progress:
        report(f"Resuming after person {progress.last_person:,}")
    for first, last in ranges:
        with engine.begin() as connection:
            _fix_range(connection, (first, last))
            connection.execute(PROGRESS.update().values(last_person=last))
        # The share of all persons, so that a resumed rebuild does not start at 0 %.
        if last * 10 // ranges[-1][1] > (first - 1) * 10 // ranges[-1][1]:
            report(f"  {last * 100 // ranges[-1][1]:3d} % · {last:,} persons")
    _delete_stale_keys(engine, progress.last_key if progress else -1)
    with engine.begin() as connection:
        names = connection.scalar(select(func.count(KEY.c.name_id.distinct())))
        connection.execute(delete(PROGRESS))
    report(f"The index holds {names:,} names.")


def count_faults(connection):
    """Return (number of missing rows, number of stale rows) of the index."""
    missing = stale = 0
    for between in _id_ranges(connection, 0):
        wanted, stored = (
            load_record_rows(connection, between=between),
            load_index_rows(connection, between=between),
        )
        missing += len(wanted.keys() - stored) + len(
            _expected_keys(wanted.values()) - _stored_keys(connection, wanted)
        )
        stale += len(stored - wanted.keys())
    for rows in _key_batches(connection, -1):
        stale += len(_find_stale_keys(connection, rows))
    return missing, stale


def _id_ranges(connection, after):
    last = connection.scalar(select(func.max(Person.id))) or 0
    for first in range(after + 1, last + 1, BATCH_SIZE):
        yield first, min(first + BATCH_SIZE - 1, last)


def _fix_range(connection, between):
    wanted = load_record_rows(connection, between=between)
    for some in _split(sorted(load_index_rows(connection, between=between) - wanted.keys())):
        remove_rows(connection, some)
    for some in _split(sorted({row.name_id for row in wanted})):
        # An expression, so that no index is used: SQLite would read all rows without a sound for each batch.
        unknown = func.coalesce(KEY.c.given_sound, -1) < 0
        connection.execute(delete(KEY).where(KEY.c.name_id.in_(some), unknown))
    add_names(connection, wanted)


def _expected_keys(names):
    return {(key, name.id) for name in set(names) for key in name.key_numbers()}


def _stored_keys(connection, wanted):
    found = set()
    for some in _split(sorted({row.name_id for row in wanted})):
        rows = select(KEY.c.key, KEY.c.name_id).where(KEY.c.name_id.in_(some))
        found.update(tuple(row) for row in connection.execute(rows))
    return found


def _delete_stale_keys(engine, after):
    """Delete names that no person bears, and keys of an older version."""
    while True:
        with engine.begin() as connection:
            rows = next(_key_batches(connection, after), None)
            if rows is None:
                return
            for some in _split(_find_stale_keys(connection, rows)):
                connection.execute(delete(KEY).where(tuple_(KEY.c.key, KEY.c.name_id).in_(some)))
            after = rows[-1].key
            connection.execute(PROGRESS.update().values(last_key=after))


def _key_batches(connection, after):
    """Yield the rows of the index in batches; the rows of one key are in one batch."""
    while True:
        beyond = select(KEY.c.key).where(KEY.c.key > after).order_by(KEY.c.key)
        last = connection.scalar(beyond.offset(BATCH_SIZE - 1).limit(1))
        batch = select(KEY).where(KEY.c.key > after).order_by(KEY.c.key)
        rows = connection.execute(batch if last is None else batch.where(KEY.c.key <= last)).all()
        if rows:
            yield rows
        if last is None:
            return
        after = last


def _find_stale_keys(connection, rows):
    """Return the (key, name id) of the rows that must not exist."""
    used_ids = set()
    for some in _split(sorted({row.name_id for row in rows})):
        bearers = select(BEARER.c.name_id).where(BEARER.c.name_id.in_(some)).distinct()
        used_ids.update(connection.scalars(bearers))
    return [(row.key, row.name_id) for row in rows if row.name_id not in used_ids or not _is_correct(row)]


def _is_correct(row):
    name = IndexedName(*(getattr(row, field) for field in IndexedName._fields))
    return name.id == row.name_id and name.compute_keys().get(row.key) == (row.surname_sound, row.given_sound)


def _split(values):
    return (
        values[start : start + VALUES_PER_STATEMENT] for start in range(0, len(values), VALUES_PER_STATEMENT)
    )
