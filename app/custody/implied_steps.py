"""Implied steps of a case: its arrests and judgments count as steps of procedure without being entered again.

The status of the case is that of the suspect who is the furthest from the end (`cases.rules.dispositions`).
"""
# unrestricted: the status of a case follows from all its rows; shows no row

from sqlalchemy import Date, Integer, String, case, exists, func, inspect, literal_column, or_, select, union

from app.cases.case_status import IMPLIED_CASES, select_row
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules.dispositions import ARREST, JUDGED, UNDECIDED
from app.cases.rules.people import SUSPECT_ROLES
from app.custody.models import Arrest, Judgment, JudgmentStep
from app.kernel.actor import unrestricted
from app.kernel.database.transactions import lock_rows
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.people import deaths
from app.people.models import Person

NEW_CASE = _("Another officer is adding this person to a case at the moment. Save again.")
# The columns from which the status of a case follows.
BASIS_COLUMNS = {
    Arrest: ("voided_at", "case_id", "person_id", "at"),
    Judgment: (
        "voided_at", "case_id", "person_id", "case_offence_id", "decided_on", "court_code", "contested_on", "final_on",
        "set_aside_on", "replaced_on",
    ),
    Involvement: ("voided_at", "case_id", "person_id", "role", "ended_on"),
    CaseOffence: ("voided_at", "case_id", "case"),
    JudgmentStep: ("voided_at", "kind", "done_on"),
}  # fmt: skip


def select_acts(in_cases):
    """Return the statements for the arrests and judgments that count.

    An arrest counts unless a final decision has cleared the person in the case. A judgment that is set aside is decided
    again, as after an appeal.
    """
    arrest, judgment, row = (one.__table__.c for one in (Arrest, Judgment, Involvement))
    cleared = exists().where(
        row.case_id == arrest.case_id,
        row.person_id == arrest.person_id,
        row.ended_on.is_not(None),
        row.voided_at.is_(None),
    )
    day = func.date(arrest.at, type_=Date)
    arrests = _select_implied(arrest.case_id, ARREST, decided_on=day).where(
        in_cases(arrest.case_id), arrest.voided_at.is_(None), ~cleared
    )
    contested_on = func.coalesce(judgment.set_aside_on, judgment.contested_on)
    contested_on = case((_has_died(judgment.person_id), None), else_=contested_on)
    is_void = judgment.set_aside_on.is_not(None) & _has_died(judgment.person_id)
    judgments = _select_implied(
        judgment.case_id, JUDGED, decided_on=judgment.decided_on, court_code=judgment.court_code,
        person_id=judgment.person_id, offence_id=judgment.case_offence_id, contested_on=contested_on,
        final_on=judgment.final_on,
    ).where(in_cases(judgment.case_id), *_counts(judgment), ~is_void)  # fmt: skip
    return arrests, judgments


def select_undecided(in_cases):
    """Return the statements for the suspects and offences without a judgment. A suspect who has died is not judged any more."""
    judgment, row, offence = (one.__table__.c for one in (Judgment, Involvement, CaseOffence))
    is_accused = row.voided_at.is_(None), row.role.in_(SUSPECT_ROLES), ~_has_died(row.person_id)
    suspects = _select_implied(row.case_id, UNDECIDED, person_id=row.person_id).where(
        in_cases(row.case_id), *is_accused, ~_has_judgment(row.case_id, judgment.person_id == row.person_id)
    )
    is_about = or_(judgment.case_offence_id.is_(None), judgment.case_offence_id == offence.id)
    offences = _select_implied(offence.case_id, UNDECIDED, offence_id=offence.id).where(
        in_cases(offence.case_id), offence.voided_at.is_(None), ~_has_judgment(offence.case_id, is_about),
        exists().where(row.case_id == offence.case_id, *is_accused),
    )  # fmt: skip
    return suspects, offences


def _select_implied(case_id, kind, **columns):
    return select_row(
        case_id, kind=literal_column(f"'{kind}'", String), id=literal_column("0", Integer), **columns
    )


