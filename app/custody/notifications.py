"""Who is told of a clock: the unit, and the chief who answers for it. A message names numbers, no person by name."""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import chief_of
from app.inbox import message_texts
from app.inbox.actions import send
from app.inbox.models import NOTICE

message_texts.register(
    **{
        "custody.soon": _("Custody %(number)s of unit %(unit)s must end by %(until)s."),
        "custody.over": _("Custody %(number)s of unit %(unit)s is over its limit since %(until)s."),
        "detention.soon": _("Detention %(number)s must end by %(until)s, and no new order is recorded."),
        "detention.over": _("Detention %(number)s had to end by %(until)s, and no release is recorded."),
        "release.coming": _("%(person)s, who lives in this province, is to be released on %(until)s."),
        "tracking.soon": _("The follow-up of release %(number)s ends on %(until)s."),
        "tracking.over": _("The follow-up of release %(number)s has ended: nobody reports any more."),
        "tracking.new_case": _(
            "%(person)s, who reports to this unit, stands in a new case of unit %(unit)s."
        ),
    }
)


def tell_unit(session, text_key, record, unit_code, **facts):
    """The unit alone; nobody where there is none."""
    if unit_code:
        _send(session, text_key, record, {"to_unit": unit_code}, facts)


def tell_chief_too(session, text_key, record, unit_code, **facts):
    """The unit, and whoever answers for it."""
    tell_unit(session, text_key, record, unit_code, **facts)
    role, unit = chief_of(unit_code)
    _send(session, text_key, record, {"to_role": role, "to_unit": unit}, facts)


def _send(session, text_key, record, to, facts):
    about = {"entity": record.__tablename__, "entity_id": record.id}
    send(session, NOTICE, text_key=text_key, **about, **to, **facts)
