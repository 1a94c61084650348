"""What the log costs: rows chained and rows proved in a second. The register is a copy: its log grows long here, for
a short one is nearly all seals of the demo."""

import time

from sqlalchemy import create_engine, func, select

from app.kernel.actor import Actor
from app.kernel.audit import hash_chain, rehash_rows, verify_chain, verify_rows

SAVES, OF_A_SAVE = 200, 30  # rows of the log in a save
PORTIONS, OF_A_PORTION = 200, 500  # committed before the proof
APPENDED, PROVED, SEALED = 1_000, 100_000, 100_000 / 60  # rows in a second, at least
CLERK = Actor(
    3, "PC-02", session_mark="a1b2c3", address="10.0.0.1", purpose="wanted", case_number="02-2026-000001"
)


def measure(url):
    """Rows in a second of the clock: appended in portions of a save (without the sync of its commit), proved with
    their payloads, and records proved against their seals."""
    engine = create_engine(url)
    for _number in range(PORTIONS):
        with engine.begin() as connection:
            _append(connection, OF_A_PORTION)
    with engine.connect() as connection:
        # Each by itself: in one long transaction PostgreSQL walks all the ends that the chain has had in it.
        appended = 0
        for _number in range(SAVES):
            appended += _timed(lambda: _append(connection, OF_A_SAVE))[1]
            connection.rollback()
        found, proved = _timed(lambda: verify_chain.of_chain(connection, {}))
        # A proof ends at the first row that another key has written, and is fast.
        assert found.status != verify_chain.TAMPERED, found
        rows = {"appended": SAVES * OF_A_SAVE / appended, "proved": found.rows / proved}
        connection.rollback()
        verify_chain.one_view(connection)
        records = sum(_count(connection, table) for table in rehash_rows.sealed_tables())
        rows["sealed"] = records / _timed(lambda: _verify(connection))[1]
    engine.dispose()
    return rows | {"targets": {"appended": APPENDED, "proved": PROVED, "sealed": SEALED}}


def _append(connection, rows):
    body = {"facts": {"found": 3, "private": {"name": "សុខ ដារ៉ា"}}}
    entries = [
        hash_chain.entry(CLERK, "look.open", "person", number, body=body) for number in range(1, rows + 1)
    ]
    hash_chain.append(connection, entries)


def _verify(connection):
    for table in rehash_rows.sealed_tables():
        found = list(verify_rows.wrong_rows(connection, table))
        assert not found, found[0]


def _count(connection, table):
    return connection.scalar(select(func.count()).select_from(table))


def _timed(act):
    begun = time.perf_counter()
    given = act()
    return given, time.perf_counter() - begun
