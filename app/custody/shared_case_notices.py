"""Notifies the owner unit of an arrest, judgment or custody that another unit enters.

An arrest or a judgment solves or ends the case, which the share for reading did not allow. A custody ends the time limit of the
arrest. The person is held all the same.
"""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import find_responsible_chief
from app.custody.holders import answers_for
from app.custody.models import Arrest, Custody, Judgment
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.access.write_scope import is_read_only
from app.kernel.actor import actor_of

TEXT, HELD_TEXT = "case.changed_by_reader", "arrest.held_elsewhere"

register_texts(
    **{
        TEXT: _(
            "Unit %(unit)s entered an arrest or a judgment in case %(number)s, which it may only read. Check the status of"
            " the case."
        ),
        HELD_TEXT: _(
            "Unit %(unit)s entered a custody for arrest %(number)s of another unit. Verify where the person is."
        ),
    }
)


def notify_owners(session, _context, _instances):
    """Notify the owner unit and its chief of each new arrest, judgment and custody of a case or arrest that is not its author's."""
    rows = [one for one in session.new if isinstance(one, (Arrest, Judgment)) and one.case is not None]
    held = [one for one in session.new if isinstance(one, Custody)]
    with session.no_autoflush:
        for case in {one.case for one in rows if is_read_only(one.case)}:
            _notify(session, TEXT, case, case.unit_code)
        for custody in held:
            if custody.arrest is not None and not answers_for(session, custody.arrest, custody):
                _notify(session, HELD_TEXT, custody.arrest, custody.arrest.by_unit_code)


def _notify(session, text_key, record, owner):
    role, unit = find_responsible_chief(owner)
    about = {"entity": record.__tablename__, "entity_id": record.id, "number": record.number}
    about["unit"] = actor_of(session).unit_code
    for to in ({"to_unit": owner}, {"to_role": role, "to_unit": unit}):
        send_message(session, NOTICE, text_key=text_key, **about, **to)
