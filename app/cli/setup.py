"""Setup before E-Crime starts: built files, translations, tables, reference data and a first user."""
# unrestricted: loads reference data as the system
# commits: reference data at set-up

import fcntl
import os
import secrets
import sys
from contextlib import contextmanager

from alembic import command

import config
from app import create_app
from app.accounts import actions
from app.cli import production
from app.extensions import db
from app.kernel import system_kind
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit import hash_chain, rehash_rows, signing_key, verify_chain
from app.kernel.database import engine, privileges
from app.kernel.database.transactions import commit
from app.reference import load
from app.web import assets, language, request_log


def print_step(text):
    print(f"· {text}", flush=True)


def prepare_log():
    """Write the log of a service as the settings say."""
    if config.LOG_FORMAT not in ("text", "json"):
        sys.exit("ECRIME_LOG must be text or json.")
    if config.LOG_FORMAT == "json":
        request_log.write_json()


@contextmanager
def hold_setup_lock():
    """Let one process at a time set up; processes that start later find the work done."""
    config.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (config.DATA_DIR / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def load_secret_key():
    """Return the secret key from the environment; in the demo, a generated one stored in the data folder."""
    if config.SECRET_KEY:
        return config.SECRET_KEY
    path = config.DATA_DIR / "secret_key"
    if not path.exists():
        config.DATA_DIR.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def refuse_unsafe_audit_storage():
    """Exit in production if the audit key or the anchors are missing, unsafe or inside the data folder.

    In the demo, create both.
    """
    if config.ENVIRONMENT != "production":
        signing_key.create_key_file(config.AUDIT_KEY_FILE)
        config.ANCHOR_DIR.mkdir(parents=True, exist_ok=True)
        return
    for name, path in (("AUDIT_KEY_FILE", config.AUDIT_KEY_FILE), ("ANCHOR_DIR", config.ANCHOR_DIR)):
        if not os.environ.get(f"ECRIME_{name}") or path.is_relative_to(config.DATA_DIR):
            sys.exit(
                f"Not started: ECRIME_{name} must be set, and outside the data folder ({config.DATA_DIR}):"
                " a copy of the data must not include the audit key. See docs/administrator.md."
            )
    if not config.ANCHOR_DIR.is_dir() or not os.access(config.ANCHOR_DIR, os.W_OK):
        sys.exit(f"Not started: ECRIME_ANCHOR_DIR, {config.ANCHOR_DIR}, is not a writable folder.")
    if config.AUDIT_KEY_FILE.is_file() and config.AUDIT_KEY_FILE.stat().st_mode & 0o077:
        sys.exit(f"Not started: others may read the key of the audit log. chmod 600 {config.AUDIT_KEY_FILE}")
    try:
        signing_key.load_key()
    except signing_key.KeyMissing as error:
        sys.exit(
            f"Not started: {error} Create one once, and keep a copy in a sealed envelope:\n"
            f"  (umask 077; python3 -c 'import secrets; print(secrets.token_urlsafe(48))' > {config.AUDIT_KEY_FILE})"
        )


def prepare_app(serves=False, answers=False):
    """Return an application with an up-to-date database; fast if nothing has changed.

    `serves`: for a service. In production it needs safe settings, too. `answers`: it answers requests, so its queries have
    a time limit.
    """
    if config.ENVIRONMENT not in system_kind.KINDS:
        sys.exit("ECRIME_ENV must be demo or production.")
    if config.SECOND_FACTOR not in ("required", "offered"):
        sys.exit("ECRIME_SECOND_FACTOR must be required or offered.")
    if config.ENVIRONMENT == "production":
        production.refuse_weak_secret()
        if serves:
            production.refuse_unsafe_settings()
        production.refuse_readable_files()
    with hold_setup_lock():
        app = _prepare_app(serves, answers)
    if config.ENVIRONMENT == "production":
        production.refuse_demo_accounts(app)
        if serves:
            production.refuse_table_owner(app)
    return app


def refuse_other_kind(serves):
    """Exit if the database of the current application belongs to a system of another kind.

    Commands that do not serve may read a copy of another database, such as a restored one, but none of practice.
    """
    kinds = {system_kind.read_kind(db.engine), config.ENVIRONMENT}
    if serves or system_kind.PRACTICE in kinds:
        is_new = engine.current_revision(db.engine) is None
        try:
            system_kind.check_kind(db.engine, config.ENVIRONMENT, is_new)
        except system_kind.OtherKind as error:
            sys.exit(f"Not started: {error}")


def _prepare_app(serves, answers):
    refuse_unsafe_audit_storage()
    assets.build_assets(print_step)
    language.compile_catalogues()
    engine.check_connection(config.SQLALCHEMY_DATABASE_URI)
    if config.OWNER_DATABASE_URI:
        with create_app(
            SECRET_KEY=load_secret_key(), SQLALCHEMY_DATABASE_URI=config.OWNER_DATABASE_URI
        ).app_context():
            refuse_other_kind(serves)
            update_database(serves)
            privileges.grant_privileges(
                db.engine, privileges.application_role(config.SQLALCHEMY_DATABASE_URI)
            )
            db.engine.dispose()
    app = create_app(SECRET_KEY=load_secret_key(), LIMITS_QUERIES=answers)
    with app.app_context():
        refuse_other_kind(serves)
        update_database(serves)
        with db.engine.connect() as connection:
            if not verify_chain.is_key_valid(connection):
                sys.exit(
                    f"Not started: the audit log was written with another key than {config.AUDIT_KEY_FILE}."
                    " Restore that key, or verify the log: python3 run.py audit verify"
                )
    return app


def update_database(serves=False):
    """Update tables, reference data and roles of the current application's database.

    A command that does not serve may run without the environment of the service, so it names only a new database.
    """
    engine.check_collation(db.engine)
    with engine.setup_lock(db.engine):
        is_new = engine.current_revision(db.engine) is None
        migrate_tables()
        if serves or is_new:
            system_kind.write_kind(db.engine, config.ENVIRONMENT)
        load_reference_data()
        actions.create_roles(db.session)


def migrate_tables():
    """Migrate the tables to the newest revision, and hash the records of changed tables again."""
    before = engine.current_revision(db.engine)
    if before == engine.head_revision():
        return
    if before and not privileges.owns_tables(db.engine):
        sys.exit(
            "Not started: the tables have another version, and the application's user may not change them.\n"
            "  ECRIME_OWNER_DATABASE_URL=… python3 run.py migrate"
        )
    print_step("Creating or updating the tables")
    columns, rewritten = rehash_rows.existing_columns(db.engine), engine.list_rewritten_tables(before)
    command.upgrade(engine.alembic_config(), "head")
    after = rehash_rows.existing_columns(db.engine)
    changed = [
        table
        for table in rehash_rows.record_tables()
        if columns.get(table.name, after[table.name]) != after[table.name] or table.name in rewritten
    ]
    with db.engine.begin() as connection:
        body = {"facts": {"from": before, "to": engine.head_revision()}}
        hash_chain.append_entries(connection, [hash_chain.build_entry(SYSTEM, "system.updated", body=body)])
        counts = rehash_rows.rehash_tables(
            connection, changed, f"migration {before} → {engine.head_revision()}"
        )
    if counts:
        print_step(f"Hashes recomputed: {sum(counts.values()):,} records")
    if before:
        engine.update_statistics(db.engine)


def load_reference_data():
    """Update places, units, courts, laws and code lists from the files in app/reference/data."""
    act_as(db.session, SYSTEM)
    load.load_reference_data(
        db.session, lambda table, rows: print_step(f"Reference data: {rows} rows of {table}")
    )
    commit()
