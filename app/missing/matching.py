"""The nightly job that compares reports: missing people with bodies, and found property with lost and stolen property."""
# unrestricted: compares the reports of all units; shows no row
# commits: people and each batch of property, so that the job can be killed between two

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import func, insert, or_, select, update

from app.cases.models import Involvement
from app.cases.row_filter import is_hidden
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK
from app.indices.linking import find_holders, find_open_thefts
from app.indices.models import ItemExhibit
from app.indices.numbers import find_keys
from app.kernel.actor import unrestricted
from app.kernel.audit import recorder
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.missing.comparison import ENOUGH, compare_people, compare_property
from app.missing.models import (
    CONFIRMED,
    ENDED,
    FIRST,
    OTHER,
    PERSON,
    PROPERTY,
    SAME,
    SECOND,
    THEFT,
    WAITING,
    WITHDRAWN,
    PersonReport,
    PropertyReport,
    ReportMatch,
)
from app.missing.rules import FOUND, LOST, MISSING, OLDEST, OPEN

ANSWER_WITHIN = timedelta(days=7)
AGE_ERROR = 5  # years, of an estimate
MOST_PAIRS = 5  # of one report in a night, the best
MOST_LOST = 60_000  # open reports of lost property in memory, the newest
BATCH_SIZE = 500
DISPUTED, RECONSIDERED = "report_match.disputed", "report_match.reconsidered"

_match = ReportMatch.__table__


def propose_matches(session):
    """Propose the new pairs, ask both units, and return the number of pairs."""
    with unrestricted(session):
        _end_closed_thefts(session)
        total = _match_people(session)
        commit(session)
        lost = _load_lost(session)
        for rows in _iterate_found(session):
            total += _match_thefts(session, rows) + _match_lost(session, rows, lost)
            commit(session)
    return total


def _end_closed_thefts(session):
    """End the waiting matches of thefts that are void or recovered by now."""
    waiting = _match.c.exhibit_id.is_not(None), _match.c.state == WAITING
    matches = session.execute(select(_match).where(*waiting).order_by(_match.c.id)).all()
    exhibits = [one.exhibit_id for one in matches]
    items = set(session.scalars(select(ItemExhibit.item_id).where(ItemExhibit.id.in_(exhibits))))
    is_open = {one.id for thefts in find_open_thefts(session, items).values() for one in thefts}
    for match in matches:
        if match.exhibit_id not in is_open:
            set_waiting(session, match, False)


def _match_people(session):
    missing, found = PersonReport.__table__.alias("missing"), PersonReport.__table__.alias("found")
    is_known = select(_match.c.id).where(_match.c.missing_id == missing.c.id, _match.c.body_id == found.c.id)
    columns = ("id", "unit_code", "sex", "age_from", "age_to", "height_from", "height_to", "mark_kind", "body_part",
               "marks", "clothes", "place_code", "happened_on")  # fmt: skip
    pairs = select(
        *(table.c[name].label(f"{table.name}_{name}") for table in (missing, found) for name in columns)
    ).where(
        missing.c.kind == MISSING, missing.c.state == OPEN, missing.c.voided_at.is_(None),
        found.c.kind != MISSING, found.c.state == OPEN, found.c.voided_at.is_(None),
        found.c.happened_on >= missing.c.happened_on,
        or_(found.c.sex == "unknown", found.c.sex == missing.c.sex),
        _lowest_age(missing) - AGE_ERROR <= _highest_age(found),
        _lowest_age(found) - AGE_ERROR <= _highest_age(missing),
        ~is_known.exists(),
    )  # fmt: skip
    proposed = defaultdict(list)
    for row in session.execute(pairs.order_by(missing.c.id, found.c.id)):
        one, other = (_Side(row, f"{name}_") for name in ("missing", "found"))
        result = compare_people(one, other)
        if result.points >= ENOUGH:
            proposed[one.id].append((result, one, other))
    return _add_best(
        session, PERSON, proposed, lambda one, other: {"missing_id": one.id, "body_id": other.id}
    )


class _Side:
    """One side of a joined row, with the names of the columns of a report."""

    def __init__(self, row, prefix):
        for name, value in row._mapping.items():
            if name.startswith(prefix):
                setattr(self, name.removeprefix(prefix), value)


def _lowest_age(table):
    return func.coalesce(table.c.age_from, table.c.age_to, 0)


def _highest_age(table):
    return func.coalesce(table.c.age_to, table.c.age_from, OLDEST)


def _open_reports(side):
    row = PropertyReport.__table__.c
    return select(PropertyReport.__table__).where(
        row.side == side, row.state == OPEN, row.voided_at.is_(None)
    )


def _load_lost(session):
    """Return {(kind, province): reports of lost property, open and newest first}."""
    row, groups = PropertyReport.__table__.c, defaultdict(list)
    newest = _open_reports(LOST).order_by(row.happened_on.desc(), row.id.desc()).limit(MOST_LOST)
    for one in session.execute(newest):
        groups[one.kind, one.place_code[:2]].append(one)
    return groups


def _iterate_found(session):
    row, last = PropertyReport.__table__.c, 0
    while rows := session.execute(
        _open_reports(FOUND).where(row.id > last).order_by(row.id).limit(BATCH_SIZE)
    ).all():
        last = rows[-1].id
        yield rows


