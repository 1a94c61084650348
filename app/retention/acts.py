"""The checks of a retention act below the forms, and what follows from it."""
# unrestricted: compares with the acts of all units; shows no row

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from app.cases.models import Involvement
from app.confirmations.models import AWAITING, CONFIRMED
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.actor import unrestricted
from app.kernel.database import versioned_cache
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import ERROR, Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.retention.models import PROPOSE, RetentionAct, RetentionReview
from app.retention.rules import ACCESS, ENDS, HOLD, NOT_IN_EFFECT, ActFacts

AUDITOR_ROLE = "Auditor"
CHANGED = Pending(list)  # retention acts that have just taken effect
_act = RetentionAct.__table__

register_texts(
    **{
        "retention.lift": _(
            "%(number)s asks to lift a legal hold. A second officer must confirm or reject it."
        ),
        "retention.access": _(
            "%(number)s asks to give a court the file of a person. A second officer must confirm or reject it."
        ),
        "retention.in_effect": _("The retention act %(number)s has taken effect. Check its document."),
    }
)


def load_facts(session, act):
    """Return the facts about a new act."""
    if act.ends is None or act.id is not None:
        return ActFacts(dates.now())
    with session.no_autoflush:
        return ActFacts(dates.now(), can_end=can_end(session, act.ends))


def can_end(session, act):
    """Return whether an officer may ask for the end of the act: it is in effect, and no other end waits."""
    return is_in_effect(session, act) and not _find_ends(session, act)


def is_in_effect(session, act):
    """Return whether the act counts now: confirmed if it must be, not over, and not ended by a confirmed act."""
    if not act.is_in_effect or is_over(act):
        return False
    return CONFIRMED not in _find_ends(session, act)


def is_over(act):
    """Return whether the last day of the act has passed. An access of a court without one is over."""
    return act.kind == ACCESS if act.until is None else act.until < dates.now().date()


def _find_ends(session, act):
    """Return the states of the ends of the act that are not rejected or void."""
    ends = select(_act.c.confirmation).where(
        _act.c.ends_id == act.id, _act.c.voided_at.is_(None), _act.c.confirmation.in_((AWAITING, CONFIRMED))
    )
    with unrestricted(session):
        return session.scalars(ends).all()


versioned_cache.bump_on_change("retention_act", RetentionAct)


def _load_held_cases():
    session = db.session()
    with session.no_autoflush, unrestricted(session):
        return frozenset(session.scalars(select(_act.c.case_id).where(_act.c.kind == HOLD)))


_held_cases = versioned_cache.VersionedCache("retention_act", _load_held_cases)


def find_holds_of_person(session, person_id):
    """Return the numbers of the legal holds on the person or on a case of the person."""
    involvement = Involvement.__table__.c
    cases = select(involvement.case_id).where(
        involvement.person_id == person_id, involvement.voided_at.is_(None)
    )
    return _find_holds(session, or_(RetentionAct.person_id == person_id, RetentionAct.case_id.in_(cases)))


def find_holds_of_case(session, case_id):
    """Return the numbers of the legal holds on the case."""
    return _find_holds(session, RetentionAct.case_id == case_id) if case_id in _held_cases.get() else []


def _find_holds(session, about):
    is_hold = RetentionAct.kind == HOLD, RetentionAct.voided_at.is_(None)
    with session.no_autoflush, unrestricted(session):
        held = session.scalars(select(RetentionAct).where(*is_hold, about).order_by(RetentionAct.id)).unique()
        return [one.number for one in held if is_in_effect(session, one)]


def check_acts(session, _context, _instances):
    """Refuse an act that breaks a rule, the confirmation of one that no longer can take effect, and a held proposal."""
    if EXEMPTIONS in session.info:
        return
    with session.no_autoflush:
        for act in (*session.new, *session.dirty):
            if isinstance(act, RetentionReview) and has_changed(act, ("decision",)):
                _check_proposal(session, act)
            if not isinstance(act, RetentionAct):
                continue
            if act in session.new:
                problems = check_rules(RetentionAct.__rules__, act, load_facts(session, act))
                _refuse([one for one in problems if one.severity == ERROR])
            elif has_changed(act, ("confirmation",)) and act.confirmation == CONFIRMED:
                _check_confirmation(session, act)


def _check_confirmation(session, act):
    if act.kind in ENDS and not is_in_effect(session, act.ends):
        _refuse([Problem("", NOT_IN_EFFECT, "V164", row=act)])


def _check_proposal(session, review):
    holds = find_holds_of_person(session, review.person_id) if review.decision == PROPOSE else ()
    if holds:
        text = _(
            "A legal hold keeps this record: %(numbers)s. Two officers must lift it first.",
            numbers=", ".join(holds),
        )
        _refuse([Problem("", text, "V165", row=review)])


def _refuse(problems):
    if problems:
        raise RuleViolation(problems)


def collect_changes(session, _context):
    """Collect the acts that take effect. Nothing can be added during a flush, so messages wait."""
    for act in (*session.new, *session.dirty):
        if isinstance(act, RetentionAct) and act.is_in_effect and has_changed(act, ("kind", "confirmation")):
            CHANGED.get(session).append(act)


def send_messages(session, _context):
    """Notify the auditors of each act that takes effect: a record that disappears helps a fugitive."""
    for act in CHANGED.take(session):
        about = {"entity": RetentionAct.__tablename__, "entity_id": act.id, "number": act.number}
        send_message(session, NOTICE, text_key="retention.in_effect", to_role=AUDITOR_ROLE, **about)
