"""Records that were registered some time ago: production asks the database's clock, tests put `recorded_at` back."""

from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.kernel.schema.record import Record
from app.kernel.text import dates
from tests.sample_rows import a_registered_case, written_by

OPEN, SHUT = timedelta(hours=47, minutes=59), timedelta(hours=48, minutes=1)


@contextmanager
def registered(ago):
    """What this block registers was registered so long ago."""

    def put_back(session, _context, _instances):
        for record in session.new:
            if isinstance(record, Record) and record.recorded_at is None:
                record.recorded_at = dates.now() - ago

    event.listen(Session, "before_flush", put_back, insert=True)
    try:
        yield
    finally:
        event.remove(Session, "before_flush", put_back)


def take_the_locks_off(connection):
    """As somebody with the file of SQLite in his hands could; the triggers come back with the next test."""
    names = connection.exec_driver_sql(
        "select name from sqlite_master where type = 'trigger' and name like 'lock_%'"
    )
    for (name,) in names.all():
        connection.exec_driver_sql(f'drop trigger "{name}"')


def a_case_of(ago, writer="clerk.bb", **over):
    """A theft with all its rows that `writer` registered so long ago; not committed."""
    then = dates.now().replace(second=0, microsecond=0) - ago
    times = {
        "occurred_from": then - timedelta(hours=9),
        "occurred_to": then - timedelta(hours=8),
        "reported_at": then - timedelta(hours=7),
    }
    with registered(ago), written_by(writer):
        return a_registered_case(**times | over)
