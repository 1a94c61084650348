"""What must hold on every connection, whichever database it is."""

import sqlite3
import sys
from contextlib import contextmanager
from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, registry, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

import config

# WAL and FULL together lost no acknowledged save in kill tests; NORMAL does not sync at commit.
# With recursive triggers a REPLACE, which deletes what is in its way, meets the lock against deleting.
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    # Pages of the log of writes before the next commit brings them home, for which it takes twice its time. A save of a
    # case in a register of a million people writes 250, a page for almost every index: with 4,000 every sixteenth did so.
    # A batch of an import writes 17,000, and has them brought home beside the next (`kernel.homing`).
    "wal_autocheckpoint": 64000,
    # Kilobytes of pages in memory, for each connection that needs them. The list of a province's people looks up some
    # six hundred pages in a register of a million; the usual two thousand kilobytes forgot them while it did.
    "cache_size": -8000,
    "busy_timeout": 15000,
    "foreign_keys": "ON",
    "recursive_triggers": "ON",
}

SETTING_UP = 0x45437269  # of PostgreSQL's advisory locks: the register brings its tables up to date
HOW_TO_CREATE = (
    "Create it with\n  CREATE DATABASE ecrime TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';"
)


@event.listens_for(Engine, "connect")
def _prepare(connection, _record):
    if not isinstance(connection, sqlite3.Connection):
        return
    # BEGIN IMMEDIATE: a save that began as a read cannot be refused half-way by another writer.
    connection.isolation_level = "IMMEDIATE"
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")


registry.register("postgresql.psycopg", "app.kernel.database.psycopg_dialect", "KeepsPlans")


@event.listens_for(Engine, "handle_error")
def _tell_no_values(context):
    # The first line names the constraint; the lines below (DETAIL of PostgreSQL) repeat the whole row.
    for fault in (context.original_exception, context.sqlalchemy_exception):
        if fault is not None and fault.args:
            fault.args = (str(fault.args[0]).partition("\n")[0], *fault.args[1:])


def init_app(app):
    """Engine options of the chosen database; called before the first connection."""
    # A fault is logged with its statement, never with what was typed: names stand in no log.
    options = {"hide_parameters": True}
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.database:  # in memory there is one connection and no pool
        # The connection used last is used next: the others have forgotten the pages that they had read.
        options["pool_use_lifo"] = True
    if url.get_backend_name() == "postgresql":
        options["pool_pre_ping"] = True  # a server may have gone; a file does not
        # jit pays nothing on 25 rows; the time zone makes the database's clock ours.
        options["connect_args"] = {"options": "-c jit=off -c timezone=Asia/Phnom_Penh"}
        options["pool_size"] = 8
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)


def refuse_unreachable(url):
    """Stop with a sentence where the database cannot be reached; the address stands there without its password."""
    try:
        engine = create_engine(url)
        engine.connect().close()
        engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as fault:
        reason = str(getattr(fault, "orig", fault)).strip().splitlines()[0]
        sys.exit(f"Not started: the database of ECRIME_DATABASE_URL does not answer ({reason}).")


def refuse_unfit(engine):
    """Stop with a sentence where Khmer text would be compared or searched wrongly.

    Ordering by a key and searching from the beginning of a word need byte order; a PostgreSQL database whose
    collation is a language's compares otherwise and can use no index for it. And one to which a Khmer letter is no
    letter (LC_CTYPE C) has no trigram of any Khmer text, so that a search in narratives would find nothing.
    """
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        # Asked by what it does: the name of a collation stands in another column for each of its providers.
        by_bytes = connection.scalar(text("select 'B' < 'a'"))
        kinds = text("select datctype from pg_database where datname = current_database()")
        kinds_of_letters = connection.scalar(kinds)
    if not by_bytes:
        sys.exit(f"Not started: this PostgreSQL database sorts as a language does. {HOW_TO_CREATE}")
    if kinds_of_letters in ("C", "POSIX"):
        sys.exit(f"Not started: this PostgreSQL database takes no Khmer letter for a letter. {HOW_TO_CREATE}")


@contextmanager
def one_at_a_time(engine):
    """Several servers of one PostgreSQL database bring its tables up to date one after the other."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(SETTING_UP)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(SETTING_UP)))


def insert_into(session, table):
    """An INSERT that knows ON CONFLICT, in the dialect of the database of this session, or connection."""
    bind = session if isinstance(session, Connection) else session.get_bind()
    dialect = sqlite if bind.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def dialect_of(session):
    return session.get_bind().dialect.name


def alembic_config():
    """Where the migrations are, for calls from Python."""
    made = Config()
    made.set_main_option("script_location", str(config.ROOT / "migrations"))
    return made


@cache
def head():
    """The newest revision in migrations/."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def revision(engine):
    """The revision of this database; None where it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
