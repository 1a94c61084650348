"""The messages for each step of a merge. A message contains record numbers and no name of a person."""

from flask_babel import lazy_gettext as _

from app.duplicates.approvers import find_approver
from app.duplicates.models import DISMISSAL, DONE, MERGE, UNDO_MERGE, Duplicate
from app.extensions import db
from app.inbox import message_texts
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK
from app.kernel.actor import actor_of

message_texts.register_texts(
    **{
        "merge.requested": _(
            "Request %(number)s asks whether %(going)s and %(staying)s are the same person. Approve or refuse it."
        ),
        "merge.undo_requested": _(
            "Request %(number)s asks to undo the merge of %(going)s into %(staying)s. Approve or refuse it."
        ),
        "merge.dismissal_requested": _(
            "Request %(number)s asks to record %(going)s and %(staying)s as two people. Approve or refuse it."
        ),
        "merge.refused": _(
            "Request %(number)s about %(going)s and %(staying)s was refused. Read the reason on its page."
        ),
        "merge.applied": _("%(going)s was merged into %(staying)s, which now represents both."),
        "merge.undone": _(
            "The merge of %(going)s into %(staying)s was undone. Both are separate records again."
        ),
        "merge.dismissed": _("%(going)s and %(staying)s were recorded as two people."),
        "duplicate.void": _(
            "Unit %(unit)s made the record %(person)s void. It may be %(other)s of this unit. Ask that unit whether the"
            " person was met."
        ),
    }
)
# kind of request → the texts of the request and of its approval
TEXT_KEYS = {
    MERGE: ("merge.requested", "merge.applied"),
    UNDO_MERGE: ("merge.undo_requested", "merge.undone"),
    DISMISSAL: ("merge.dismissal_requested", "merge.dismissed"),
}


def notify_request(merge):
    """Send the task to the approver."""
    role, unit = find_approver(merge)
    text_key = TEXT_KEYS[merge.kind][0]
    _send(merge, TASK, text_key, to_role=role, to_unit=unit)


def notify_decision(merge, units):
    """Notify the requesting officer, and after an approval the units that registered the two records."""
    complete_tasks(db.session, merge.__tablename__, merge.id)
    if merge.state != DONE:
        _send(merge, NOTICE, "merge.refused", to_user=merge.requested_by_id)
        return
    text_key = TEXT_KEYS[merge.kind][1]
    for to in ({"to_user": merge.requested_by_id}, *({"to_unit": unit} for unit in units)):
        _send(merge, NOTICE, text_key, **to)


def notify_void(pair_id, person_id, other_id, unit_code):
    """Notify a unit of the other person that a record which may be the same person became void."""
    send_message(
        db.session, NOTICE, text_key="duplicate.void", to_unit=unit_code, entity=Duplicate.__tablename__, entity_id=pair_id,
        unit=actor_of(db.session).unit_code or "—",
        person=format_person_number(person_id), other=format_person_number(other_id),
    )  # fmt: skip


def format_person_number(person_id):
    """Return the number of a person record, for example P-0000123."""
    return f"P-{person_id:07d}"


def _send(merge, kind, text_key, **to):
    about = {"entity": merge.__tablename__, "entity_id": merge.id, "number": merge.number}
    facts = {
        "staying": format_person_number(merge.surviving_id),
        "going": format_person_number(merge.merged_id),
    }
    send_message(db.session, kind, text_key=text_key, **about, **facts, **to)
