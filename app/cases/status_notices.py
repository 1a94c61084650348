"""The notice to the chief if another unit changes the status of a case."""

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import Case
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.access.write_scope import is_read_only
from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed

CHANGED_ELSEWHERE = "case.status_changed_elsewhere"
register_texts(
    **{
        CHANGED_ELSEWHERE: _(
            "Unit %(unit)s changed the status of case %(number)s. Check its steps of procedure."
        )
    }
)


def notify_chiefs(session, _context, _instances):
    """Notify the chief of the unit of each case whose status an officer of another unit changes.

    A unit that may only read the case enters arrests and judgments: the custody notifies of those.
    """
    author_unit = actor_of(session).unit_code
    changed = [one for one in session.dirty if isinstance(one, Case) and has_changed(one, ("status",))]
    for case in changed:
        if author_unit not in (None, case.unit_code) and not is_read_only(case):
            role, unit = find_responsible_chief(case.unit_code)
            about = {"entity": "case", "entity_id": case.id, "number": case.number, "unit": author_unit}
            send_message(session, NOTICE, text_key=CHANGED_ELSEWHERE, to_role=role, to_unit=unit, **about)
