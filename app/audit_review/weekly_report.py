"""Weekly report of unusual access. It is no accusation: it shows where an auditor may ask questions.

Users with the most views; persons opened without work on one of their cases; persons with the officer's own
surname; minors; night access; more than twenty persons within an hour outside own cases; canary records.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import or_, select

from app.accounts.models import User
from app.audit_review.bulk_access_alert import MAX_PERSONS
from app.audit_review.log_queries import find_first_seq
from app.cases.models import Case, Involvement
from app.corrections.correctable_records import get_case_row_models, get_models
from app.extensions import db
from app.kernel.audit.models import UTC_OFFSET
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people.models import Person
from app.people.nationwide import nationwide_session

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
NIGHT = (22, 5)  # from and to, hours of the day
ADULT_AGE = 18  # years
BATCH_SIZE = 500  # ids in one SQL statement


@dataclass
class OfficerAccess:
    """Views of one officer. Sets contain ids of persons."""

    user_id: int
    name: str = ""
    name_km: str = ""
    username: str = ""
    unit: str = ""
    view_count: int = 0
    night_count: int = 0
    opened: list = field(default_factory=list)  # (time, person id)
    without_work: set = field(default_factory=set)
    namesakes: set = field(default_factory=set)
    minors: set = field(default_factory=set)
    peak: int = 0  # most persons outside own cases within one hour

    @property
    def people(self):
        return {person for _at, person in self.opened}

    @property
    def is_over_limit(self):
        return self.peak > MAX_PERSONS


@dataclass
class WeeklyReport:
    """Officers with views in a period, most views first, and the alarms (audit log entries)."""

    since: object
    until: object
    officers: list
    alarms: list

    def find_officer(self, user_id):
        """Return the OfficerAccess of a user, or None without a view in the period."""
        return next((one for one in self.officers if one.user_id == user_id), None)


def build_report(until=None, length=WEEK):
    """Return the WeeklyReport of the period before `until` (civil time; default: now). Only reads the log."""
    until = until or dates.now()
    since = until - length
    officers, works, alarms = {}, defaultdict(list), []
    for event in _iterate_events(since, until):
        if event.outcome == "alarm":
            alarms.append(event)
        elif event.action.startswith("access."):
            _count_event(officers.setdefault(event.actor_id, OfficerAccess(event.actor_id)), event)
        elif event.entity in get_models():
            works[event.actor_id].append(event)
    with nationwide_session(protected_too=True) as session:
        _load_names(session, officers)
        people = _load_persons(session, {one for officer in officers.values() for one in officer.people})
        for officer in officers.values():
            _assess_officer(session, officer, people, works[officer.user_id])
    return WeeklyReport(since, until, sorted(officers.values(), key=lambda one: -one.view_count), alarms)


def _iterate_events(since, until):
    acts = or_(
        AuditEvent.action.between("access.", "access.~"),
        AuditEvent.action.in_(
            ("canary.viewed", "audit.verified", "record.added", "record.changed", "share.changed")
        ),
        AuditEvent.action.between("correction.", "correction.~"),
    )
    at = AuditEvent.at.between(since - UTC_OFFSET, until - UTC_OFFSET)
    statement = select(AuditEvent).where(
        AuditEvent.seq >= find_first_seq(since), at, AuditEvent.actor_id.is_not(None), acts
    )
    return db.session.scalars(statement.order_by(AuditEvent.seq).execution_options(yield_per=1000))


def _count_event(officer, event):
    officer.view_count += 1
    officer.night_count += event.when.hour >= NIGHT[0] or event.when.hour < NIGHT[1]
    if event.action in ("access.viewed", "access.file_viewed") and event.entity.startswith("person"):
        officer.opened += [(event.when, person) for person in event.facts.get("people", ())]


def _load_names(session, officers):
    for user in session.scalars(select(User).where(User.id.in_([one for one in officers if one]))).unique():
        officer = officers[user.id]
        officer.name, officer.name_km, officer.username = (
            user.get_full_name(),
            user.name_km or "",
            user.username,
        )
        officer.unit = str(user.unit or "")


def _load_persons(session, ids):
    """Return id → (id, surname, year of birth, date of birth)."""
    columns = (Person.id, Person.surname_km, Person.birth_year, Person.born_on)
    rows = (
        row
        for some in _make_batches(ids)
        for row in session.execute(select(*columns).where(Person.id.in_(some)))
    )
    return {row.id: row for row in rows}


def _assess_officer(session, officer, people, works):
    worked = _find_worked_persons(session, works)
    own = _find_own_persons(session, officer)
    surname = officer.name_km.partition(" ")[0]
    for when, person in officer.opened:
        row = people.get(person)
        if person not in worked and person not in own:
            officer.without_work.add(person)
        if row is not None and surname and row.surname_km == surname:
            officer.namesakes.add(person)
        if row is not None and _is_minor(row, when.date()):
            officer.minors.add(person)
    officer.peak = _find_peak([(when, person) for when, person in officer.opened if person not in own])


def _find_worked_persons(session, works):
    """Return the persons of the cases on which the officer worked in the period, before or after a view."""
    ids = defaultdict(set)
    for event in works:
        if not event.entity.startswith("person"):
            ids[event.entity].add(event.entity_id)
    cases = ids.pop("case", set())
    for model in get_case_row_models():
        for some in _make_batches(ids.get(model.__tablename__, ())):
            cases.update(session.scalars(select(model.case_id).where(model.id.in_(some))))
    found = set()
    for some in _make_batches(cases):
        found.update(session.scalars(select(Involvement.person_id).where(Involvement.case_id.in_(some))))
    return found


def _find_own_persons(session, officer):
    """Return the opened persons who are in a case that the officer registered."""
    found = set()
    for some in _make_batches(officer.people):
        rows = select(Involvement.person_id).join(Case, Case.id == Involvement.case_id)
        found.update(
            session.scalars(
                rows.where(Involvement.person_id.in_(some), Case.recorded_by_id == officer.user_id)
            )
        )
    return found


def _find_peak(opened):
    """Return the largest number of different persons within one hour."""
    most, window = 0, []
    for when, person in opened:
        window = [(then, other) for then, other in window if when - then < HOUR] + [(when, person)]
        most = max(most, len({other for _then, other in window}))
    return most


def _is_minor(row, day):
    if row.born_on is not None:
        return (
            day.year - row.born_on.year - ((day.month, day.day) < (row.born_on.month, row.born_on.day))
        ) < ADULT_AGE
    return row.birth_year is not None and day.year - row.birth_year < ADULT_AGE


def _make_batches(ids):
    ids = sorted(one for one in ids if one is not None)
    return (ids[start : start + BATCH_SIZE] for start in range(0, len(ids), BATCH_SIZE))


def format_lines(found):
    """Yield the report as lines of text: user names and numbers, no name of a viewed person."""
    yield f"Unusual access, {found.since:%d/%m/%Y %H:%M} to {found.until:%d/%m/%Y %H:%M}"
    yield f"Alarms: {len(found.alarms)}"
    yield from (
        f"  entry {event.seq}: {event.action}, {event.entity} {event.entity_id}" for event in found.alarms
    )
    columns = ("officer", "views", "persons", "no work", "surname", "minors", "night", "an hour")
    yield f"{columns[0]:20}" + "".join(f"{one:>9}" for one in columns[1:])
    for one in found.officers:
        counts = (
            one.view_count, len(one.people), len(one.without_work), len(one.namesakes), len(one.minors), one.night_count, one.peak,
        )  # fmt: skip
        yield (
            f"{one.username:20}"
            + "".join(f"{count:9}" for count in counts)
            + (" !" if one.is_over_limit else "")
        )
