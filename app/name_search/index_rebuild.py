"""The whole index at once: filled beside many new persons, made anew from the records, and checked against them.

A rebuild goes through the persons and then through the index, a stretch at a time, each in a transaction of its own: the
register stays in use meanwhile, and a rebuild that was killed goes on where it was.
"""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, func, select, tuple_

from app.name_search.index import BEARER, KEY, add, borne, held, remove, told, write
from app.name_search.indexed_name import Written
from app.name_search.models import NameRebuild
from app.people.models import Person

STRETCH = 20_000  # persons, or rows of the index
AT_ONCE = 500  # values in one statement


MARK = NameRebuild.__table__


def fill(connection, after, doing):
    """Index the persons with ids beyond `after`, in the transaction of the connection."""
    stretches, ready = list(_stretches(connection, after)), None
    with ThreadPoolExecutor(1) as beside:  # works out one stretch while the database writes the one before
        for number, between in enumerate(stretches, start=1):
            doing("Indexing the names", number, len(stretches))
            names = borne(connection, between=between)
            before, ready = ready, beside.submit(told, names)
            if before:
                write(connection, *before.result())
        if ready:
            write(connection, *ready.result())


def make_dense(connection):
    """Lay the names of one key side by side, and leave no room in the indexes: PostgreSQL keeps a third of each free that was
    filled in no order. Nobody else can use the tables meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CLUSTER name_key USING name_key_pkey")
        connection.exec_driver_sql("REINDEX TABLE name_bearer")


def rebuild(engine, say):
    """Make the index what the records say, from where an earlier rebuild was left."""
    with engine.begin() as connection:
        left = connection.execute(select(MARK.c.last_person, MARK.c.last_key)).first()
        if left is None:
            connection.execute(MARK.insert().values(id=1, last_person=0, last_key=-1))
        stretches = list(_stretches(connection, left.last_person if left else 0))
    if left:
        say(f"Going on after person {left.last_person:,}")
    for first, last in stretches:
        with engine.begin() as connection:
            _mend(connection, (first, last))
            connection.execute(MARK.update().values(last_person=last))
        # Of all persons, so that a rebuild that goes on does not begin at nothing again.
        if last * 10 // stretches[-1][1] > (first - 1) * 10 // stretches[-1][1]:
            say(f"  {last * 100 // stretches[-1][1]:3d} % · {last:,} persons")
    _sweep(engine, left.last_key if left else -1)
    with engine.begin() as connection:
        names = connection.scalar(select(func.count(KEY.c.name_id.distinct())))
        connection.execute(delete(MARK))
    say(f"The index holds {names:,} names.")


def faults(connection):
    """(missing, stale): rows that the index lacks, and rows in it that follow from no record."""
    missing = stale = 0
    for between in _stretches(connection, 0):
        wanted, there = borne(connection, between=between), held(connection, between=between)
        missing += len(wanted.keys() - there) + len(
            _keys_of(wanted.values()) - _keys_there(connection, wanted)
        )
        stale += len(there - wanted.keys())
    for rows in _stretches_of_keys(connection, -1):
        stale += len(_stale(connection, rows))
    return missing, stale


def _stretches(connection, after):
    last = connection.scalar(select(func.max(Person.id))) or 0
    for first in range(after + 1, last + 1, STRETCH):
        yield first, min(first + STRETCH - 1, last)


def _mend(connection, between):
    wanted = borne(connection, between=between)
    for some in _in_parts(sorted(held(connection, between=between) - wanted.keys())):
        remove(connection, some)
    for some in _in_parts(sorted({row.name_id for row in wanted})):
        # So told that no index serves it: SQLite would go through all that are not told yet for each part.
        untold = func.coalesce(KEY.c.given_sound, -1) < 0
        connection.execute(delete(KEY).where(KEY.c.name_id.in_(some), untold))
    add(connection, wanted)


def _keys_of(names):
    return {(key, name.id) for name in set(names) for key in name.key_numbers()}


def _keys_there(connection, wanted):
    found = set()
    for some in _in_parts(sorted({row.name_id for row in wanted})):
        rows = select(KEY.c.key, KEY.c.name_id).where(KEY.c.name_id.in_(some))
        found.update(tuple(row) for row in connection.execute(rows))
    return found


def _sweep(engine, after):
    """Take out what follows from no record: names that nobody bears, and names under keys of an older version."""
    while True:
        with engine.begin() as connection:
            rows = next(_stretches_of_keys(connection, after), None)
            if rows is None:
                return
            for some in _in_parts(_stale(connection, rows)):
                connection.execute(delete(KEY).where(tuple_(KEY.c.key, KEY.c.name_id).in_(some)))
            after = rows[-1].key
            connection.execute(MARK.update().values(last_key=after))


def _stretches_of_keys(connection, after):
    """The rows of the index, all of one key together."""
    while True:
        beyond = select(KEY.c.key).where(KEY.c.key > after).order_by(KEY.c.key)
        last = connection.scalar(beyond.offset(STRETCH - 1).limit(1))
        stretch = select(KEY).where(KEY.c.key > after).order_by(KEY.c.key)
        rows = connection.execute(stretch if last is None else stretch.where(KEY.c.key <= last)).all()
        if rows:
            yield rows
        if last is None:
            return
        after = last


def _stale(connection, rows):
    """The (key, name id) of the rows that should not be there."""
    borne_names = set()
    for some in _in_parts(sorted({row.name_id for row in rows})):
        bearers = select(BEARER.c.name_id).where(BEARER.c.name_id.in_(some)).distinct()
        borne_names.update(connection.scalars(bearers))
    return [(row.key, row.name_id) for row in rows if row.name_id not in borne_names or not _fits(row)]


def _fits(row):
    name = Written(*(getattr(row, field) for field in Written._fields))
    return name.id == row.name_id and name.keyed().get(row.key) == (row.surname_sound, row.given_sound)


def _in_parts(values):
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
