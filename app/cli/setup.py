"""What must be true before the register answers: built files, words, tables, reference data, a first user."""

import fcntl
import os
import secrets
import sys
from contextlib import contextmanager

from alembic import command

import config
from app import create_app
from app.accounts import actions, demo_users
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.audit import hash_chain, rehash_rows, signing_key, verify_chain
from app.kernel.database import engine, privileges
from app.reference import load
from app.web import assets, language

WEAKEST = 32  # characters of a secret that production accepts
FIRST_SEALED = "0003"  # the step of the tables that brought the seals


def say(text):
    print(f"· {text}", flush=True)


@contextmanager
def alone():
    """Of several processes that start at once, one sets up at a time, and the next finds it done."""
    config.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (config.DATA_DIR / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def secret_key():
    """The key from the environment; in the demo, one made once and kept beside the data."""
    if config.SECRET_KEY:
        return config.SECRET_KEY
    path = config.DATA_DIR / "secret_key"
    if not path.exists():
        config.DATA_DIR.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def refuse_weak_secret():
    """Production does not start with a weak secret; nothing is made before this is asked."""
    key = config.SECRET_KEY
    if config.ENVIRONMENT != "production":
        return
    if len(key) < WEAKEST or len(set(key)) < 12:
        sys.exit(
            "Not started: ECRIME_SECRET_KEY is missing or weak. Give it at least 32 random characters, for example\n"
            "  export ECRIME_SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')"
        )


def refuse_demo_accounts(app):
    """Production does not start with accounts whose passwords are printed in the README."""
    if config.ENVIRONMENT != "production":
        return
    with app.app_context():
        found = demo_users.present()
    if found:
        sys.exit(
            f"Not started: {len(found)} demo accounts are active in this database ({', '.join(found[:3])} …).\n"
            "Start production on a database of its own (ECRIME_DATABASE_URL, ECRIME_DATA_DIR)."
        )


def refuse_untraceable():
    """Production keeps the key and the anchors of its log outside the data; the demo gets both made."""
    if config.ENVIRONMENT != "production":
        signing_key.make_file(config.AUDIT_KEY_FILE)
        config.ANCHOR_DIR.mkdir(parents=True, exist_ok=True)
        return
    for name, path in (("AUDIT_KEY_FILE", config.AUDIT_KEY_FILE), ("ANCHOR_DIR", config.ANCHOR_DIR)):
        if not os.environ.get(f"ECRIME_{name}") or path.is_relative_to(config.DATA_DIR):
            sys.exit(
                f"Not started: ECRIME_{name} must be set, and lie outside the data folder ({config.DATA_DIR}):"
                " who takes the data must not get both the log and what proves it. See docs/administrator.md."
            )
    if not config.ANCHOR_DIR.is_dir() or not os.access(config.ANCHOR_DIR, os.W_OK):
        sys.exit(f"Not started: ECRIME_ANCHOR_DIR, {config.ANCHOR_DIR}, is no folder that can be written.")
    if config.AUDIT_KEY_FILE.is_file() and config.AUDIT_KEY_FILE.stat().st_mode & 0o077:
        sys.exit(f"Not started: others may read the key of the log. chmod 600 {config.AUDIT_KEY_FILE}")
    try:
        signing_key.key()
    except signing_key.KeyMissing as refusal:
        sys.exit(
            f"Not started: {refusal} Make one, once, and keep a copy in a sealed envelope:\n"
            f"  (umask 077; python3 -c 'import secrets; print(secrets.token_urlsafe(48))' > {config.AUDIT_KEY_FILE})"
        )


def prepared_app():
    """An application on a database that is up to date; quick where nothing has changed."""
    if config.ENVIRONMENT not in ("demo", "production"):
        sys.exit("ECRIME_ENV is either demo or production.")
    if config.SECOND_FACTOR not in ("required", "offered"):
        sys.exit("ECRIME_SECOND_FACTOR is either required or offered.")
    refuse_weak_secret()
    with alone():
        return _prepared()


def _prepared():
    refuse_untraceable()
    assets.build(say)
    language.compile_catalogues()
    engine.refuse_unreachable(config.SQLALCHEMY_DATABASE_URI)
    if config.OWNER_DATABASE_URI:
        with create_app(
            SECRET_KEY=secret_key(), SQLALCHEMY_DATABASE_URI=config.OWNER_DATABASE_URI
        ).app_context():
            bring_up_to_date()
            privileges.give(db.engine, privileges.role_of(config.SQLALCHEMY_DATABASE_URI))
            db.engine.dispose()
    app = create_app(SECRET_KEY=secret_key())
    with app.app_context():
        bring_up_to_date()
        with db.engine.connect() as connection:
            if not verify_chain.key_fits(connection):
                sys.exit(
                    f"Not started: the log was written with another key than {config.AUDIT_KEY_FILE}."
                    " Bring that key back; or prove the log: python3 run.py audit verify"
                )
    refuse_demo_accounts(app)
    return app


def bring_up_to_date():
    """Tables, reference data and roles of the current application's database."""
    engine.refuse_unfit(db.engine)
    with engine.one_at_a_time(db.engine):
        migrate()
        load_reference()
        actions.make_roles(db.session)


def migrate():
    """Bring the tables to the head of migrations/, and seal anew the records of tables that are changed by it."""
    before = engine.revision(db.engine)
    if before == engine.head():
        return
    if before and not privileges.owns_its_tables(db.engine):
        sys.exit(
            "Not started: the tables are of another version, and the application's user may not change them.\n"
            "  ECRIME_OWNER_DATABASE_URL=… python3 run.py migrate"
        )
    say("Making the tables")
    columns = rehash_rows.columns_there(db.engine)
    command.upgrade(engine.alembic_config(), "head")
    after = rehash_rows.columns_there(db.engine)
    unsealed = before is not None and before < FIRST_SEALED
    changed = [
        table
        for table in rehash_rows.sealed_tables()
        if unsealed or columns.get(table.name, after[table.name]) != after[table.name]
    ]
    with db.engine.begin() as connection:
        steps = {"facts": {"from": before, "to": engine.head()}}
        hash_chain.append(connection, [hash_chain.entry(THE_REGISTER, "register.updated", body=steps)])
        counts = rehash_rows.seal(connection, changed, f"migration {before} → {engine.head()}")
    if counts:
        say(f"Sealed anew: {sum(counts.values()):,} records")


def load_reference():
    """Bring places, units, courts, laws and code lists up to the files in app/reference/data."""
    act_as(db.session, THE_REGISTER)
    load.load(db.session, lambda table, rows: say(f"Reference data: {rows} rows of {table}"))
    db.session.commit()