def _match_thefts(session, rows):
    """Propose the thefts of items that have a number of one of these found things."""
    keys = {row.id: find_keys(row) for row in rows}
    holders = find_holders(session, keys.values())
    thefts = find_open_thefts(session, set(holders.values()))
    known = _load_known(session, _match.c.exhibit_id, [row.id for row in rows])
    pairs = [
        (row, theft, [name])
        for row in rows
        for name, key in keys[row.id].items()
        for theft in thefts.get(holders.get((row.kind, name, key)), ())
        if theft.occurred_from.date() <= row.happened_on and (theft.id, row.id) not in known
    ]
    pairs = list({(row.id, theft.id): (row, theft, agrees) for row, theft, agrees in pairs}.values())
    cases = {theft.case_id for _row, theft, _agrees in pairs}
    hidden = set(
        session.scalars(
            select(Involvement.case_id).where(Involvement.case_id.in_(cases), is_hidden(Involvement))
        )
    )
    for row, theft, agrees in pairs:
        second = None if theft.case_id in hidden else row.unit_code
        add_match(session, THEFT, theft.unit_code, second, agrees, [], exhibit_id=theft.id, found_id=row.id)
    return len(pairs)


def _match_lost(session, rows, lost):
    known, proposed = _load_known(session, _match.c.lost_id, [row.id for row in rows]), defaultdict(list)
    for found in rows:
        for one in lost.get((found.kind, found.place_code[:2]), ()):
            if one.happened_on <= found.happened_on and (one.id, found.id) not in known:
                result = compare_property(one, found)
                if result.points >= ENOUGH:
                    proposed[found.id].append((result, one, found))
    return _add_best(
        session, PROPERTY, proposed, lambda one, other: {"lost_id": one.id, "found_id": other.id}
    )


def _load_known(session, column, ids):
    found = select(column, _match.c.found_id).where(_match.c.found_id.in_(ids), column.is_not(None))
    return set(map(tuple, session.execute(found)))


def _add_best(session, kind, proposed, links):
    """Add the best pairs of each report, and return their number."""
    total = 0
    for pairs in proposed.values():
        for result, one, other in sorted(pairs, key=lambda pair: -pair[0].points)[:MOST_PAIRS]:
            add_match(
                session,
                kind,
                one.unit_code,
                other.unit_code,
                result.agrees,
                result.differs,
                **links(one, other),
            )
            total += 1
    return total


def add_match(session, kind, first, second, agrees, differs, **links):
    """Add a match with the reports `links`, and ask both units."""
    now = dates.now()
    values = {
        "kind": kind, "state": WAITING, "first_unit_code": first, "second_unit_code": second, "agrees": agrees,
        "differs": differs, "raised_at": now, "due_at": now + ANSWER_WITHIN, **links,
    }  # fmt: skip
    pk = session.scalar(insert(_match).values(values).returning(_match.c.id))
    recorder.record(session, "report_match.raised", _match.name, pk)
    ask_units(session, pk, first, second, values["due_at"])


def ask_units(session, pk, first, second, due_at):
    """Ask each unit of a match for its answer."""
    about = {"entity": _match.name, "entity_id": pk, "number": f"RM-{pk:07d}", "due_at": due_at}
    for side, unit in ((FIRST, first), (SECOND, second)):
        if unit:
            send_message(session, TASK, text_key=f"report_match.{side}", to_unit=unit, **about)


def ask_again(session, match):
    """Complete the open tasks of a match, and ask for the answers that its state still needs."""
    complete_tasks(session, _match.name, match.id)
    if match.state == WAITING:
        answered = {one.side for one in match.list_answers(SAME)} if match.sides_needed > 1 else set()
        units = ((FIRST, match.first_unit_code), (SECOND, match.second_unit_code))
        ask_units(
            session, match.id, *(None if side in answered else unit for side, unit in units), match.due_at
        )
    elif match.state == CONFIRMED and (denials := match.list_answers(OTHER)):
        ask_second_officer(session, match, denials[-1].side, DISPUTED)
    elif match.is_undone and (taken_back := match.list_answers(WITHDRAWN)):
        ask_second_officer(session, match, taken_back[-1].side, RECONSIDERED)


def ask_second_officer(session, match, side, text_key):
    """Ask the other unit whether it gives the same answer; the same unit, if no other unit knows of the match."""
    about = {"entity": _match.name, "entity_id": match.id, "number": match.number}
    first, second = match.first_unit_code, match.second_unit_code
    other = second if side == FIRST else first
    send_message(session, TASK, text_key=text_key, to_unit=other or first or second, **about)


def set_waiting(session, match, fits):
    """Let a match wait again, and ask both units; or end it, and inform them."""
    values = {"state": WAITING, "due_at": dates.now() + ANSWER_WITHIN} if fits else {"state": ENDED}
    session.execute(update(_match).where(_match.c.id == match.id).values(values))
    if fits:
        ask_units(session, match.id, match.first_unit_code, match.second_unit_code, values["due_at"])
    else:
        complete_tasks(session, _match.name, match.id)
        notify_units(session, match, ENDED)


def notify_units(session, match, state):
    """Send the result of a match to its units."""
    about = {"entity": _match.name, "entity_id": match.id, "number": f"RM-{match.id:07d}"}
    for unit in {match.first_unit_code, match.second_unit_code} - {None}:
        send_message(session, NOTICE, text_key=f"report_match.{state}", to_unit=unit, **about)
