"""How the register speaks with PostgreSQL; SQLAlchemy takes it for every address that says `postgresql+psycopg`."""

from functools import lru_cache

from psycopg import _queries
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

# What psycopg has read of a statement it keeps for 128 of them, and never for one of more than fifty values: it read the
# rows of each save anew. A register asks some hundred statements, the longest a few thousand letters.
_queries.MAX_CACHED_STATEMENT_LENGTH, _queries.MAX_CACHED_STATEMENT_PARAMS = 20_000, 300
_queries._query2pg = lru_cache(512)(_queries._query2pg_nocache)


class KeepsPlans(PGDialect_psycopg):
    """PostgreSQL plans a statement once for a connection that asks it often; psycopg has it forget all plans with every
    rollback, since a table might be gone with that. Here only migrations make tables, and every page that reads ends
    with a rollback: planning was half of what a save cost the server.
    """

    supports_statement_cache = True

    def do_ping(self, dbapi_connection):
        # Whoever takes a connection begins a transaction next: that asks as well whether the server is there.
        answer = dbapi_connection.pgconn.exec_(b"BEGIN").status
        return answer == self.dbapi.pq.ExecStatus.COMMAND_OK or super().do_ping(dbapi_connection)

    def do_rollback(self, dbapi_connection):
        server, pq = dbapi_connection.pgconn, self.dbapi.pq
        if server.transaction_status == pq.TransactionStatus.IDLE:
            return
        if server.exec_(b"ROLLBACK").status != pq.ExecStatus.COMMAND_OK:
            dbapi_connection.rollback()  # tells what is wrong


def plan_anew(engine):
    """From now on each statement is planned when it is asked, for the work of this process is a few long ones: what was
    planned on tables that were empty, or small, read all of them again and again as the work itself filled them.
    """
    if engine.dialect.name == "postgresql":
        event.listen(engine, "checkout", _keep_no_plan)


def _keep_no_plan(connection, _record, _fairy):
    connection.prepare_threshold = None
