"""The commands about what people are to the register: `python3 run.py status check`, `python3 run.py clocks`."""

import sys
import time

MOST = 50  # differences that are printed


def status_words(parser):
    """What `run.py status` understands."""
    parser.add_argument("what", choices=("check",), help="compute every status anew and compare")


def status(options):
    """Compute the status of every person from open facts, and where every clock that runs is seen, and name what is stored
    otherwise; ends with 0 or 1."""
    from app import setup
    from app.custody import running
    from app.extensions import db
    from app.kernel import rights
    from app.people.status import differences

    app, begun = setup.prepared_app(), time.monotonic()
    with app.app_context(), rights.owners_engine(db.engine).connect() as connection:
        count, found = differences(connection)
        clocks = running.differences(connection)
    seconds = max(time.monotonic() - begun, 0.001)
    print(f"{count:,} persons in {seconds:,.1f} s ({count / seconds:,.0f} a second), {len(found):,} differ")
    for person_id, stored, computed in found[:MOST]:
        print(f"  P-{person_id:07d}: stored {stored or 'none'}, computed {computed or 'none'}")
    print(f"{len(clocks):,} clocks differ in where they are seen")
    for entity, seen_by, ends_at, entity_id, _person_id in clocks[:MOST]:
        print(f"  {entity} {entity_id} until {ends_at}, {seen_by}")
    sys.exit(bool(found or clocks))


def clocks(_options):
    """Take every step that a clock of the register has made due: hits that nobody has answered, limits of custody and prison."""
    from app import setup
    from app.kernel import ticking

    for name, steps in ticking.run(setup.prepared_app()).items():
        print(f"{name}: {steps}")
