"""The states of reports and matches, computed from ends and answers in the transaction that changes them."""
# unrestricted: the reports of a match belong to two units; shows no row

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select, update

from app.confirmations.models import CONFIRMED as IN_EFFECT
from app.confirmations.models import REJECTED
from app.inbox.actions import complete_tasks
from app.inbox.message_texts import register_texts
from app.kernel.actor import unrestricted
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Facts, Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.missing.matching import ANSWER_WITHIN, ask_units
from app.missing.models import (
    CONFIRMED,
    DENIED,
    END_REQUESTED,
    ENDED,
    OTHER,
    PERSON,
    SAME,
    WAITING,
    PersonReport,
    PropertyReport,
    ReportEnd,
    ReportMatch,
    ReportMatchAnswer,
)
from app.missing.rules import IDENTIFIED, OPEN, OWNER_KNOWN

CHANGED = "reports with a changed end"  # a key in `Session.info`
register_texts(
    **{
        END_REQUESTED: _(
            "The end of report %(number)s was entered. A second officer must confirm or reject it."
        )
    }
)
_match, _answer, _end = ReportMatch.__table__, ReportMatchAnswer.__table__, ReportEnd.__table__
SIDES = {
    PersonReport: (_match.c.missing_id, _match.c.body_id),
    PropertyReport: (_match.c.lost_id, _match.c.found_id),
}
_ENDS = {PersonReport: _end.c.person_report_id, PropertyReport: _end.c.property_report_id}
_MODELS = {model.__tablename__: model for model in SIDES}


def check_ends(session, _context, _instances):
    """Refuse an end that breaks a rule, a second end of a report, and a typed state."""
    with session.no_autoflush:
        for end in session.new:
            if isinstance(end, ReportEnd):
                problems = check_rules(ReportEnd.__rules__, end, Facts(dates.now()))
                report = end.report
                if not problems and report is not None and (report.is_void or _has_end(session, report)):
                    text = _("This report has already ended, or its end awaits the second officer.")
                    problems = [Problem("outcome", text, "V162")]
                if problems:
                    raise RuleViolation(problems)
        for report in session.dirty:
            model = type(report)
            if model in SIDES and has_changed(report, ("state",)):
                with unrestricted(session):
                    computed = _compute_state(session, model, report.id)
                if report.state != computed:
                    text = _("The status of a report is computed from its ends and matches.")
                    raise RuleViolation([Problem("state", text, row=report)])


def _has_end(session, report):
    of_report = _ENDS[type(report)] == report.id
    is_valid = _end.c.voided_at.is_(None), or_(_end.c.confirmation.is_(None), _end.c.confirmation != REJECTED)
    with unrestricted(session):
        return report.id and session.scalar(select(_end.c.id).where(of_report, *is_valid)) is not None


def collect_changes(session, _context):
    """Collect the reports whose state may change."""
    changed = session.info.setdefault(CHANGED, set())
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


def set_states(session):
    """Write the states of the collected reports before the commit, outside the scope of the actor too."""
    session.flush()
    if not session.info.get(CHANGED):
        return
    with unrestricted(session):
        for name, key in sorted(session.info.pop(CHANGED)):
            _refresh(session, _MODELS[name], key)
        session.flush()
    session.info.pop(CHANGED, None)


def update_match(session, pk):
    """Compute the state of a match from its answers, then those of its reports, and return it."""
    row = session.execute(select(_match).where(_match.c.id == pk)).one()
    answers = session.execute(select(_answer).where(_answer.c.match_id == pk)).all()
    same = [one for one in answers if one.decision == SAME]
    needed = 2 if row.kind == PERSON else 1
    people, sides = {one.made_by_id for one in same}, {one.side for one in same}
    if any(one.decision == OTHER for one in answers):
        state = DENIED
    elif min(len(people), len(sides)) >= needed:
        state = CONFIRMED
    else:
        state = row.state
    if state != row.state:
        session.execute(update(_match).where(_match.c.id == pk).values(state=state))
        for model, key in _list_reports(row):
            _refresh(session, model, key)
        session.flush()
    return state


def _list_reports(match):
    for model, columns in SIDES.items():
        for column in columns:
            if (key := match._mapping[column]) is not None:
                yield model, key


def _compute_state(session, model, key):
    in_effect = (
        _end.c.voided_at.is_(None),
        or_(_end.c.confirmation.is_(None), _end.c.confirmation == IN_EFFECT),
    )
    ended = select(_end.c.outcome).where(_ENDS[model] == key, *in_effect).order_by(_end.c.id.desc()).limit(1)
    if (outcome := session.scalar(ended)) is not None:
        return outcome
    confirmed = select(_match).where(_is_of(model, key), _match.c.state == CONFIRMED)
    for match in session.execute(confirmed):
        others = [(other, pk) for other, pk in _list_reports(match) if (other, pk) != (model, key)]
        if all(_is_valid(session, other, pk) for other, pk in others):
            return IDENTIFIED if model is PersonReport else OWNER_KNOWN
    return OPEN


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
            for other, pk in others:
                partner = session.scalars(select(other).where(other.id == pk)).unique().one()
                partner.state = _compute_state(session, other, pk)
            session.flush()
        elif match.state in (WAITING, ENDED):
            fits = report.is_open and all(
                session.scalars(select(other).where(other.id == pk)).unique().one().is_open
                for other, pk in others
            )
            if fits != (match.state == WAITING):
                _set_waiting(session, match, fits)


def _set_waiting(session, match, fits):
    values = {"state": WAITING, "due_at": dates.now() + ANSWER_WITHIN} if fits else {"state": ENDED}
    session.execute(update(_match).where(_match.c.id == match.id).values(values))
    if fits:
        ask_units(session, match.id, match.first_unit_code, match.second_unit_code, values["due_at"])
    else:
        complete_tasks(session, _match.name, match.id)
