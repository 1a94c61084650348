"""Reports of a death. A confirmed report sets the date of death of the person; nothing else writes it."""
# unrestricted: computes the date of death from reports of any unit; shows no row

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Date, ForeignKey, String, func, inspect, or_, select, union_all
from sqlalchemy.orm import Mapped, mapped_column

from app.confirmations.models import AWAITING, CONFIRMED, EDITABLE, REJECTED, NeedsConfirmation
from app.inbox.message_texts import register_texts
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.fields import field, link
from app.kernel.schema.record import Record, has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.people import rules
from app.people.models import Person
from app.people.nationwide import nationwide_session
from app.people.visibility import PersonChild

REQUESTED = "death.requested"
CHANGED_PERSONS = Pending(set)  # persons with a changed report of death
COMPUTED_DATES = Pending(dict)  # person → the date of death that the reports give, just written
_act_sources = []
EFFECT_COLUMNS = ("confirmation", "voided_at", "person_id", "died_on")
register_texts(
    **{REQUESTED: _("The death of %(number)s was reported. A second officer must confirm or reject it.")}
)


class DeathReport(PersonChild, NeedsConfirmation, Record):
    """A report that a person has died: by one officer, with a document, confirmed by a second officer."""

    __tablename__ = "death_report"
    __rules__ = rules.DEATH
    __editable_after_lock__ = EDITABLE
    __request_text__ = REQUESTED
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    died_on: Mapped[date] = field(Date, label=_("Date of death"), on="list show add", width=3)
    document_no: Mapped[str] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date] = field(Date, label=_("Document date"), on="show add", width=3)
    note: Mapped[str | None] = field(String(400), label=_("Note"), on="show add", width=12)

    person: Mapped[Person] = link(person_id, lookup="person", label=_("Person"), on="list show add")

    @property
    def owner_unit_code(self):
        return (self.person is not None and self.person.unit_code) or self.unit_code

    @property
    def subject_number(self):
        return f"P-{self.person_id:07d}"

    def __str__(self):
        return str(self.person or "")


def check_reports(session, _context, _instances):
    """Refuse a second report of a death, and a date of death that no confirmed report gives."""
    with session.no_autoflush:
        for report in (*session.new, *session.dirty):
            if isinstance(report, DeathReport) and has_changed(report, ("confirmation",)):
                _refuse_repeated(session, report)
        for person in (*session.new, *session.dirty):
            if (
                isinstance(person, Person)
                and has_changed(person, ("deceased_on",))
                and not _is_computed(session, person)
            ):
                text = _("The date of death is computed from confirmed reports. Report the death instead.")
                raise RuleViolation([Problem("deceased_on", text, row=person)])


def _is_computed(session, person):
    known = COMPUTED_DATES.get(session)
    died_on = known.pop(person.id) if person.id in known else _find_death_date(session, person.id)
    return person.deceased_on == died_on


def _refuse_repeated(session, report):
    person_id = report.person.id if report.person is not None else report.person_id
    other = DeathReport.__table__.c
    others = select(other.confirmation).where(
        other.person_id == person_id, other.id != (report.id or 0), other.voided_at.is_(None)
    )
    with unrestricted(session):
        states = session.scalars(others).all()
    if report.confirmation != REJECTED and CONFIRMED in states:
        text = _("A death of this person is confirmed. Ask for a correction that voids that report first.")
    elif report.id is None and AWAITING in states:
        text = _("A report of this death is awaiting confirmation.")
    else:
        return
    raise RuleViolation([Problem("died_on", text, "V113", row=report)])


def is_death_reported(session, person_id):
    """Return True if a report of this death is confirmed or awaits confirmation."""
    report = DeathReport.__table__.c
    found = select(report.id).where(
        report.person_id == person_id, report.confirmation != REJECTED, report.voided_at.is_(None)
    )
    with unrestricted(session):
        return session.scalar(found.limit(1)) is not None


def set_act_sources(*selects):
    """Set the functions `select(person id)` that return the statements for the days of acts that met the person alive."""
    _act_sources[:] = selects


def find_last_act_day(person_id):
    """Return the day of the last such act, nationwide, or None."""
    if person_id is None or not _act_sources:
        return None
    days = union_all(*(one for find in _act_sources for one in find(person_id))).subquery().c
    with nationwide_session(protected_too=True) as session:
        return session.scalar(select(func.max(next(iter(days)))))


def _find_death_date(session, person_id):
    report = DeathReport.__table__.c
    found = select(report.died_on).where(
        report.person_id == person_id, report.confirmation == CONFIRMED, report.voided_at.is_(None)
    )
    with unrestricted(session):
        return session.scalar(found.order_by(report.id).limit(1)) if person_id is not None else None


def collect_changes(session, _context):
    """Collect the persons whose date of death may change. The flush that writes it follows this one."""
    CHANGED_PERSONS.get(session).update(find_people((*session.new, *session.dirty)))


def find_people(rows):
    """Return the ids of the people whose date of death may change with the reports among these changed rows."""
    found = set()
    for report in rows:
        if isinstance(report, DeathReport) and has_changed(report, EFFECT_COLUMNS):
            before = inspect(report).attrs["person_id"].history.deleted or ()  # a merge moves the report
            found.update((report.person_id, *before))
    return found


def set_death_dates(session, _context):
    """Set the dates of death after the flush: the database compares them with the reports."""
    for person_id in CHANGED_PERSONS.take(session):
        person = session.get(Person, person_id)
        died_on = _find_death_date(session, person_id)
        if person is not None and not person.is_void and person.deceased_on != died_on:
            person.deceased_on = COMPUTED_DATES.get(session)[person_id] = died_on


def find_drift(connection):
    """Return the dates of death that differ from the confirmed reports: (entity, id, column, stored, computed).

    `connection` must see every row.
    """
    report, person = DeathReport.__table__.c, Person.__table__.c
    counted = report.confirmation == CONFIRMED, report.voided_at.is_(None), report.person_id == person.id
    first = select(report.died_on).where(*counted).order_by(report.id).limit(1)
    computed = first.correlate(Person.__table__).scalar_subquery()
    reported = select(report.person_id).where(report.confirmation == CONFIRMED, report.voided_at.is_(None))
    concerned = or_(person.deceased_on.is_not(None), person.id.in_(reported))
    rows = connection.execute(
        select(person.id, person.deceased_on, computed)
        .where(concerned, person.voided_at.is_(None))
        .order_by(person.id)
    )
    return [
        ("person", pk, "deceased_on", str(stored), str(died_on))
        for pk, stored, died_on in rows
        if stored != died_on
    ]
