"""Commands that copy and restore the whole system: `backup-key`, `backup`, `restore`, `drill`."""

import getpass
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import config

# What a restored system must answer before anybody works with it.
VERIFICATIONS = (("audit", "verify"), ("records", "verify"), ("records", "files"))
# The metrics of a drill. The second is the time at which the restored archive was written.
DRILL_OK, DRILL_ARCHIVE = "ecrime_drill_ok", "ecrime_drill_archive_timestamp_seconds"


def add_key_arguments(parser):
    """Add the arguments of `run.py backup-key`."""
    parser.add_argument(
        "file", type=Path, help="the new file with the private key; keep it offline, in two places"
    )


def add_backup_arguments(parser):
    """Add the arguments of `run.py backup`."""
    parser.add_argument("folder", type=Path, help="an existing folder, on another disk")


def add_restore_arguments(parser):
    """Add the arguments of `run.py restore`."""
    _add_archive_arguments(parser)
    parser.add_argument("--into", type=Path, required=True, help="a new or empty folder: the new data folder")


def add_drill_arguments(parser):
    """Add the arguments of `run.py drill`."""
    _add_archive_arguments(parser)
    parser.add_argument(
        "--metrics",
        type=Path,
        metavar="FILE.prom",
        help="write the result for the node exporter of Prometheus",
    )


def _add_archive_arguments(parser):
    parser.add_argument("archive", type=Path, help="an archive, or a folder: the newest archive in it")
    parser.add_argument("--key-file", type=Path, required=True, help="the file with the private key")
    parser.add_argument(
        "--database",
        default="",
        help="the URL of an empty PostgreSQL database; a SQLite archive moves into it, if it is given",
    )


def create_key(options):
    """Create a key pair for backups: the private key goes to a file, the public key is printed."""
    from app.backup import archive

    try:
        print(archive.create_key(options.file))
    except FileExistsError:
        sys.exit(f"{options.file} exists and is not replaced: archives of that key would become unreadable.")


def write_backup(options):
    """Write an encrypted archive of database, files, keys and anchors, while E-Crime is in use."""
    from app.backup import archive, databases
    from app.cli import setup
    from app.kernel.actor import SYSTEM
    from app.kernel.audit import hash_chain
    from app.kernel.audit.models import BACKUP_COMPLETED

    if not config.BACKUP_PUBLIC_KEY:
        sys.exit("No key: create one with `run.py backup-key FILE`, and set ECRIME_BACKUP_PUBLIC_KEY.")
    if not options.folder.is_dir():
        sys.exit(f"{options.folder} is not a folder. Is the disk connected?")
    started, app = time.monotonic(), setup.prepare_app()
    with app.app_context():
        from app.extensions import db

        def record(action):
            body = {"facts": {"folder": str(options.folder)}}
            with db.engine.begin() as connection:
                hash_chain.append_entries(connection, [hash_chain.build_entry(SYSTEM, action, body=body)])

        record("backup.written")
        try:
            path = archive.write_archive(options.folder, config.BACKUP_PUBLIC_KEY, setup.load_secret_key())
        except (archive.BackupFailed, databases.ProgramFailed, OSError) as error:
            sys.exit(f"No backup was written: {error}")
        record(BACKUP_COMPLETED)
    print(f"{path}: {path.stat().st_size / 1e6:,.1f} MB in {time.monotonic() - started:,.0f} s")


def restore_backup(options):
    """Restore an archive into a new folder, and verify its audit log, records and files."""
    _restore(options, options.into)
    print(
        f"Restored and verified: {options.into}\n"
        f"Start it with ECRIME_DATA_DIR={options.into}. In production move audit_key, secret_key and anchors out of"
        " this folder, as docs/administrator.md describes."
    )


def drill_restore(options):
    """Restore an archive into a temporary folder, verify it, and delete it again."""
    from app.kernel.text import dates

    started, written_at = time.monotonic(), None
    try:
        with tempfile.TemporaryDirectory(prefix="ecrime-drill-") as folder:
            manifest = _restore(options, Path(folder) / "data")
        written_at = datetime.fromisoformat(manifest["written_at"]).replace(tzinfo=dates.CIVIL_ZONE)
    finally:
        if options.metrics:
            _write_metrics(options.metrics, written_at)
    print(
        f"OK: the archive of {manifest['written_at']} was restored and verified in {time.monotonic() - started:,.0f} s:"
        f" {manifest['last_event']:,} log entries, {manifest['files']:,} files."
    )


