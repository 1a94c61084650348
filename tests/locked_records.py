"""Records registered some time ago. Production uses the database's time; tests set `recorded_at` back."""

from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.kernel.schema.record import Record
from app.kernel.text import dates
from tests.sample_rows import acting_as, add_registered_case

EDITABLE_AGE, LOCKED_AGE = timedelta(hours=47, minutes=59), timedelta(hours=48, minutes=1)


@contextmanager
def registered_before(ago):
    """Register everything in this block as if that long ago."""

    def put_back(session, _context, _instances):
        for record in session.new:
            if isinstance(record, Record) and record.recorded_at is None:
                record.recorded_at = dates.now() - ago

    event.listen(Session, "before_flush", put_back, insert=True)
    try:
        yield
    finally:
        event.remove(Session, "before_flush", put_back)


def drop_lock_triggers(connection):
    """Drop the lock triggers, as a person with the SQLite file could. They return with the next test."""
    names = connection.exec_driver_sql(
        "select name from sqlite_master where type = 'trigger' and name like 'lock_%'"
    )
    for (name,) in names.all():
        connection.exec_driver_sql(f'drop trigger "{name}"')


def add_case_of_age(ago, writer="clerk.bb", **over):
    """Add a theft with all its rows that `writer` registered that long ago; no commit."""
    then = dates.now().replace(second=0, microsecond=0) - ago
    times = {
        "occurred_from": then - timedelta(hours=9),
        "occurred_to": then - timedelta(hours=8),
        "reported_at": then - timedelta(hours=7),
    }
    with registered_before(ago), acting_as(writer):
        return add_registered_case(**times | over)
