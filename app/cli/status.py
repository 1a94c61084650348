"""Commands about derived statuses and deadlines: `python3 run.py status check`, `python3 run.py deadlines`."""

import sys
import time

MAX_PRINTED = 50  # maximum number of printed differences


def add_status_arguments(parser):
    """Add the arguments of `run.py status`."""
    parser.add_argument("what", choices=("check",), help="recompute every derived value and compare")


def check_status(options):
    """Recompute every derived value and print the differences; exits 1 if there are any.

    Compares the status and the death of people, the values of cases, orders and custody, the states of exhibits, items and
    reports, who sees each deadline, and the lists of people by province.
    """
    from app.cases import case_status, exhibit_state
    from app.cli import setup
    from app.court_orders import consistency_check as order_check
    from app.custody import consistency_check as custody_check
    from app.custody import deadline_index
    from app.evidence import custody as evidence
    from app.extensions import db
    from app.indices import linking
    from app.kernel.database import privileges
    from app.missing import states as reports
    from app.people import deaths
    from app.people.status import find_drift
    from app.people.visibility import find_missing_rows

    app, started = setup.prepare_app(), time.monotonic()
    # As in a request, the legal limits are read once.
    with app.test_request_context(), privileges.owner_engine(db.engine).connect() as connection:
        count, found = find_drift(connection)
        orders, records = order_check.find_drift(connection), custody_check.find_drift(connection)
        cases, dates = case_status.find_drift(connection), deaths.find_drift(connection)
        things = [
            row
            for check in (exhibit_state, evidence, linking, reports)
            for row in check.find_drift(connection)
        ]
        deadlines, missing = deadline_index.find_drift(connection), find_missing_rows(connection)
    seconds = max(time.monotonic() - started, 0.001)
    print(f"{count:,} persons in {seconds:,.1f} s ({count / seconds:,.0f} a second), {len(found):,} differ")
    for person_id, stored, computed in found[:MAX_PRINTED]:
        print(f"  P-{person_id:07d}: stored {stored or 'none'}, computed {computed or 'none'}")
    for title, values in (
        ("dates of death differ from the confirmed reports", dates),
        ("values of orders and matches differ from the acts", orders),
        ("custody and detention values differ from the steps", records),
        ("values of cases differ from the steps of procedure", cases),
        ("states of exhibits, items and reports differ from the acts", things),
    ):
        print(f"{len(values):,} {title}")
        for entity, pk, name, stored, computed in values[:MAX_PRINTED]:
            print(f"  {entity} {pk}: {name} {stored}, computed {computed}")
    print(f"{len(deadlines):,} deadlines differ in who sees them")
    for entity, visible_to, ends_at, entity_id, _person_id in deadlines[:MAX_PRINTED]:
        print(f"  {entity} {entity_id} until {ends_at}, {visible_to}")
    print(f"{len(missing):,} persons are missing from the list of a province that may see them")
    for province_code, _name, person_id in missing[:MAX_PRINTED]:
        print(f"  P-{person_id:07d}: province {province_code}")
    sys.exit(bool(found or dates or orders or records or cases or things or deadlines or missing))


def run_deadlines(_options):
    """Run all due deadline actions: unanswered matches, custody and detention limits."""
    from app.cli import setup
    from app.kernel import scheduler

    for name, count in scheduler.run_jobs(setup.prepare_app()).items():
        print(f"{name}: {count}")
