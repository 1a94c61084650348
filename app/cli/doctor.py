"""The command `run.py doctor`: checks an installation and says what to do, without changing anything."""

import shutil
import sys

import config


def run_doctor(_options):
    """Check settings, files, database, clock, disk and backup; exits 1 if anything needs an operator."""
    faults = 0
    for name, check in list_checks():
        try:
            check()
        except SystemExit as refusal:
            faults += 1
            print(f"FAULT  {name}: {refusal.code}")
            if name == "database":
                break  # the following checks read it
        else:
            print(f"ok     {name}")
    sys.exit(f"{faults} faults" if faults else 0)


def list_checks():
    """Return the checks as (name, function). A function exits with an instruction if it finds a fault."""
    from app.cli import production, setup
    from app.kernel.database import engine

    is_production = config.ENVIRONMENT == "production"
    checks = [
        ("secret", production.refuse_weak_secret),
        ("settings", production.refuse_unsafe_settings),
        ("files that others may read", production.refuse_readable_files),
        ("audit key and anchors", setup.refuse_unsafe_audit_storage),
    ]
    return [
        *(checks if is_production else ()),
        ("database", lambda: engine.check_connection(config.SQLALCHEMY_DATABASE_URI)),
        ("tables", _check_tables),
        *([("accounts and roles of the database", _check_accounts)] if is_production else ()),
        ("health", _check_health),
        ("backup", _check_backup),
    ]


def _open_app():
    from app import create_app

    return create_app(SECRET_KEY=config.SECRET_KEY or "checks and signs nothing")


def _check_tables():
    from app.extensions import db
    from app.kernel.audit import verify_chain
    from app.kernel.database import engine

    with _open_app().app_context():
        engine.check_collation(db.engine)
        found = engine.current_revision(db.engine)
        if found != engine.head_revision():
            sys.exit(
                f"the tables have version {found}, the program needs {engine.head_revision()}: run.py migrate"
            )
        with db.engine.connect() as connection:
            if not verify_chain.is_key_valid(connection):
                sys.exit(f"the audit log was written with another key than {config.AUDIT_KEY_FILE}")


def _check_accounts():
    from app.cli import production

    app = _open_app()
    production.refuse_demo_accounts(app)
    production.refuse_table_owner(app)


def _check_health():
    from app.web import health

    with _open_app().app_context():
        bad = [f"{name} is {state}" for name, state in health.check_health().items() if state != health.OK]
    if bad:
        sys.exit(f"{', '.join(bad)}. See «Monitoring» in docs/administrator.md")


def _check_backup():
    from app.web import operations, system_state

    if not config.BACKUP_PUBLIC_KEY:
        sys.exit("ECRIME_BACKUP_PUBLIC_KEY is not set: run.py backup-key FILE")
    with _open_app().app_context():
        age = system_state.get_reading("ecrime_backup_age_seconds")
    if age == float("inf"):
        sys.exit("there was no complete backup yet: run.py backup FOLDER")
    if age > operations.BACKUP_LATE:
        sys.exit(f"the last complete backup is {age / 86400:.0f} days old: run.py backup FOLDER")
    if config.SQLALCHEMY_DATABASE_URI.startswith("postgresql") and not shutil.which("pg_dump"):
        sys.exit("pg_dump is missing: apt-get install postgresql-client")
