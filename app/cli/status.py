"""Commands about derived statuses and deadlines: `python3 run.py status check`, `python3 run.py deadlines`."""

import gc
import sys
import time

MAX_PRINTED = 50  # maximum number of printed differences


def add_status_arguments(parser):
    """Add the arguments of `run.py status`."""
    parser.add_argument("what", choices=("check",), help="recompute every derived value and compare")


def list_value_checks():
    """Return (title, functions) of the comparisons of derived columns with the rows that decide them.

    Each function returns (entity, id, column, stored, computed) for a connection that sees every row.
    """
    from app.cases import case_status, exhibit_state
    from app.cases import consistency_check as cases
    from app.court_orders import consistency_check as orders
    from app.custody import consistency_check as custody
    from app.evidence import custody as evidence
    from app.indices import linking
    from app.investigation import consistency_check as requests
    from app.minors import consistency_check as minors
    from app.missing import states as reports
    from app.people import consistency_check as people
    from app.protection_orders import consistency_check as protection

    checks = (
        ("dates of death differ from the confirmed reports, or telephones for comparison from the telephones", (people,)),
        ("values of orders and matches differ from the acts", (orders,)),
        ("custody and detention values differ from the steps", (custody,)),
        ("values of cases differ from the steps of procedure, or ages from the births", (case_status, cases)),
        ("states of exhibits, items and reports differ from the acts", (exhibit_state, evidence, linking, reports)),
        ("protection orders, contacts with minors and requests differ from their steps", (protection, minors, requests)),
    )  # fmt: skip
    return [(title, [module.find_drift for module in modules]) for title, modules in checks]


def check_status(_options):
    """Recompute every derived value and print the differences; exits 1 if there are any.

    Compares the status of people, the derived columns of all records, who sees each deadline, and the lists of people by
    province.
    """
    from app.cli import setup
    from app.custody import deadline_index
    from app.extensions import db
    from app.kernel.database import privileges
    from app.people.status import find_drift
    from app.people.visibility import find_missing_rows

    app, started = setup.prepare_app(), time.monotonic()
    gc.freeze()  # the collector would examine the whole application again and again, in half of the time
    # As in a request, the legal limits are read once.
    with app.test_request_context(), privileges.owner_engine(db.engine).connect() as connection:
        count, found = find_drift(connection)
        values = [
            (title, [row for find in checks for row in find(connection)])
            for title, checks in list_value_checks()
        ]
        deadlines, missing = deadline_index.find_drift(connection), find_missing_rows(connection)
    seconds = max(time.monotonic() - started, 0.001)
    print(f"{count:,} persons in {seconds:,.1f} s ({count / seconds:,.0f} a second), {len(found):,} differ")
    for person_id, stored, computed in found[:MAX_PRINTED]:
        print(f"  P-{person_id:07d}: stored {stored or 'none'}, computed {computed or 'none'}")
    for title, rows in values:
        print(f"{len(rows):,} {title}")
        for entity, pk, name, stored, computed in rows[:MAX_PRINTED]:
            print(f"  {entity} {pk}: {name} {stored}, computed {computed}")
    print(f"{len(deadlines):,} deadlines differ in who sees them")
    for entity, visible_to, ends_at, entity_id, _person_id in deadlines[:MAX_PRINTED]:
        print(f"  {entity} {entity_id} until {ends_at}, {visible_to}")
    print(f"{len(missing):,} persons are missing from the list of a province that may see them")
    for province_code, _name, person_id in missing[:MAX_PRINTED]:
        print(f"  P-{person_id:07d}: province {province_code}")
    sys.exit(bool(found or deadlines or missing or any(rows for _title, rows in values)))


def run_deadlines(_options):
    """Run all due deadline actions: unanswered matches, custody and detention limits."""
    from app.cli import setup
    from app.kernel import scheduler

    for name, count in scheduler.run_jobs(setup.prepare_app()).items():
        print(f"{name}: {count}")
