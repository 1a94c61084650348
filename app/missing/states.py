"""The states of reports and matches, computed from ends and answers in the transaction that changes them."""
# unrestricted: the reports of a match belong to two units; shows no row

from collections import defaultdict

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, selectinload

from app.cases.models import Exhibit
from app.confirmations.models import REJECTED
from app.inbox.message_texts import register_texts
from app.indices import linking
from app.kernel.actor import SYSTEM, act_as, unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Facts, Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.missing.matching import ask_again, set_waiting
from app.missing.models import (
    CONFIRMED,
    END_REQUESTED,
    ENDED,
    WAITING,
    PersonReport,
    PropertyReport,
    ReportEnd,
    ReportMatch,
)
from app.missing.rules import BODY, FOUND_ALIVE, IDENTIFIED, OPEN, OWNER_KNOWN, find_report_state

CHANGED = Pending(set)  # reports with a changed end
register_texts(
    **{
        END_REQUESTED: _(
            "The end of report %(number)s was entered. A second officer must confirm or reject it."
        ),
        "report_match.ended": _("Match %(number)s has ended, because one of its two reports is not open."),
    }
)
_match, _end = ReportMatch.__table__, ReportEnd.__table__
SIDES = {
    PersonReport: (_match.c.missing_id, _match.c.body_id),
    PropertyReport: (_match.c.lost_id, _match.c.found_id),
}
MATCHED_STATES = {PersonReport: IDENTIFIED, PropertyReport: OWNER_KNOWN}  # after a confirmed match
_ENDS = {PersonReport: _end.c.person_report_id, PropertyReport: _end.c.property_report_id}
_MODELS = {model.__tablename__: model for model in SIDES}


def check_ends(session, _context, _instances):
    """Refuse an end that breaks a rule or contradicts a match, a second end, another kind of report, and a typed state."""
    with session.no_autoflush:
        for end in session.new:
            if isinstance(end, ReportEnd):
                problems = check_rules(ReportEnd.__rules__, end, Facts(dates.now()))
                report = end.report
                if not problems and report is not None:
                    _lock(session, type(report), report.id)
                    if report.is_void or _has_end(session, report):
                        text = _("This report has already ended, or its end awaits the second officer.")
                        problems = [Problem("outcome", text, "V162")]
                problems += _compare_with_matches(session, end)
                if problems:
                    raise RuleViolation(problems)
        for record in session.dirty:
            if isinstance(record, ReportEnd) and has_changed(record, ("outcome", "confirmation")):
                _lock(session, type(record.report), record.report.id)
                if record.confirmation != REJECTED and (problems := _compare_with_matches(session, record)):
                    raise RuleViolation(problems)
            elif type(record) in SIDES:
                _check_report(session, record)


def _check_report(session, report):
    model = type(report)
    if has_changed(report, ("state",)):
        with unrestricted(session):
            computed = _compute_state(session, model, report.id)
        if report.state != computed:
            text = _("The status of a report is computed from its ends and matches.")
            raise RuleViolation([Problem("state", text, row=report)])
    for name in ("kind", "side"):
        if hasattr(report, name) and has_changed(report, (name,)):
            with unrestricted(session):
                matched = session.scalar(select(_match.c.id).where(_is_of(model, report.id)).limit(1))
            if matched is not None or _has_end(session, report):
                text = _(
                    "The report has a match or an end. Request a correction that voids it, and enter another report."
                )
                raise RuleViolation([Problem(name, text, row=report)])


def _lock(session, model, key):
    """Let an end and an answer wait for each other: two simultaneous ones would not see each other."""
    with unrestricted(session):
        session.execute(select(model.__table__.c.id).where(model.__table__.c.id == key).with_for_update())


