"""The commands about what people are to the register: `python3 run.py status check`, `python3 run.py clocks`."""

import sys
import time

MOST = 50  # differences that are printed


def status_words(parser):
    """What `run.py status` understands."""
    parser.add_argument("what", choices=("check",), help="compute every status anew and compare")


def status(options):
    """Compute the status of every person from open facts, these facts from the acts and steps that made them, where every
    clock that runs is seen and in whose lists people stand, and name what is stored otherwise; ends with 0 or 1."""
    from app.cli import setup
    from app.court_orders import consistency_check as orders
    from app.custody import consistency_check as held
    from app.custody import deadline_index as running
    from app.extensions import db
    from app.kernel.database import privileges as rights
    from app.people.status import differences
    from app.people.visibility import unlisted

    app, begun = setup.prepared_app(), time.monotonic()
    with app.app_context(), rights.owners_engine(db.engine).connect() as connection:
        count, found = differences(connection)
        seconds = max(time.monotonic() - begun, 0.001)
        papers, records = orders.differences(connection), held.differences(connection)
        clocks, missing = running.differences(connection), unlisted(connection)
    print(f"{count:,} persons in {seconds:,.1f} s ({count / seconds:,.0f} a second), {len(found):,} differ")
    for person_id, stored, computed in found[:MOST]:
        print(f"  P-{person_id:07d}: stored {stored or 'none'}, computed {computed or 'none'}")
    print(f"{len(papers):,} orders do not stand where their acts have brought them")
    for pk, stored, computed, person, found_person in papers[:MOST]:
        print(f"  order {pk}: {stored} of {person}, computed {computed} of {found_person}")
    print(f"{len(records):,} values of who is held differ from the steps")
    for entity, pk, name, stored, computed in records[:MOST]:
        print(f"  {entity} {pk}: {name} {stored}, computed {computed}")
    print(f"{len(clocks):,} clocks differ in where they are seen")
    for entity, seen_by, ends_at, entity_id, _person_id in clocks[:MOST]:
        print(f"  {entity} {entity_id} until {ends_at}, {seen_by}")
    print(f"{len(missing):,} persons are missing in the list of a province that may see them")
    for province_code, _name, person_id in missing[:MOST]:
        print(f"  P-{person_id:07d}: province {province_code}")
    sys.exit(bool(found or papers or records or clocks or missing))


def clocks(_options):
    """Take every step that a clock of the register has made due: hits that nobody has answered, limits of custody and prison."""
    from app.cli import setup
    from app.kernel import scheduler as ticking

    for name, steps in ticking.run(setup.prepared_app()).items():
        print(f"{name}: {steps}")
