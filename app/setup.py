"""What must be true before the register answers: built files, words, tables, reference data, a first user."""

import os
import secrets
import sys

from alembic import command

import config
from app import assets, create_app, language
from app.accounts import demo_users
from app.extensions import db
from app.kernel import databases
from app.reference import load

WEAKEST = 32  # characters of a secret that production accepts


def say(text):
    print(f"· {text}", flush=True)


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


def prepared_app():
    """An application on a database that is up to date; quick where nothing has changed."""
    if config.ENVIRONMENT not in ("demo", "production"):
        sys.exit("ECRIME_ENV is either demo or production.")
    refuse_weak_secret()
    config.DATA_DIR.mkdir(parents=True, exist_ok=True)
    assets.build(say)
    language.compile_catalogues()
    app = create_app(SECRET_KEY=secret_key())
    with app.app_context():
        databases.refuse_unreachable(config.SQLALCHEMY_DATABASE_URI)
        databases.refuse_unfit(db.engine)
        migrate(app)
        load_reference()
    refuse_demo_accounts(app)
    return app


def migrate(app):
    """Bring the tables to the head of migrations/."""
    if databases.revision(db.engine) == databases.head():
        return
    say("Making the tables")
    command.upgrade(databases.alembic_config(), "head")


def load_reference():
    """Bring places, units, courts, laws and code lists up to the files in app/reference/data."""
    load.load(db.session, lambda table, rows: say(f"Reference data: {rows} rows of {table}"))
    db.session.commit()
