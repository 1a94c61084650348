"""Commands that verify the audit log and the records: `python3 run.py audit …`, `python3 run.py records …`."""

import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

import config
from app.cli import backup


def add_audit_arguments(parser):
    """Add the arguments of `run.py audit`."""
    parser.add_argument(
        "what",
        choices=("verify", "anchor", "clock", "restored", "access-report", "export"),
        help="verify the log · write an anchor · accept an earlier time after a clock error · record a restore that lost"
        " entries · report unusual access · append new events to a file of JSON lines, without personal data",
    )
    parser.add_argument("--to", type=Path, help="the file of `export`")
    parser.add_argument("--anchors", type=Path, help="the folder of the anchors, if not ECRIME_ANCHOR_DIR")
    parser.add_argument(
        "--reason", default="", help="the reason for an earlier time or a restore; it is logged"
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="with `verify`: write the result into the log, for the monitoring",
    )


def add_records_arguments(parser):
    """Add the arguments of `run.py records`."""
    parser.add_argument(
        "what",
        choices=("verify", "files", "rehash"),
        help="list the records changed outside the application · list the files that are missing or changed · recompute"
        " the hashes of all records",
    )
    parser.add_argument("--reason", default="", help="the reason for new hashes; it is logged")


def run_audit(options):
    """Verify the audit log: exits 0 if it is intact, 1 if it was tampered with, 2 if this cannot be determined."""
    if options.what == "access-report":
        return _report_unusual_access()
    if options.what == "restored":
        _refuse_without_reason(options)
        return backup.record_restore(options)
    actions = {
        "verify": _verify_log,
        "anchor": _write_anchor,
        "clock": _accept_earlier_time,
        "export": _export_events,
    }
    with _open_database() as engine:
        actions[options.what](engine, options)


def run_records(options):
    """Verify the records against their hashes in the audit log: exits 0, 1 or 2 as `audit` does."""
    actions = {"verify": _verify_records, "files": _verify_files, "rehash": _rehash_records}
    with _open_database() as engine:
        actions[options.what](engine, options)


@contextmanager
def _open_database():
    """Open the database as its owner if there is one, because a verification must see every row."""
    from app import create_app
    from app.cli import setup
    from app.kernel.audit.signing_key import AuditWriteFailed

    create_app(SECRET_KEY="loads the models, signs nothing")
    setup.refuse_unsafe_audit_storage()
    engine = create_engine(config.OWNER_DATABASE_URI or config.SQLALCHEMY_DATABASE_URI, hide_parameters=True)
    try:
        yield engine
    except AuditWriteFailed as error:  # the key is missing, or the clock is behind the log
        _exit(2, str(error))
    except SQLAlchemyError as error:
        _exit(2, f"The database cannot be read: {str(error).splitlines()[0]}")
    finally:
        engine.dispose()


def _exit(status, text):
    print(text, file=sys.stderr if status else sys.stdout)
    sys.exit(status)


def _verify_log(engine, options):
    from app.kernel.audit import anchors, verify_chain

    try:
        known = anchors.read_anchors(options.anchors)
    except FileNotFoundError:
        known = {}
    except (OSError, ValueError) as error:
        _exit(verify_chain.UNVERIFIABLE, f"NOT PROVED: the anchors cannot be read: {error}")
    with engine.connect() as connection:
        verify_chain.begin_snapshot(connection)
        finding = verify_chain.verify_chain(connection, known)
    if options.record:
        _record_verification(engine, finding)
    _exit(finding.status, str(finding))


def _record_verification(engine, finding):
    """Write the result into the log. Without its key nothing is written, and the monitoring misses the verification."""
    from app.kernel.actor import SYSTEM
    from app.kernel.audit import hash_chain
    from app.kernel.audit.models import LOG_VERIFIED

    about = "audit_event", finding.seq or None
    entry = hash_chain.build_entry(
        SYSTEM, LOG_VERIFIED, *about, finding.outcome, body={"facts": finding.facts}
    )
    with engine.begin() as connection:
        hash_chain.append_entries(connection, [entry])


def _write_anchor(engine, options):
    from app.kernel.audit import anchors

    try:
        with engine.connect() as connection:
            written = anchors.write_anchor(connection, options.anchors)
    except anchors.AnchorMismatch as error:
        _exit(1, str(error))
    except (OSError, ValueError) as error:
        _exit(2, f"The anchor cannot be written: {error}")
    print("{} {}".format(*written) if written else "The last anchor already covers the whole log.")


def _export_events(engine, options):
    from app.audit_review import case_numbers
    from app.kernel.access.row_level_security import apply_settings
    from app.kernel.actor import SYSTEM
    from app.kernel.audit import export

    if not options.to:
        sys.exit("Name the file: --to FILE")
    try:
        with engine.connect() as connection:
            apply_settings(connection, SYSTEM)
            is_case = cache(lambda number: connection.scalar(case_numbers.query_registered(number)))
            print(f"Events written: {export.append_events(connection, options.to, is_case):,}")
    except (OSError, ValueError, export.ExportStopped) as error:
        _exit(2, f"Not exported: {error}")


def _report_unusual_access():
    from app.audit_review import weekly_report
    from app.cli import setup

    with setup.prepare_app().app_context():
        print("\n".join(weekly_report.format_lines(weekly_report.build_report())))


def _accept_earlier_time(engine, options):
    from app.kernel.actor import SYSTEM
    from app.kernel.audit import hash_chain

    _refuse_without_reason(options)
    entry = hash_chain.build_entry(SYSTEM, hash_chain.CLOCK_SET, body={"facts": {"because": options.reason}})
    with engine.begin() as connection:
        hash_chain.append_entries(connection, [entry])
    print("The log continues with the time of this computer.")


def _verify_records(engine, _options):
    from app.kernel.audit import rehash_rows, verify_chain, verify_rows
    from app.kernel.database import privileges

    if not privileges.owns_tables(engine):
        _exit(
            2, "NOT PROVED: the application's user does not see every record. Set ECRIME_OWNER_DATABASE_URL."
        )
    wrong = 0
    with engine.connect() as connection:
        verify_chain.begin_snapshot(connection)
        if not verify_chain.is_key_valid(connection):
            _exit(verify_chain.UNVERIFIABLE, "NOT PROVED: the log was written with another key.")
        for table in rehash_rows.record_tables():
            for row in verify_rows.tampered_rows(connection, table):
                wrong += 1
                print(row)
    result = f"TAMPERED: {wrong} records." if wrong else "OK: every record matches its hash."
    _exit(
        verify_chain.TAMPERED if wrong else verify_chain.VALID,
        f"{result} To verify the log itself: run.py audit verify",
    )


def _verify_files(engine, _options):
    from app.backup import restored_system
    from app.kernel.audit import verify_chain

    with engine.connect() as connection:
        verify_chain.begin_snapshot(connection)
        lost = restored_system.find_lost_files(connection, config.FILES_DIR)
    for sha256 in lost:
        print(sha256)
    if lost:
        _exit(verify_chain.TAMPERED, f"TAMPERED: {len(lost)} files are missing or changed.")
    print("OK: every file of a record is in the file store.")


def _rehash_records(engine, options):
    from app.kernel.audit import rehash_rows

    _refuse_without_reason(options)
    with engine.begin() as connection:
        counts = rehash_rows.rehash_tables(connection, rehash_rows.record_tables(), options.reason)
    print(f"Hashes recomputed: {sum(counts.values()):,} records.")


def _refuse_without_reason(options):
    if len(options.reason.strip()) < 20:
        sys.exit('Give the reason in at least 20 characters: --reason "…"')
