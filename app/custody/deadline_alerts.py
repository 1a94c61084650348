"""One look at all clocks of whoever is held: it warns before a limit, and says when one has passed.

Each mark of a clock is told once. Marks and messages are written together, some hundreds of clocks in one transaction,
so that a look that is killed leaves nothing half said, and the next one says the rest.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.custody.deadline_display import warnings_of
from app.custody.models import Custody, Detention, Release, ToldClock
from app.custody.notifications import tell_chief_too, tell_unit
from app.custody.rules.time_limits import PROVISIONAL
from app.kernel.database.engine import insert_into
from app.kernel.scheduler import clock
from app.kernel.text import dates
from app.people import status
from app.reference.models import Unit

BATCH = 500  # clocks in one transaction
BEFORE_DETENTION_ENDS = timedelta(days=15)
BEFORE_A_RELEASE = (timedelta(days=30), timedelta(days=7))
BEFORE_TRACKING_ENDS = timedelta(days=7)
OVER = "over"


@dataclass(frozen=True)
class Mark:
    """A moment of a clock at which somebody is told: `say(session, record)` tells him. With the `last` one the person's
    status may end.
    """

    name: str
    at: datetime
    say: object
    last: bool = False


@clock("custody")
def tick(session):
    return look(session, dates.now())


def look(session, now):
    """Tell what is due at `now`. Gives how many clocks were told of. Commits after each batch."""
    return sum(_look_at(session, found, marks, now) for found, marks in _clocks(now))


def _clocks(now):
    """(statement for the records whose clock may be due, the marks of one of them) of each kind of clock."""
    today = now.date()
    yield (
        select(Custody)
        .where(Custody.ended_at.is_(None), Custody.voided_at.is_(None))
        .where(Custody.limit_at <= now + timedelta(hours=12))
        .options(joinedload(Custody.held_by)),
        custody_marks,
    )
    yield (
        select(Detention)
        .where(Detention.ended_on.is_(None), Detention.voided_at.is_(None))
        .where(Detention.due_on <= today + BEFORE_A_RELEASE[0])
        .options(joinedload(Detention.person)),
        detention_marks,
    )
    yield (
        select(Release)
        .where(Release.ended_on.is_(None), Release.voided_at.is_(None))
        .where(Release.track_until <= today + BEFORE_TRACKING_ENDS, ~_is_told_to_be_over()),
        release_marks,
    )


def _is_told_to_be_over():
    """Nothing comes after that. Of all that ever ended there are more each year, and they are looked at every minute."""
    of_it = ToldClock.entity == Release.__tablename__, ToldClock.entity_id == Release.id
    return exists().where(*of_it, ToldClock.mark.startswith(OVER), ToldClock.told_at > Release.track_until)


def _look_at(session, found, marks_of, now):
    model, told, last = found.column_descriptions[0]["entity"], 0, 0
    while True:
        records = session.scalars(found.where(model.id > last).order_by(model.id).limit(BATCH)).unique().all()
        if not records:
            return told
        last = records[-1].id
        there = _told_already(session, model.__tablename__, [one.id for one in records])
        due = {one: _due(marks_of(one), there.get(one.id, ()), now) for one in records}
        told += _tell(session, {one: marks for one, marks in due.items() if marks}, now)


def _told_already(session, entity, ids):
    found = {}
    marks = select(ToldClock.entity_id, ToldClock.mark).where(
        ToldClock.entity == entity, ToldClock.entity_id.in_(ids)
    )
    for pk, mark in session.execute(marks):
        found.setdefault(pk, set()).add(mark)
    return found


def _due(marks, told, now):
    return [mark for mark in marks if mark.at <= now and mark.name not in told]


def _tell(session, due, now):
    """Remember the marks of these clocks and tell them. Gives how many clocks were told of.

    Of several marks that have passed at once only the last is told. A mark that somebody else writes at the same
    moment is his to tell.
    """
    rows = [
        {"entity": one.__tablename__, "entity_id": one.id, "mark": mark.name, "told_at": now}
        for one, marks in due.items()
        for mark in marks
    ]
    if not rows:
        return 0
    table, told = ToldClock.__table__, 0
    remembered = (
        insert_into(session, table).on_conflict_do_nothing().returning(table.c.entity_id, table.c.mark)
    )
    mine = {tuple(row) for row in session.execute(remembered, rows)}
    over = set()
    with session.no_autoflush:  # all messages of a batch are written at once
        for one, marks in due.items():
            marks = [mark for mark in marks if (one.id, mark.name) in mine]
            if marks:
                mark = max(marks, key=lambda mark: mark.at)
                mark.say(session, one)
                over |= {one.person_id} if mark.last else set()
                told += 1
    status.follow(session, over)
    session.commit()
    return told


def custody_marks(custody):
    """The name of a mark holds the limit: an extension begins a clock of its own."""
    until = dates.say_moment(custody.limit_at, "en")
    facts = {"number": custody.number, "unit": custody.held_by.name_km, "until": until}

    def say(text_key):
        return lambda session, one: tell_chief_too(session, text_key, one, one.held_by_code, **facts)

    for before in warnings_of(custody):
        yield Mark(f"-{before} {until}", custody.limit_at - before, say("custody.soon"))
    yield Mark(f"{OVER} {until}", custody.limit_at, say("custody.over"))


def detention_marks(detention):
    due, until = _midnight(detention.due_on), f"{detention.due_on:%d/%m/%Y}"
    facts = {"number": detention.number, "until": until}

    def say(text_key):
        return lambda session, one: tell_chief_too(session, text_key, one, one.unit_code, **facts)

    if detention.kind == PROVISIONAL:
        yield Mark(f"soon {until}", due - BEFORE_DETENTION_ENDS, say("detention.soon"))
    else:
        for before in BEFORE_A_RELEASE:
            yield Mark(f"-{before.days} {until}", due - before, _tell_province_of_residence)
    yield Mark(f"{OVER} {until}", due + timedelta(days=1), say("detention.over"))


def _tell_province_of_residence(session, detention):
    """The commissariat of the province where he lives; where that is not known, the one of the unit in charge."""
    home = (detention.person.home_code or "")[:2]
    there = select(Unit.code).where(Unit.kind.endswith("commissariat"), Unit.area_code == home)
    unit_code = (session.scalar(there.limit(1)) if home else None) or detention.unit_code
    facts = {"person": detention.person.number, "until": f"{detention.due_on:%d/%m/%Y}"}
    tell_chief_too(session, "release.coming", detention, unit_code, **facts)


def release_marks(release):
    ends, until = _midnight(release.track_until), f"{release.track_until:%d/%m/%Y}"
    facts = {"number": release.number, "until": until}
    yield Mark(
        f"soon {until}",
        ends - BEFORE_TRACKING_ENDS,
        lambda session, one: tell_unit(session, "tracking.soon", one, one.reports_to_code, **facts),
    )
    # The day has passed: whoever was followed is nobody to the register now.
    yield Mark(
        f"{OVER} {until}",
        ends + timedelta(days=1),
        lambda session, one: tell_unit(session, "tracking.over", one, one.reports_to_code, number=one.number),
        last=True,
    )


def _midnight(day):
    return datetime.combine(day, time())
