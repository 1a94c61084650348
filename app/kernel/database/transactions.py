"""The end of a transaction outside a unit of work; see kernel/concurrency/unit_of_work.py."""

from app.extensions import db


def commit(session=None):
    """Commit now, in the middle of a job or a request that continues in a new transaction."""
    (db.session if session is None else session).commit()


def rollback(session=None):
    """Drop all pending changes and end the transaction."""
    (db.session if session is None else session).rollback()
