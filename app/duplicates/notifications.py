"""Who is told of each step of a joining. A message names numbers, no person."""

from flask_babel import lazy_gettext as _

from app.duplicates.approvers import decides
from app.duplicates.models import DONE, JOIN
from app.extensions import db
from app.inbox import message_texts
from app.inbox.actions import finish, send
from app.inbox.models import NOTICE, TASK

message_texts.register(
    **{
        "joining.asked": _("%(number)s asks whether %(going)s is the same person as %(staying)s: decide."),
        "joining.part_asked": _("%(number)s asks to part %(going)s from %(staying)s again: decide."),
        "joining.refused": _(
            "%(number)s about %(going)s and %(staying)s was refused. The reason stands there."
        ),
        "joining.joined": _("%(going)s was joined with %(staying)s, which stands for both now."),
        "joining.parted": _("%(going)s was parted from %(staying)s. Both stand for themselves again."),
    }
)


def asked(joining):
    role, unit = decides(joining)
    text_key = "joining.asked" if joining.kind == JOIN else "joining.part_asked"
    _send(joining, TASK, text_key, to_role=role, to_unit=unit)


def decided(joining, units):
    """Whoever asked, and where it was done the units that registered the two."""
    finish(db.session, joining.__tablename__, joining.id)
    if joining.state != DONE:
        _send(joining, NOTICE, "joining.refused", to_user=joining.asked_by_id)
        return
    text_key = "joining.joined" if joining.kind == JOIN else "joining.parted"
    for to in ({"to_user": joining.asked_by_id}, *({"to_unit": unit} for unit in units)):
        _send(joining, NOTICE, text_key, **to)


def number_of(person_id):
    return f"P-{person_id:07d}"


def _send(joining, kind, text_key, **to):
    about = {"entity": joining.__tablename__, "entity_id": joining.id, "number": joining.number}
    facts = {"staying": number_of(joining.staying_id), "going": number_of(joining.going_id)}
    send(db.session, kind, text_key=text_key, **about, **facts, **to)