def _has_died(person_id):
    person = Person.__table__.c
    return exists().where(person.id == person_id, person.deceased_on.is_not(None))


def _has_judgment(case_id, condition):
    judgment = Judgment.__table__.c
    return exists().where(judgment.case_id == case_id, condition, *_counts(judgment))


def _counts(judgment):
    return judgment.voided_at.is_(None), judgment.replaced_on.is_(None)


def lock_changed_cases(session, _context, _instances):
    """Lock the cases of new and changed rows before any row is written: their status is computed before the commit.

    Every act locks the case before the person: an arrest, a death, a withdrawal, a merge. In two orders, two acts could
    wait for each other. A new suspect and a death lock the person too: the later of the two sees the other. A withdrawal may
    withdraw the person, so it waits for new links too.
    """
    with session.no_autoflush, unrestricted(session):
        rows = [one for one in (*session.new, *session.dirty) if _is_basis(one)]
        lock_cases(session, {_find_case_id(one) for one in rows})
        IMPLIED_CASES.get(session).update(lock_people(session, deaths.find_people(session.dirty)))
        suspects = {_find_person_id(one) for one in rows if type(one) is Involvement and _find_case_id(one)}
        if known := sorted(suspects - {None}):
            lock_rows(session, Person, known, against_links=any(one.is_void for one in rows))


def lock_people(session, people, against_links=False):
    """Lock the cases in which these people are suspects or judged, then the people. Returns the ids of the cases.

    `against_links`: no session adds a row about them either. Raises RuleViolation if another session has added one of them to a
    case meanwhile: that case is not locked.
    """
    if not people:
        return set()
    with unrestricted(session):
        cases = _find_cases(session, people)
        lock_cases(session, cases)
        lock_rows(session, Person, sorted(people), against_links)
        if _find_cases(session, people) - cases:
            raise RuleViolation([Problem("", NEW_CASE)])
        return cases


def lock_cases(session, cases):
    """Lock the cases with these ids until the end of the transaction, in one order. None is no case."""
    if known := sorted(cases - {None}):
        with unrestricted(session):
            lock_rows(session, Case, known)


def _find_cases(session, people):
    """Return the ids of the cases in which these people are suspects or judged."""
    row, judgment = Involvement.__table__.c, Judgment.__table__.c
    accused = row.person_id.in_(people), row.voided_at.is_(None), row.role.in_(SUSPECT_ROLES)
    judged = judgment.person_id.in_(people), judgment.voided_at.is_(None), judgment.case_id.is_not(None)
    found = union(select(row.case_id).where(*accused), select(judgment.case_id).where(*judged))
    return set(session.scalars(found))


def _find_case_id(row):
    """Return the id of the saved case of a row before its flush, as far as it is known."""
    links = row.__dict__
    if isinstance(links.get("case"), Case):
        return links["case"].id
    basis = links.get("judgment") or links.get("involvement")
    return row.case_id if basis is None else basis.case_id


def _find_person_id(row):
    """Return the id of the saved person of a row before its flush."""
    person = row.__dict__.get("person")
    return row.person_id if person is None else person.id


def _is_basis(row):
    """Return whether the row is new or changed, and the status of its case may follow from it."""
    columns = BASIS_COLUMNS.get(type(row))
    if columns is None or not has_changed(row, columns):
        return False
    if type(row) is not Involvement or row.role in SUSPECT_ROLES:
        return True
    return any(role in SUSPECT_ROLES for role in inspect(row).attrs.role.history.deleted or ())


def collect_changed_cases(session, _context):
    """Collect the cases of arrests, judgments, suspects and offences that are new or changed.

    A new case is open. The rows that its registration saves change nothing.
    """
    new = {one.id for one in session.new if isinstance(one, Case)}
    for one in (*session.new, *session.dirty):
        if type(one) is not JudgmentStep and _is_basis(one):
            cases = {one.case_id, *(inspect(one).attrs["case_id"].history.deleted or ())} - {None}
            IMPLIED_CASES.get(session).update(cases - new)
