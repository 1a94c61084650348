"""The end of a transaction outside a unit of work; see kernel/concurrency/unit_of_work.py."""

from sqlalchemy import select

from app.extensions import db


def commit(session=None):
    """Commit now, in the middle of a job or a request that continues in a new transaction."""
    (db.session if session is None else session).commit()


def rollback(session=None):
    """Drop all pending changes and end the transaction."""
    (db.session if session is None else session).rollback()


def lock_rows(session, model, keys, against_links=False):
    """Lock rows until the end of the transaction. SQLite locks the database instead. Another writer waits.

    `against_links`: a writer of a new link to one of the rows waits too. Rows that were read before may have changed meanwhile.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        begin_writing(connection)
    else:
        rows = select(model.id).where(model.id.in_(keys)).order_by(model.id)
        session.execute(rows.with_for_update(key_share=not against_links))


def begin_writing(connection):
    """Begin the write transaction of SQLite now: no other connection writes until the commit."""
    if not connection.connection.driver_connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
