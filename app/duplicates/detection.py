"""How likely duplicates are found: in the transaction of the save that makes them, by looking its keys up.

The nation is asked through the one door, in a session of its own; what is kept of it are ids and marks.
"""

from collections import defaultdict

from sqlalchemy import case, event, select, tuple_, update
from sqlalchemy.orm import Session

from app.duplicates import pair_areas
from app.duplicates.match_keys import SIGNS, mark_of
from app.duplicates.models import DISMISSED, WAITS, Duplicate, Evidence
from app.kernel.database.engine import insert_into
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people.models import Person
from app.people.nationwide import nation

MOST = 10  # pairs that one key of one person gives
AT_ONCE = 500  # pairs of one statement
APART = "two records that are being joined or parted"  # what they share in that moment tells nothing
WRITTEN = "keys that this transaction has written"  # which nobody else sees yet


@event.listens_for(Session, "after_flush")
def _find_in_the_save(session, _context):
    own = {sign: keys for sign in SIGNS if (keys := _keys_of(sign, _carriers(sign, session)))}
    if not own:
        return
    written = session.info.setdefault(WRITTEN, defaultdict(set))
    with nation(protected_too=True, by_keys=True) as everybody:
        found = pairs(everybody, own, written)
    for sign, keys in own.items():
        written[sign] |= keys
    found.pop(session.info.get(APART), None)
    keep(session, found)


@event.listens_for(Session, "after_transaction_end")
def _forget(session, transaction):
    if transaction.parent is None:
        session.info.pop(WRITTEN, None)


def _carriers(sign, session):
    for row in (*session.new, *session.dirty):
        columns = sign.carriers.get(type(row), ())
        if columns and has_changed(row, columns):
            yield row


def _keys_of(sign, rows):
    return {(_person_of(row), key) for row in rows for key in sign.keys_of(row)}


def _person_of(row):
    return row.id if isinstance(row, Person) else row.person_id


def pairs(session, own, written):
    """(first, second) → {(kind, mark, weight)}; `own` and `written` are sign → {(person, key)} of rows that `session`
    does not see yet, of this flush and of those before."""
    found = defaultdict(set)
    for sign, mine in own.items():
        there = sign.bearers(session, {key for _person, key in mine})
        alike(sign, mine, mine.union(there, written[sign]), found)
    return found


def alike(sign, mine, everybody, found):
    """Add to `found` the pairs of one of `mine` with one of `everybody`, each {(person, key)}; gives `found`."""
    groups = defaultdict(set)
    for person_id, key in everybody:
        groups[sign.group(key)].add((person_id, key))
    for person_id, key in mine:
        others = {
            other
            for other, other_key in groups[sign.group(key)]
            if other != person_id and sign.fits(key, other_key)
        }
        for other in sorted(others)[:MOST]:
            pair = min(person_id, other), max(person_id, other)
            found[pair].add((sign.kind, mark_of(sign, key), sign.weight))
    return found


def keep(session, found):
    """Keep what was found, and give how many pairs gained something. A pair that was dismissed comes back only then."""
    pairs_found = sorted(found)
    return sum(
        _keep(session, {pair: found[pair] for pair in pairs_found[start : start + AT_ONCE]})
        for start in range(0, len(pairs_found), AT_ONCE)
    )


def _keep(session, found):
    """In three statements where all pairs are new, in six at most, however many there are."""
    pair, now = Duplicate.__table__.c, dates.now()
    new, known = _pairs(session, found, now)
    gained = _new_evidence(session, new | known, now)
    if not gained:
        return 0
    pair_areas.follow(session, {person_id for one in found for person_id in one})
    more = {pair_id: weight for pair_id, weight in gained.items() if pair_id in known}
    for added in sorted(set(more.values())):
        some = pair.id.in_([pair_id for pair_id, weight in more.items() if weight == added])
        back = pair.state == DISMISSED
        values = {
            "weight": pair.weight + added,
            "found_at": case((back, now), else_=pair.found_at),
            "state": case((back, WAITS), else_=pair.state),
        }
        session.execute(update(Duplicate.__table__).where(some).values(values))
    return len(gained)


def _pairs(session, found, now):
    """id → signs of the pairs that are written now, with the weight of what speaks for them, and of the others."""
    pair = Duplicate.__table__.c
    rows = [
        {
            "first_id": one,
            "second_id": two,
            "state": WAITS,
            "weight": sum(weight for _kind, _mark, weight in signs),
            "found_at": now,
        }
        for (one, two), signs in found.items()
    ]
    names = (pair.id, pair.first_id, pair.second_id)
    added = insert_into(session, Duplicate.__table__).on_conflict_do_nothing().returning(*names)
    new = {row.id: (row.first_id, row.second_id) for row in session.execute(added, rows)}
    others = found.keys() - set(new.values())
    known = {}
    if others:
        asked = select(*names).where(tuple_(pair.first_id, pair.second_id).in_(sorted(others)))
        known = {row.id: (row.first_id, row.second_id) for row in session.execute(asked)}
    return ({pair_id: found[two] for pair_id, two in some.items()} for some in (new, known))


def _new_evidence(session, signs, now):
    """pair → the weight of what was not known to speak for it."""
    weights = {(pair_id, kind): weight for pair_id, some in signs.items() for kind, _mark, weight in some}
    rows = [
        {"duplicate_id": pair_id, "kind": kind, "mark": mark, "found_at": now}
        for pair_id, some in signs.items()
        for kind, mark, _weight in sorted(some)
    ]
    row, gained = Evidence.__table__.c, defaultdict(int)
    added = insert_into(session, Evidence.__table__).on_conflict_do_nothing()
    for pair_id, kind in session.execute(added.returning(row.duplicate_id, row.kind), rows):
        gained[pair_id] += weights[pair_id, kind]
    return gained
