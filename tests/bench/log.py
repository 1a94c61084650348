"""The cost of the audit log: rows hashed and rows verified per second. The database is a copy and gets a
long log: a short one has nearly only row hashes of the demo.
"""

import time

from sqlalchemy import create_engine, func, select

from app.kernel.actor import Actor
from app.kernel.audit import hash_chain, rehash_rows, verify_chain, verify_rows

SAVES, OF_A_SAVE = 200, 30  # log rows in a save
PORTIONS, OF_A_PORTION = 200, 500  # committed before the verification
APPENDED, PROVED, SEALED = 1_000, 100_000, 100_000 / 60  # minimum rows per second
CLERK = Actor(
    3, "PC-02", session_ref="a1b2c3", address="10.0.0.1", purpose="wanted", case_number="02-2026-000001"
)


def measure(url):
    """Return rows per elapsed second: appended in portions of a save (without the sync of its commit),
    verified with their payloads, and records verified against their row hashes.
    """
    engine = create_engine(url)
    for _number in range(PORTIONS):
        with engine.begin() as connection:
            _append(connection, OF_A_PORTION)
    with engine.connect() as connection:
        # One transaction each: in a long one PostgreSQL reads every earlier end of the hash chain.
        appended = 0
        for _number in range(SAVES):
            appended += _timed(lambda: _append(connection, OF_A_SAVE))[1]
            connection.rollback()
        found, proved = _timed(lambda: verify_chain.verify_chain(connection, {}))
        # Verification ends early at the first row that another key has written.
        assert found.status != verify_chain.TAMPERED, found
        rows = {"appended": SAVES * OF_A_SAVE / appended, "proved": found.rows / proved}
        connection.rollback()
        verify_chain.begin_snapshot(connection)
        records = sum(_count(connection, table) for table in rehash_rows.record_tables())
        rows["sealed"] = records / _timed(lambda: _verify(connection))[1]
    engine.dispose()
    return rows | {"targets": {"appended": APPENDED, "proved": PROVED, "sealed": SEALED}}


def _append(connection, rows):
    body = {"facts": {"found": 3, "private": {"name": "សុខ ដារ៉ា"}}}
    entries = [
        hash_chain.build_entry(CLERK, "access.viewed", "person", number, body=body)
        for number in range(1, rows + 1)
    ]
    hash_chain.append_entries(connection, entries)


def _verify(connection):
    for table in rehash_rows.record_tables():
        found = list(verify_rows.tampered_rows(connection, table))
        assert not found, found[0]


def _count(connection, table):
    return connection.scalar(select(func.count()).select_from(table))


def _timed(act):
    begun = time.perf_counter()
    given = act()
    return given, time.perf_counter() - begun
