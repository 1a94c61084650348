"""Connection settings, engine options and start-up checks of SQLite and PostgreSQL, and the migration revision."""

import sqlite3
import sys
from contextlib import contextmanager
from functools import cache
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.dialects import postgresql, registry, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

import config

# WAL and FULL together lost no acknowledged save in kill tests; NORMAL does not sync at commit.
# With recursive triggers, the trigger against deletion also fires when REPLACE deletes a conflicting row.
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    # WAL pages that trigger a checkpoint at the next commit, which then takes twice as long. With a million people, a
    # save of a case writes 250 pages, almost one for each index: with 4,000, every sixteenth save ran a checkpoint.
    # A batch of an import writes 17,000 pages, which are checkpointed during the next batch (`wal_checkpoint`).
    "wal_autocheckpoint": 64000,
    # Kilobytes of page cache for each connection. With a million people, the list of a province's people reads about
    # 600 pages; the default of 2,000 kilobytes dropped them within the same query.
    "cache_size": -8000,
    "busy_timeout": 15000,
    "foreign_keys": "ON",
    "recursive_triggers": "ON",
}

# Seconds and tries after which a server that does not answer counts as gone.
NETWORK_LIMITS = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip
# Compiled statements that a process keeps. The row filter compiles a page again for each role: the pages of one role need
# 400 of them, those of all 14 roles 2,500. With SQLAlchemy's default of 500, four roles in turn compiled each statement
# again, for two thirds of the time of their pages.
STATEMENTS_KEPT = 2000
SETUP_LOCK_ID = 0x45437269  # advisory lock of PostgreSQL, held while the tables are migrated
CREATE_HINT = "Create it with\n  CREATE DATABASE ecrime TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';"


def set_pragmas(connection, _record):
    """Set the pragmas of a new SQLite connection."""
    if not isinstance(connection, sqlite3.Connection):
        return
    # BEGIN IMMEDIATE: another writer cannot block a save that began with a read.
    connection.isolation_level = "IMMEDIATE"
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")


def register_dialect():
    """Let SQLAlchemy use our dialect for every URL that names `postgresql+psycopg`."""
    registry.register("postgresql.psycopg", "app.kernel.database.psycopg_patches", "PlanCachingDialect")


def remove_values(context):
    """Remove the values of a row from a database error."""
    # The first line names the constraint. PostgreSQL's DETAIL lines repeat the row and must not be logged.
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


def init_app(app):
    """Set the engine options of the configured database, before the first connection.

    With `LIMITS_QUERIES`, a statement of PostgreSQL that takes or waits too long ends with an error.
    """
    # Errors are logged with the statement but without parameters, so that no name gets into a log.
    options: dict[str, Any] = {"hide_parameters": True, "query_cache_size": STATEMENTS_KEPT}
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.database:  # an in-memory database has one connection and no pool
        # Reuse the most recently used connection, because its page cache is still filled.
        options["pool_use_lifo"] = True
    if url.get_backend_name() == "postgresql":
        options["pool_pre_ping"] = True  # a server may be gone; a file is not
        # JIT compilation does not pay off for 25 rows. The time zone gives now() the civil time of Cambodia.
        settings = {"jit": "off", "timezone": "Asia/Phnom_Penh"}
        if app.config.get("LIMITS_QUERIES"):
            settings["lock_timeout"] = f"{app.config['LOCK_SECONDS']}s"
            settings["statement_timeout"] = f"{app.config['STATEMENT_SECONDS']}s"
        options["connect_args"] = NETWORK_LIMITS | {
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items())
        }
        options["pool_size"] = 8
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)


def check_connection(url):
    """Exit with a message if the database cannot be reached. The message contains no password."""
    try:
        engine = create_engine(url)
        engine.connect().close()
        engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        sys.exit(f"Not started: the database of ECRIME_DATABASE_URL cannot be reached ({reason}).")


def check_collation(engine):
    """Exit with a message if PostgreSQL would compare or search Khmer text incorrectly.

    Sort keys and prefix searches need byte order. A database with the collation of a language compares differently and
    cannot use an index for them. With LC_CTYPE C, PostgreSQL does not recognise Khmer letters and builds no trigrams of
    Khmer text, so that a search in narratives would find nothing.
    """
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        # A comparison tests the collation, because each provider stores its name in another column.
        has_byte_order = connection.scalar(text("select 'B' < 'a'"))
        ctype_query = text("select datctype from pg_database where datname = current_database()")
        ctype = connection.scalar(ctype_query)
    if not has_byte_order:
        sys.exit(f"Not started: this PostgreSQL database uses the sort order of a language. {CREATE_HINT}")
    if ctype in ("C", "POSIX"):
        sys.exit(f"Not started: this PostgreSQL database does not recognise Khmer letters. {CREATE_HINT}")


@contextmanager
def setup_lock(engine):
    """Hold the advisory lock that lets several servers of one PostgreSQL database migrate one after the other."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        remove_limits(connection)
        connection.execute(select(func.pg_advisory_lock(SETUP_LOCK_ID)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(SETUP_LOCK_ID)))


def update_statistics(engine):
    """Let SQLite count the rows of its tables: a migration may have filled one. PostgreSQL does so by itself.

    Without statistics, the planner may choose an index of the province, with thousands of rows, for the rows of one case.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA analysis_limit = 1000")  # entries of each index
            connection.exec_driver_sql(
                "PRAGMA optimize = 0x10002"
            )  # all tables, also those without statistics


def update_statistics_daily(session):
    """Update the statistics of SQLite as a scheduled job: the register grows without a migration. Return 0."""
    update_statistics(session.get_bind())
    return 0


def remove_limits(connection):
    """Let the statements of this transaction take as long as they need, for a migration."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))


def dialect_insert(session, table):
    """Return an INSERT with ON CONFLICT support in the dialect of this session or connection."""
    bind = session if isinstance(session, Connection) else session.get_bind()
    dialect = sqlite if bind.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def dialect_name(session):
    """Return the dialect of this session, "sqlite" or "postgresql"."""
    return session.get_bind().dialect.name


def alembic_config():
    """Return an Alembic configuration with the path of the migrations."""
    alembic = Config()
    alembic.set_main_option("script_location", str(config.ROOT / "migrations"))
    return alembic


@cache
def head_revision():
    """Return the newest revision in migrations/."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def list_rewritten_tables(revision):
    """Return the names of the tables whose records the migrations after this revision rewrite (`REWRITTEN`)."""
    if revision is None:
        return set()  # a new database has no records
    script = ScriptDirectory.from_config(alembic_config())
    later = script.iterate_revisions("head", revision)
    return {name for one in later for name in getattr(one.module, "REWRITTEN", ())}


def current_revision(engine):
    """Return the revision of this database, None if it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
