"""The commands that prove the log and the records: `python3 run.py audit …`, `python3 run.py records …`."""

import sys
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

import config


def audit_words(parser):
    """What `run.py audit` understands."""
    parser.add_argument(
        "what",
        choices=("verify", "anchor", "clock", "looks"),
        help="prove the log · write its end down now · go on after a clock that had been ahead · odd looks of a week",
    )
    parser.add_argument(
        "--anchors", type=Path, help="the folder of the anchors, where it is not ECRIME_ANCHOR_DIR"
    )
    parser.add_argument("--because", default="", help="why the clock may run from an earlier moment")


def records_words(parser):
    """What `run.py records` understands."""
    parser.add_argument(
        "what",
        choices=("verify", "seal"),
        help="name the records changed past the register · seal them as they are",
    )
    parser.add_argument("--because", default="", help="why the records are sealed anew; the log keeps it")


def audit(options):
    """Prove the log: ends with 0 where it is right, 1 where it was tampered with, 2 where that cannot be told."""
    if options.what == "looks":
        return _report_looks()
    acts = {"verify": _verify_log, "anchor": _anchor, "clock": _set_clock}
    with _register() as engine:
        acts[options.what](engine, options)


def records(options):
    """Prove the records against their seals in the log: ends with 0, 1 or 2 as `audit` does."""
    with _register() as engine:
        {"verify": _verify_records, "seal": _seal}[options.what](engine, options)


@contextmanager
def _register():
    """The register's database, by its owner where there is one: nothing is hidden from a proof."""
    from app import create_app
    from app.cli import setup
    from app.kernel.audit.signing_key import NotWritten

    create_app(SECRET_KEY="only to know every table, which signs nothing")
    setup.refuse_untraceable()
    engine = create_engine(config.OWNER_DATABASE_URI or config.SQLALCHEMY_DATABASE_URI, hide_parameters=True)
    try:
        yield engine
    except NotWritten as refusal:  # the key is missing, or the clock is behind
        _end(2, str(refusal))
    except SQLAlchemyError as fault:
        _end(2, f"The database cannot be asked: {str(fault).splitlines()[0]}")
    finally:
        engine.dispose()


def _end(status, text):
    print(text, file=sys.stderr if status else sys.stdout)
    sys.exit(status)


def _verify_log(engine, options):
    from app.kernel.audit import anchors
    from app.kernel.audit import verify_chain as proof

    try:
        known = anchors.read(options.anchors)
    except FileNotFoundError:
        known = {}
    except (OSError, ValueError) as fault:
        _end(proof.UNPROVED, f"NOT PROVED: the anchors cannot be read: {fault}")
    with engine.connect() as connection:
        proof.one_view(connection)
        finding = proof.of_chain(connection, known)
    _end(finding.status, str(finding))


def _anchor(engine, options):
    from app.kernel.audit import anchors

    try:
        with engine.connect() as connection:
            written = anchors.anchor(connection, options.anchors)
    except anchors.AnchorRefused as refusal:
        _end(1, str(refusal))
    except (OSError, ValueError) as fault:
        _end(2, f"No anchor could be written: {fault}")
    print("{} {}".format(*written) if written else "The last anchor is the end of the log.")


def _report_looks():
    from app.audit_review import weekly_report as weekly
    from app.cli import setup

    with setup.prepared_app().app_context():
        print("\n".join(weekly.told(weekly.report())))


def _set_clock(engine, options):
    from app.kernel.actor import THE_REGISTER
    from app.kernel.audit import hash_chain as chain

    _refuse_without_reason(options)
    told = chain.entry(THE_REGISTER, chain.CLOCK_SET, body={"facts": {"because": options.because}})
    with engine.begin() as connection:
        chain.append(connection, [told])
    print("The log goes on from the time of this computer.")


def _verify_records(engine, _options):
    from app.kernel.audit import rehash_rows as sealing
    from app.kernel.audit import verify_chain as proof
    from app.kernel.audit import verify_rows as sealed_rows
    from app.kernel.database import privileges as rights

    if not rights.owns_its_tables(engine):
        _end(
            2, "NOT PROVED: the application's user does not see every record. Set ECRIME_OWNER_DATABASE_URL."
        )
    wrong = 0
    with engine.connect() as connection:
        proof.one_view(connection)
        if not proof.key_fits(connection):
            _end(proof.UNPROVED, "NOT PROVED: this key is not the one with which the log was written.")
        for table in sealing.sealed_tables():
            for row in sealed_rows.wrong_rows(connection, table):
                wrong += 1
                print(row)
    told = f"TAMPERED: {wrong} records." if wrong else "OK: every record is as it was saved last."
    _end(proof.TAMPERED if wrong else proof.RIGHT, f"{told} The log itself is proved by: run.py audit verify")


def _seal(engine, options):
    from app.kernel.audit import rehash_rows as sealing

    _refuse_without_reason(options)
    with engine.begin() as connection:
        counts = sealing.seal(connection, sealing.sealed_tables(), options.because)
    print(f"Sealed as they are: {sum(counts.values()):,} records.")


def _refuse_without_reason(options):
    if len(options.because.strip()) < 20:
        sys.exit('Say why, in twenty letters or more: --because "…"')