def _write_metrics(path, written_at):
    """Write whether the drill succeeded, and the time of the archive, in the text format of Prometheus."""
    lines = [f"{DRILL_OK} {int(written_at is not None)}"]
    if written_at is not None:
        lines.append(f"{DRILL_ARCHIVE} {written_at.timestamp():.0f}")
    partial = path.with_name(f".{path.name}")
    partial.write_text("\n".join([*lines, ""]), "ascii")
    partial.chmod(0o644)  # the exporter runs as another user
    partial.replace(path)


def _restore(options, folder):
    """Extract, load and verify an archive. Return its manifest. Exits with a message if anything fails."""
    from app.backup import archive, databases, moved_rows

    try:
        path = archive.find_newest(options.archive)
        manifest = archive.read_archive(path, options.key_file, folder)
        copy, url = folder / manifest["database"], options.database
        if copy.name == databases.POSTGRESQL_COPY:
            if not url.startswith("postgresql"):
                sys.exit(
                    "This archive has a PostgreSQL database. Name an empty one: --database postgresql://…"
                )
            databases.load_dump(copy, url)
            copy.unlink()
        elif url:
            _move(copy, url)
            copy.unlink()
    except (archive.BackupFailed, databases.ProgramFailed, moved_rows.MoveRefused, OSError) as error:
        sys.exit(f"Not restored: {error}")
    # A restored system is verified as every other, by the same commands, with the keys of the archive.
    for words in VERIFICATIONS:
        if not _run_command(words, folder, url):
            sys.exit(f"The restored copy in {folder} does not pass `{' '.join(words)}`. Do not use it.")
    return manifest


def _move(copy, url):
    """Make the tables in an empty PostgreSQL database, and move the rows of the SQLite file into them."""
    from app.backup import moved_rows

    moved_rows.refuse_filled(url)
    # In a folder of its own, because the anchors of the new log are not those of the archive.
    with tempfile.TemporaryDirectory(prefix="ecrime-move-") as folder:
        if not _run_command(("migrate",), folder, url):
            raise moved_rows.MoveRefused("The tables could not be made in the PostgreSQL database.")
    print(f"{moved_rows.move_rows(copy, url):,} rows were moved to PostgreSQL.")


def _run_command(words, folder, url):
    """Run a command of E-Crime with this data folder and database, and no other setting. Return whether it succeeded."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECRIME_")}
    environment |= {"ECRIME_DATA_DIR": str(folder), "ECRIME_ENV": "demo", "ECRIME_DATABASE_URL": url}
    command = [sys.executable, "-m", "app.cli.main", *words]
    return subprocess.run(command, cwd=config.ROOT, env=environment, check=False).returncode == 0


def record_restore(options):
    """Record a restore that lost entries of the audit log; an administrator and an auditor sign."""
    from app.backup import restored_system
    from app.cli import setup
    from app.extensions import db
    from app.kernel.audit import anchors
    from app.kernel.database import privileges

    app = setup.prepare_app()
    with app.test_request_context():  # the sign-in reads the address of the request
        try:
            officers = [
                restored_system.authenticate_officer(*ask_officer(role), role)
                for role in restored_system.ROLES
            ]
            with privileges.owner_engine(db.engine).begin() as connection:
                count = restored_system.record_restore(connection, *officers, options.reason, options.anchors)
        except restored_system.RestoreRefused as error:
            sys.exit(str(error))
        with privileges.owner_engine(db.engine).connect() as connection:
            anchors.write_anchor(connection, options.anchors, after_restore=True)
    print(
        f"The restore is recorded: up to {count:,} entries of the audit log are lost. Every verification reports it."
    )


def ask_officer(role):
    """Return (name, password, code) as typed; from standard input three lines without a terminal."""
    if not sys.stdin.isatty():
        return tuple(sys.stdin.readline().rstrip("\n") for _part in range(3))
    return (
        input(f"{role}, user name: "),
        getpass.getpass("Password: "),
        input("Code of the second factor, if any: "),
    )