def _compare_with_matches(session, end):
    """Return the problem of an end that contradicts a confirmed match, or leaves a match without an answer."""
    report = end.report
    if end.is_void or not isinstance(report, PersonReport) or report.id is None:
        return []
    body = PersonReport.__table__.alias("body")
    matches = select(_match.c.id).join(body, body.c.id == _match.c.body_id)
    with unrestricted(session):
        if end.outcome == FOUND_ALIVE:
            confirmed = _match.c.missing_id == report.id, _match.c.state == CONFIRMED
            if session.scalar(matches.where(*confirmed, body.c.kind == BODY, body.c.voided_at.is_(None))):
                text = _("A match with a body is confirmed. Deny the match first.")
                return [Problem("outcome", text, "V162")]
        waiting = _match.c.body_id == report.id, _match.c.state == WAITING
        if end.outcome == IDENTIFIED and session.scalar(matches.where(*waiting)):
            text = _("A match of this report waits for an answer. Answer the match first.")
            return [Problem("outcome", text, "V162")]
    return []


def _has_end(session, report):
    of_report = _ENDS[type(report)] == report.id
    is_valid = _end.c.voided_at.is_(None), or_(_end.c.confirmation.is_(None), _end.c.confirmation != REJECTED)
    with unrestricted(session):
        return report.id and session.scalar(select(_end.c.id).where(of_report, *is_valid)) is not None


def collect_changes(session, _context):
    """Collect the reports whose state may change."""
    changed = CHANGED.get(session)
    for record in (*session.new, *session.dirty):
        if isinstance(record, ReportEnd) and has_changed(record, ("outcome", "confirmation", "voided_at")):
            changed |= {
                (name, key)
                for name, key in (
                    (PersonReport.__tablename__, record.person_report_id),
                    (PropertyReport.__tablename__, record.property_report_id),
                )
                if key is not None
            }
        elif type(record) in SIDES and record in session.dirty and has_changed(record, ("voided_at",)):
            changed.add((record.__tablename__, record.id))


def narrow_matches(session, _context, _instances):
    """Hide the match of a theft from the finder's unit when the case of the theft protects a person from now on."""
    if not (cases := linking.list_hiding_cases(session)):
        return
    exhibit = Exhibit.__table__.c
    of_cases = select(exhibit.id).where(exhibit.case_id.in_(cases))
    shown = ReportMatch.exhibit_id.in_(of_cases), ReportMatch.second_unit_code.is_not(None)
    with unrestricted(session), session.no_autoflush:
        for match in session.scalars(select(ReportMatch).where(*shown)).unique().all():
            session.execute(update(_match).where(_match.c.id == match.id).values(second_unit_code=None))
            session.refresh(match)
            ask_again(session, match)


def set_states(session):
    """Write the states of the collected reports before the commit, outside the scope of the actor too."""
    session.flush()
    if not CHANGED.get(session):
        return
    with unrestricted(session):
        for name, key in sorted(CHANGED.take(session)):
            _refresh(session, _MODELS[name], key)
        session.flush()
    CHANGED.take(session)


def update_match(session, match):
    """Compute the state of a match from its answers, then those of its reports and of the item of a theft."""
    session.flush()
    session.refresh(match)
    before, state = match.state, match.compute_state()
    if state == before:
        return
    row = session.execute(select(_match).where(_match.c.id == match.id)).one()
    if state == WAITING:  # a denial was taken back
        set_waiting(session, row, _are_open(session, row))
    else:
        session.execute(update(_match).where(_match.c.id == row.id).values(state=state))
    for model, key in _list_reports(row):
        _refresh(session, model, key)
    _refresh_theft(session, row, before, state)
    session.flush()
    session.expire(match)


def _refresh_theft(session, match, *states):
    """Compute the state of the stolen item again if the match recovers it, or no longer."""
    if match.exhibit_id is not None and CONFIRMED in states:
        linking.refresh_theft(session, match.exhibit_id)


def select_recovered(stolen_ids):
    """Return the statement for those of the stolen exhibits that a confirmed match recovers. Its find is valid."""
    found = PropertyReport.__table__.c
    recovered = select(_match.c.exhibit_id).join(PropertyReport.__table__, found.id == _match.c.found_id)
    return recovered.where(
        _match.c.exhibit_id.in_(stolen_ids), _match.c.state == CONFIRMED, found.voided_at.is_(None)
    )


