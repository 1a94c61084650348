"""Messages about accounts: requests that a second person decides, and what one administrator does alone.

They follow from the written rows, whichever code writes them.

A message contains the reason, the unit and the number of the request, no name of a person.
"""

from flask_babel import lazy_gettext as _
from sqlalchemy import inspect

from app.accounts import delegation as acts
from app.accounts import second_person
from app.accounts.chain_of_command import CHIEF_ROLE, find_responsible_chief
from app.accounts.models import User
from app.accounts.staff_models import DONE, REQUESTED, StaffRequest
from app.inbox import message_texts, record_links
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK
from app.kernel.actor import actor_of
from app.kernel.database.pending import Pending

AUDITOR_ROLE = "Auditor"
REQUESTS = Pending(list)  # without messages
CHANGED = Pending(list)  # accounts with another name or telephone
ENDED = Pending(list)  # accounts that one administrator closed, or took a role from

message_texts.register_texts(
    **{
        "staff.assign": _("Request %(number)s: a role for an officer of unit %(unit)s. Reason: %(reason)s"),
        "staff.password": _(
            "Request %(number)s: a new password for an officer of unit %(unit)s. Reason: %(reason)s"
        ),
        "staff.factor": _(
            "Request %(number)s: removal of the two-step verification of an officer of unit %(unit)s. Reason: %(reason)s"
        ),
        "staff.reopen": _("Request %(number)s: reopening of an account of unit %(unit)s. Reason: %(reason)s"),
        "staff.move": _("Request %(number)s: a move of an officer of unit %(unit)s. Reason: %(reason)s"),
        "staff.function": _(
            "Request %(number)s: a function for an officer of unit %(unit)s. Reason: %(reason)s"
        ),
        "staff.phone": _(
            "Request %(number)s: another telephone for an officer of unit %(unit)s, who shares it with another account. Reason: %(reason)s"
        ),
        "staff.changed": _("An administrator changed the name or telephone of an officer of unit %(unit)s."),
        "staff.ended": _(
            "An administrator closed the account %(user)s of unit %(unit)s, or removed a role from it. Ask for the reason."
        ),
        "staff.created": _(
            "The operator of the server created the account %(user)s in unit %(unit)s. Ask who approved it."
        ),
        "staff.scope": _("Request %(number)s: a change that needs approval, %(unit)s. Reason: %(reason)s"),
        "staff.done": _("Request %(number)s, %(unit)s, was approved and applied: %(note)s"),
        "staff.refused": _("Request %(number)s, %(unit)s, was refused: %(note)s"),
    }
)
record_links.register_page(StaffRequest.__tablename__, "can_list", "StaffRequest", "StaffRequestView.show")


def collect_requests(session, _context):
    """Store the requests and the changed accounts of the flush; `send_messages` follows when the flush has ended."""
    new = [one for one in session.new if isinstance(one, StaffRequest) and one.state == REQUESTED]
    decided = [one for one in session.dirty if isinstance(one, StaffRequest) and _is_decided(one)]
    REQUESTS.get(session).extend(new + decided)
    changed = [one for one in session.dirty if isinstance(one, User) and _is_changed_by_another(session, one)]
    CHANGED.get(session).extend((one.id, one.unit_code) for one in changed)
    ended = [one for one in session.dirty if isinstance(one, User) and _is_ended_by_another(session, one)]
    ENDED.get(session).extend((one.id, one.username, one.unit_code) for one in ended)


def send_messages(session, _context):
    """Send the messages of the stored requests, and of changed, closed and limited accounts."""
    with session.no_autoflush:
        for user_id, unit_code in CHANGED.take(session):
            for to in ({"to_user": user_id}, *_list_chiefs(unit_code)):
                send_message(session, NOTICE, text_key="staff.changed", unit=unit_code or "—", **to)
        for user_id, username, unit_code in dict.fromkeys(ENDED.take(session)):
            # The auditors too: without second officers, one administrator would choose who decides.
            for to in ({"to_user": user_id}, {"to_role": AUDITOR_ROLE}, *_list_chiefs(unit_code)):
                send_message(
                    session, NOTICE, text_key="staff.ended", user=username, unit=unit_code or "—", **to
                )
        for request in REQUESTS.take(session):
            if request.state == REQUESTED:
                _notify_requested(session, request)
            else:
                _notify_decided(session, request)


def announce_account(session, username, unit_code):
    """Notify the auditors and the chiefs of the unit of an account that one operator creates on the server."""
    for to in ({"to_role": AUDITOR_ROLE}, *_list_chiefs(unit_code)):
        send_message(session, NOTICE, text_key="staff.created", user=username, unit=unit_code, **to)


def _is_changed_by_another(session, user):
    """Return whether an administrator changes what tells that two accounts are of one person."""
    attributes, actor_id = inspect(user).attrs, actor_of(session).user_id
    is_changed = any(attributes[name].history.has_changes() for name in ("name_km", "phone"))
    return is_changed and actor_id not in (None, user.id)


def _is_ended_by_another(session, user):
    """Return whether an administrator closes the account or removes a role, which needs no second person."""
    attributes, actor_id = inspect(user).attrs, actor_of(session).user_id
    is_closed = attributes.active.history.has_changes() and not user.active
    return (is_closed or bool(attributes.roles.history.deleted)) and actor_id not in (None, user.id)


def _is_decided(request):
    return inspect(request).attrs.state.history.has_changes() and request.state != REQUESTED


def _notify_requested(session, request):
    text_key = f"staff.{request.act}"
    for role, unit_code in second_person.find_deciders(request):
        _send(session, request, TASK, text_key, to_role=role, to_unit=unit_code)
    for to in _list_informed(request):
        _send(session, request, NOTICE, text_key, **to)


def _notify_decided(session, request):
    complete_tasks(session, request.__tablename__, request.id)
    text_key = "staff.done" if request.state == DONE else "staff.refused"
    _send(session, request, NOTICE, text_key, to_user=request.requested_by_id)
    for to in _list_informed(request):
        _send(session, request, NOTICE, text_key, **to)


def _list_informed(request):
    """Return the recipients who do not decide: the officer and the chief; for a change of scope also the auditors."""
    if request.act == acts.SCOPE:
        successor = request.changes.get("successor_code", (None, None))[1]
        units = [request.entity_key] if request.entity == "unit" else []
        units = [successor] if successor and request.state == DONE else [*units, *filter(None, [successor])]
        chiefs = [chief for code in units for chief in _list_chiefs(code)]
        return [{"to_role": AUDITOR_ROLE}, *{tuple(one.values()): one for one in chiefs}.values()]
    return [{"to_user": request.user_id}, *_list_chiefs(_get_unit_code(request))]


def _list_chiefs(unit_code):
    """Return the addresses of the chief of the unit, and of the chief responsible for it."""
    found = dict.fromkeys(((CHIEF_ROLE, unit_code), find_responsible_chief(unit_code)))
    return [{"to_role": role, "to_unit": unit} for role, unit in found]


def _get_unit_code(request):
    return request.entity_key if request.act == acts.SCOPE else request.changes["unit_code"][0]


def _send(session, request, kind, text_key, **to):
    send_message(
        session,
        kind,
        text_key=text_key,
        entity=request.__tablename__,
        entity_id=request.id,
        number=request.id,
        unit=_get_unit_code(request) or "—",
        reason=request.reason,
        note=request.note or "",
        **to,
    )
