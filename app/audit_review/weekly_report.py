"""The weekly report of odd looks. It accuses nobody: it says where an auditor may ask.

Who looked most; people opened without later work on one of their cases; people of the officer's own surname; minors;
nights; more than twenty people within an hour outside own cases; canary records.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import or_, select

from app.accounts.models import User
from app.audit_review.bulk_access_alert import ALARM, MOST
from app.audit_review.log_queries import first_at
from app.audit_review.unrestricted_session import everywhere
from app.cases.models import Case, Involvement
from app.corrections.correctable_records import MODELS, OF_CASES
from app.extensions import db
from app.kernel.audit.models import CAMBODIA_AHEAD
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people.models import Person

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
NIGHT = (22, 5)  # o'clock
ADULT = 18  # years
AT_ONCE = 500  # ids in one statement


@dataclass
class Officer:
    """What one officer looked at. Sets hold ids of people."""

    user_id: int
    name: str = ""
    name_km: str = ""
    username: str = ""
    unit: str = ""
    looks: int = 0
    nights: int = 0
    opened: list = field(default_factory=list)  # (moment, entry of the log, person)
    without_work: set = field(default_factory=set)
    namesakes: set = field(default_factory=set)
    minors: set = field(default_factory=set)
    busiest: int = 0  # people outside own cases within one hour

    @property
    def people(self):
        return {person for _at, _seq, person in self.opened}

    @property
    def is_too_busy(self):
        return self.busiest > MOST


@dataclass
class Report:
    """The officers who looked, most first, and the alarms (rows of the log) of a time."""

    since: object
    until: object
    officers: list
    alarms: list


def report(until=None, length=WEEK):
    """The Report of the time before `until` (civil time; now, where it is not given). Reads the log, writes nothing."""
    until = until or dates.now()
    since = until - length
    officers, works, alarms = {}, defaultdict(list), []
    for event in _events(since, until):
        if event.action in ("canary", ALARM):
            alarms.append(event)
        elif event.action.startswith("look."):
            _count(officers.setdefault(event.actor_id, Officer(event.actor_id)), event)
        elif event.entity in MODELS:
            works[event.actor_id].append(event)
    with everywhere() as session:
        _name(session, officers)
        people = _people(session, {one for officer in officers.values() for one in officer.people})
        for officer in officers.values():
            _judge(session, officer, people, works[officer.user_id])
    return Report(since, until, sorted(officers.values(), key=lambda one: -one.looks), alarms)


def _events(since, until):
    acts = or_(
        AuditEvent.action.between("look.", "look.~"),
        AuditEvent.action.in_(("canary", "add", "change", "share")),
        AuditEvent.action.between("correction.", "correction.~"),
    )
    at = AuditEvent.at.between(since - CAMBODIA_AHEAD, until - CAMBODIA_AHEAD)
    statement = select(AuditEvent).where(
        AuditEvent.seq >= first_at(since), at, AuditEvent.actor_id.is_not(None), acts
    )
    return db.session.scalars(statement.order_by(AuditEvent.seq).execution_options(yield_per=1000))


def _count(officer, event):
    officer.looks += 1
    officer.nights += event.when.hour >= NIGHT[0] or event.when.hour < NIGHT[1]
    if event.action in ("look.open", "look.file") and event.entity.startswith("person"):
        officer.opened += [(event.when, event.seq, person) for person in event.facts.get("people", ())]


def _name(session, officers):
    for user in session.scalars(select(User).where(User.id.in_([one for one in officers if one]))).unique():
        officer = officers[user.id]
        officer.name, officer.name_km, officer.username = (
            user.get_full_name(),
            user.name_km or "",
            user.username,
        )
        officer.unit = str(user.unit or "")


def _people(session, ids):
    """id → (surname, year of birth, day of birth)."""
    columns = (Person.id, Person.surname_km, Person.birth_year, Person.born_on)
    rows = (
        row for some in _portions(ids) for row in session.execute(select(*columns).where(Person.id.in_(some)))
    )
    return {row.id: row for row in rows}


def _judge(session, officer, people, works):
    worked = _worked_on(session, works)
    own = _own(session, officer)
    surname = officer.name_km.partition(" ")[0]
    for when, seq, person in officer.opened:
        row = people.get(person)
        if worked.get(person, 0) < seq:
            officer.without_work.add(person)
        if row is not None and surname and row.surname_km == surname:
            officer.namesakes.add(person)
        if row is not None and _is_minor(row, when.date()):
            officer.minors.add(person)
    officer.busiest = _busiest([(when, person) for when, _seq, person in officer.opened if person not in own])


def _worked_on(session, works):
    """person → the last entry of the log in which the officer worked on one of his cases."""
    last, ids = {}, defaultdict(dict)
    for event in works:
        if event.entity.startswith("person"):
            continue
        ids[event.entity][event.entity_id] = event.seq
    for case_id, seq in ids.pop("case", {}).items():
        last[case_id] = seq
    for model in OF_CASES:
        for some in _portions(ids.get(model.__tablename__, ())):
            for row in session.execute(select(model.id, model.case_id).where(model.id.in_(some))):
                last[row.case_id] = max(last.get(row.case_id, 0), ids[model.__tablename__][row.id])
    found = {}
    for some in _portions(last):
        rows = select(Involvement.person_id, Involvement.case_id).where(Involvement.case_id.in_(some))
        for row in session.execute(rows):
            found[row.person_id] = max(found.get(row.person_id, 0), last[row.case_id])
    return found


def _own(session, officer):
    """Those of the opened people who are in a case that the officer registered."""
    found = set()
    for some in _portions(officer.people):
        rows = select(Involvement.person_id).join(Case, Case.id == Involvement.case_id)
        found.update(
            session.scalars(
                rows.where(Involvement.person_id.in_(some), Case.recorded_by_id == officer.user_id)
            )
        )
    return found


def _busiest(opened):
    """The most different people within one hour."""
    most, window = 0, []
    for when, person in opened:
        window = [(then, other) for then, other in window if when - then < HOUR] + [(when, person)]
        most = max(most, len({other for _then, other in window}))
    return most


def _is_minor(row, day):
    if row.born_on is not None:
        return (
            day.year - row.born_on.year - ((day.month, day.day) < (row.born_on.month, row.born_on.day))
        ) < ADULT
    return row.birth_year is not None and day.year - row.birth_year < ADULT


def _portions(ids):
    ids = sorted(one for one in ids if one is not None)
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def told(found):
    """The Report as lines of a terminal: sign-in names and numbers, no name of a person who was looked up."""
    yield f"Odd looks, {found.since:%d/%m/%Y %H:%M} to {found.until:%d/%m/%Y %H:%M}"
    yield f"Alarms: {len(found.alarms)}"
    yield from (
        f"  entry {event.seq}: {event.action}, {event.entity} {event.entity_id}" for event in found.alarms
    )
    columns = ("officer", "looks", "people", "no work", "surname", "minors", "night", "an hour")
    yield f"{columns[0]:20}" + "".join(f"{one:>9}" for one in columns[1:])
    for one in found.officers:
        counts = (
            one.looks, len(one.people), len(one.without_work), len(one.namesakes), len(one.minors), one.nights, one.busiest,
        )  # fmt: skip
        yield (
            f"{one.username:20}"
            + "".join(f"{count:9}" for count in counts)
            + (" !" if one.is_too_busy else "")
        )