def _list_reports(match):
    for model, columns in SIDES.items():
        for column in columns:
            if (key := match._mapping[column]) is not None:
                yield model, key


def _compute_state(session, model, key):
    ends = session.execute(select(_end).where(_ENDS[model] == key).order_by(_end.c.id)).all()
    confirmed = select(_match).where(_is_of(model, key), _match.c.state == CONFIRMED)
    has_match = any(
        all(_is_valid(session, *other) for other in _list_reports(match) if other != (model, key))
        for match in session.execute(confirmed)
    )
    return find_report_state(ends, has_match, MATCHED_STATES[model])


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the reports and their matches whose state follows from no act.

    `connection` must see every row.
    """
    with Session(connection, autoflush=False) as session:
        act_as(session, SYSTEM)
        matches = (
            session.scalars(select(ReportMatch).options(selectinload(ReportMatch.answers))).unique().all()
        )
        found, ends, confirmed, reports = [], defaultdict(list), set(), {}
        for model, column in _ENDS.items():
            for row in session.execute(select(_end).where(column.is_not(None)).order_by(_end.c.id)):
                ends[model, row._mapping[column]].append(row)
            table = model.__table__.c
            for row in session.execute(select(table.id, table.state, table.voided_at).order_by(table.id)):
                reports[model, row.id] = row
        for row in session.execute(select(_match).where(_match.c.state == CONFIRMED)):
            sides = list(_list_reports(row))
            for one in sides:
                if all(reports[other].voided_at is None for other in sides if other != one):
                    confirmed.add(one)
        for (model, pk), row in reports.items():
            state = find_report_state(ends[model, pk], (model, pk) in confirmed, MATCHED_STATES[model])
            if row.voided_at is None and row.state != state:
                found.append((model.__tablename__, pk, "state", row.state, state))
        for match in matches:
            if match.state != (state := match.compute_state()):
                found.append((match.__tablename__, match.id, "state", match.state, state))
        return found


def _is_of(model, key):
    return or_(*(column == key for column in SIDES[model]))


def _is_valid(session, model, key):
    table = model.__table__
    return (
        session.scalar(select(table.c.id).where(table.c.id == key, table.c.voided_at.is_(None))) is not None
    )


def _refresh(session, model, key):
    """Write the state of a report; end its waiting matches when it ends, and ask again when it is open again."""
    report = session.scalars(select(model).where(model.id == key)).unique().one()
    state = _compute_state(session, model, key)
    if report.state != state and not report.is_void:
        report.state = state
        session.flush()
    matches = session.execute(select(_match).where(_is_of(model, key))).all()
    for match in matches:
        others = [(other, pk) for other, pk in _list_reports(match) if (other, pk) != (model, key)]
        if match.state == CONFIRMED and report.is_void:
            _refresh_theft(session, match, CONFIRMED)
            for other, pk in others:
                if _is_valid(session, other, pk):
                    _refresh(session, other, pk)
        elif match.state in (WAITING, ENDED):
            fits = report.is_open and all(
                session.scalars(select(other).where(other.id == pk)).unique().one().is_open
                for other, pk in others
            )
            if fits != (match.state == WAITING):
                set_waiting(session, match, fits)


def lock_reports(session, match):
    """Lock the reports of a match, and return whether they are all open."""
    row = session.execute(select(_match).where(_match.c.id == match.id)).one()
    for model, key in sorted(_list_reports(row), key=lambda one: (one[0].__tablename__, one[1])):
        _lock(session, model, key)
    return _are_open(session, row)


def _are_open(session, match):
    tables = ((model.__table__.c, key) for model, key in _list_reports(match))
    return all(
        session.scalar(select(row.id).where(row.id == key, row.state == OPEN, row.voided_at.is_(None)))
        for row, key in tables
    )
