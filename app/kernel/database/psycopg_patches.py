"""The PostgreSQL dialect of this application; SQLAlchemy uses it for every `postgresql+psycopg` URL."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from app.kernel.patch_guard import require_version

require_version("sqlalchemy", "2.1.")
require_version("psycopg", "3.3.")


class PlanCachingDialect(PGDialect_psycopg):
    """Keeps prepared statements after a rollback. Begins a transaction to try a pooled connection.

    PostgreSQL plans a statement that a connection uses often only once. psycopg discards all prepared statements at every
    rollback, because a table may have disappeared. Here only migrations create tables, and every page that reads ends with
    a rollback. Gain: 44 % of the page of a person, 16 % of the list of cases. These are processor times of application
    and server, by turns with SQLAlchemy's own methods in one process; the server's part of the page falls from 35 to 9 ms.
    """

    dbapi: Any  # psycopg
    supports_statement_cache = True

    def do_ping(self, dbapi_connection):
        # A transaction follows in any case, so that BEGIN also serves as the ping. Gain: 5 to 8 % of the page of a person,
        # which uses three connections, and a message to the server for each.
        status = dbapi_connection.pgconn.exec_(b"BEGIN").status
        return status == self.dbapi.pq.ExecStatus.COMMAND_OK or super().do_ping(dbapi_connection)

    def do_rollback(self, dbapi_connection):
        server, pq = dbapi_connection.pgconn, self.dbapi.pq
        if server.transaction_status == pq.TransactionStatus.IDLE:
            return
        if server.exec_(b"ROLLBACK").status != pq.ExecStatus.COMMAND_OK:
            dbapi_connection.rollback()  # commits: raises the error


def disable_prepared_statements(engine):
    """Plan each statement when it is executed; for processes that run a few long statements.

    A plan made for empty or small tables scanned them completely, again and again, while the process itself filled them.
    """
    if engine.dialect.name == "postgresql":
        event.listen(engine, "checkout", _disable_prepare)


def _disable_prepare(connection, _record, _fairy):
    connection.prepare_threshold = None
