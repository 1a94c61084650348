"""The decision of the second officer, and the task that asks for it."""

from flask_babel import lazy_gettext as _
from sqlalchemy import inspect, select

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import find_responsible_chief, is_in_command_chain
from app.accounts.identity_traits import share_identity
from app.accounts.models import User
from app.confirmations.models import AWAITING, CONFIRMED, REJECTED, NeedsConfirmation
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK
from app.kernel.actor import actor_of
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates

DECISIONS = (CONFIRMED, REJECTED)
DECIDED = "confirmation.decided"
NEW_REQUESTS = Pending(list)
NEW_DECISIONS = Pending(list)
VOID_REQUESTS = Pending(list)  # withdrawn

register_texts(
    **{
        DECIDED: _(
            "A second officer has decided about your report on %(number)s. Read the result on its page."
        )
    }
)


def may_decide(user, record):
    """Return whether `user` may be the second officer: another person, of the owner unit or above it, or a named one."""
    if record.confirmation != AWAITING or record.is_void or user is None or user.id == record.recorded_by_id:
        return False
    author, named = _find_user(record, record.recorded_by_id), record.named_deciders
    if named is None:
        has_right = is_in_command_chain(user, record.owner_unit_code)
        has_right = has_right or record.deciding_role in get_role_names(user)
    else:
        has_right = user.id in named
    return has_right and not share_identity(user, author)


def _find_user(record, user_id):
    session = inspect(record).session
    return session.get(User, user_id) if user_id is not None else None


def record_decision(record, decision, reason):
    """Set the decision on the record. The flush refuses it if the actor may not decide."""
    record.confirmation, record.decision_reason = decision, reason or None


def check_decisions(session, _context, _instances):
    """Refuse a record that is confirmed from its start, and a decision that is not by a second officer."""
    with session.no_autoflush:
        for record in (*session.new, *session.dirty):
            if not isinstance(record, NeedsConfirmation):
                continue
            if record in session.new:
                record.confirmation = AWAITING if record.needs_confirmation else None
                record.decided_at = record.decided_by_id = record.decision_reason = None
            elif has_changed(record, ("confirmation",)):
                _check_decision(session, record)


def _check_decision(session, record):
    model = type(record)
    stored = session.scalar(select(model.confirmation).where(model.id == record.id))
    decision, record.confirmation = record.confirmation, stored
    user = _find_user(record, actor_of(session).user_id)
    if stored != AWAITING or decision not in DECISIONS:
        raise RuleViolation([Problem("", _("A second officer has already decided this."), row=record)])
    if not may_decide(user, record):
        text = _(
            "A second officer of the unit, or of a unit above it, must decide. The author and accounts of the author cannot."
        )
        if record.named_deciders is not None:
            text = _("Only the receiver confirms or refuses the receipt, with an own account.")
        raise RuleViolation([Problem("", text, row=record)])
    if decision == REJECTED and not record.decision_reason:
        raise RuleViolation([Problem("reason", _("Enter the reason for the rejection."), row=record)])
    record.confirmation, record.decided_at, record.decided_by_id = decision, dates.now(), user.id


def collect_requests(session, _context):
    """Collect new and decided records. Nothing can be added during a flush, so messages wait."""
    for record in (*session.new, *session.dirty):
        if not isinstance(record, NeedsConfirmation):
            continue
        if has_changed(record, ("confirmation",)):
            pending = NEW_REQUESTS if record in session.new else NEW_DECISIONS
            pending.get(session).append(record)
        elif record.confirmation == AWAITING and has_changed(record, ("voided_at",)):
            VOID_REQUESTS.get(session).append(record)


def notify_officers(session, _context):
    """Send the task to the unit and its chief, and the result to the author."""
    for record in NEW_REQUESTS.take(session):
        if record.confirmation == AWAITING and record.named_deciders is not None:
            for user_id in sorted(record.named_deciders):
                _send(session, TASK, record.request_text, record, to_user=user_id)
        elif record.confirmation == AWAITING:
            owner = record.owner_unit_code
            role, unit = find_responsible_chief(owner)
            _send(session, TASK, record.request_text, record, to_role=role, to_unit=unit)
            if record.deciding_role:
                _send(session, TASK, record.request_text, record, to_role=record.deciding_role)
            elif owner:
                _send(session, TASK, record.request_text, record, to_unit=owner)
    for record in VOID_REQUESTS.take(session):
        complete_tasks(session, record.__tablename__, record.id)
    for record in NEW_DECISIONS.take(session):
        complete_tasks(session, record.__tablename__, record.id)
        if record.recorded_by_id:
            _send(session, NOTICE, DECIDED, record, record.author_number, to_user=record.recorded_by_id)


def _send(session, kind, text_key, record, number=None, **to):
    about = {
        "entity": record.__tablename__,
        "entity_id": record.id,
        "number": number or record.subject_number,
    }
    send_message(session, kind, text_key=text_key, **about, **to)
