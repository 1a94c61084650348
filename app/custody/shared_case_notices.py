"""Notifies the owner unit of an arrest or judgment in a case that its author may only read.

It solves or ends the case, which the share for reading did not allow. The person was arrested all the same.
"""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import find_responsible_chief
from app.custody.models import Arrest, Judgment
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.access.write_scope import is_read_only
from app.kernel.actor import actor_of

TEXT = "case.changed_by_reader"

register_texts(
    **{
        TEXT: _(
            "Unit %(unit)s entered an arrest or a judgment in case %(number)s, which it may only read. Check the status of"
            " the case."
        )
    }
)


def notify_owners(session, _context, _instances):
    """Notify the owner unit and its chief of each new arrest and judgment in a case that its author may only read."""
    rows = [one for one in session.new if isinstance(one, (Arrest, Judgment)) and one.case is not None]
    with session.no_autoflush:
        for case in {one.case for one in rows if is_read_only(one.case)}:
            role, unit = find_responsible_chief(case.unit_code)
            about = {"entity": "case", "entity_id": case.id, "number": case.number}
            about["unit"] = actor_of(session).unit_code
            for to in ({"to_unit": case.unit_code}, {"to_role": role, "to_unit": unit}):
                send_message(session, NOTICE, text_key=TEXT, **about, **to)
