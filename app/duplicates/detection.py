"""Detection of likely duplicates in the transaction of the save that creates them, by lookups of match keys.

The lookups read nationwide in a session of their own, without protected people: `protected_matches` compares them
later. Only ids and hashes are stored.
"""
# unrestricted: stores pairs as ids only; the author of the save need not see both people

from collections import defaultdict

from sqlalchemy import case, select, tuple_, update

from app.duplicates import pair_areas
from app.duplicates.match_keys import MATCH_KEYS, hash_value
from app.duplicates.models import DISMISSED, WAITING, Duplicate, DuplicateEvidence
from app.kernel.database.engine import dialect_insert
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people.models import Person
from app.people.nationwide import nationwide_session

MAX_PAIRS_PER_VALUE = 10  # pairs that one key value of one person creates
BATCH_SIZE = 500  # pairs of one statement
# Key in session.info: the pair that is being merged or separated. What they share at that moment is no evidence.
MERGING_PAIR = "two records that are being merged or separated"
# Key in session.info: the key values of this transaction, which other sessions do not see yet.
WRITTEN = "match key values that this transaction has written"


def detect_on_flush(session, _context):
    """Find likely duplicates of the written people."""
    flushed = {
        match_key: holders
        for match_key in MATCH_KEYS
        if (holders := _holders_of(match_key, _changed_rows(match_key, session)))
    }
    if not flushed:
        return
    written = session.info.setdefault(WRITTEN, defaultdict(set))
    with nationwide_session(by_keys=True) as nationwide:
        found = find_pairs(nationwide, flushed, written)
    for match_key, holders in flushed.items():
        written[match_key] |= holders
    found.pop(session.info.get(MERGING_PAIR), None)
    save_pairs(session, found)


def clear_written(session, transaction):
    """Forget the written people at the end of the transaction."""
    if transaction.parent is None:
        session.info.pop(WRITTEN, None)


def _changed_rows(match_key, session):
    for row in (*session.new, *session.dirty):
        columns = match_key.source_columns.get(type(row), ())
        if columns and has_changed(row, columns):
            yield row


def _holders_of(match_key, rows):
    return {(_person_id_of(row), value) for row in rows for value in match_key.values_of(row)}


def _person_id_of(row):
    return row.id if isinstance(row, Person) else row.person_id


def find_pairs(session, flushed, written):
    """Return {(first id, second id): {(kind, hash, weight)}} of the pairs that the flushed values create.

    `flushed` and `written` map a match key to {(person id, value)} of rows that `session` does not see yet: those of
    this flush, and those of earlier flushes of the transaction.
    """
    found = defaultdict(set)
    for match_key, holders in flushed.items():
        stored = match_key.find_holders(session, {value for _person_id, value in holders})
        add_matching_pairs(match_key, holders, holders.union(stored, written[match_key]), found)
    return found


def add_matching_pairs(match_key, holders, candidates, found):
    """Add to `found` the pairs of a holder and a candidate with matching values. Return `found`.

    Both sets hold (person id, value).
    """
    groups = defaultdict(set)
    for person_id, value in candidates:
        groups[match_key.group_of(value)].add((person_id, value))
    for person_id, value in holders:
        others = {
            other
            for other, other_value in groups[match_key.group_of(value)]
            if other != person_id and match_key.is_match(value, other_value)
        }
        for other in sorted(others)[:MAX_PAIRS_PER_VALUE]:
            pair = min(person_id, other), max(person_id, other)
            found[pair].add((match_key.kind, hash_value(match_key, value), match_key.weight))
    return found


def save_pairs(session, found):
    """Store the pairs with their evidence. Return how many pairs gained evidence.

    A dismissed pair waits for a decision again only if it gained evidence.
    """
    pairs = sorted(found)
    return sum(
        _save_batch(session, {pair: found[pair] for pair in pairs[start : start + BATCH_SIZE]})
        for start in range(0, len(pairs), BATCH_SIZE)
    )


def _save_batch(session, found):
    """Store a batch with three statements if all pairs are new, otherwise with at most six."""
    pair, now = Duplicate.__table__.c, dates.now()
    new, known = _insert_pairs(session, found, now)
    gained = _insert_evidence(session, new | known, now)
    if not gained:
        return 0
    pair_areas.add_pair_areas(session, {person_id for one in found for person_id in one})
    added_weights = {pair_id: weight for pair_id, weight in gained.items() if pair_id in known}
    for added in sorted(set(added_weights.values())):
        same_weight = pair.id.in_([pair_id for pair_id, weight in added_weights.items() if weight == added])
        was_dismissed = pair.state == DISMISSED
        values = {
            "weight": pair.weight + added,
            "found_at": case((was_dismissed, now), else_=pair.found_at),
            "state": case((was_dismissed, WAITING), else_=pair.state),
        }
        session.execute(update(Duplicate.__table__).where(same_weight).values(values))
    return len(gained)


def _insert_pairs(session, found, now):
    """Insert the pairs that are new. Return {pair id: evidence} of the new and of the known pairs.

    The weight of a new pair is the sum of its evidence.
    """
    pair = Duplicate.__table__.c
    rows = [
        {
            "first_id": one,
            "second_id": two,
            "state": WAITING,
            "weight": sum(weight for _kind, _hash, weight in evidence),
            "found_at": now,
        }
        for (one, two), evidence in found.items()
    ]
    columns = (pair.id, pair.first_id, pair.second_id)
    added = dialect_insert(session, Duplicate.__table__).on_conflict_do_nothing().returning(*columns)
    new = {row.id: (row.first_id, row.second_id) for row in session.execute(added, rows)}
    others = found.keys() - set(new.values())
    known = {}
    if others:
        query = select(*columns).where(tuple_(pair.first_id, pair.second_id).in_(sorted(others)))
        known = {row.id: (row.first_id, row.second_id) for row in session.execute(query)}
    return ({pair_id: found[ids] for pair_id, ids in some.items()} for some in (new, known))


def _insert_evidence(session, evidence, now):
    """Insert the evidence that is new. Return {pair id: sum of the new weights}."""
    weights = {(pair_id, kind): weight for pair_id, some in evidence.items() for kind, _hash, weight in some}
    rows = [
        {"duplicate_id": pair_id, "kind": kind, "evidence_key": hashed, "found_at": now}
        for pair_id, some in evidence.items()
        for kind, hashed, _weight in sorted(some)
    ]
    row, gained = DuplicateEvidence.__table__.c, defaultdict(int)
    added = dialect_insert(session, DuplicateEvidence.__table__).on_conflict_do_nothing()
    for pair_id, kind in session.execute(added.returning(row.duplicate_id, row.kind), rows):
        gained[pair_id] += weights[pair_id, kind]
    return gained
