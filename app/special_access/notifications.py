"""Who is told of what was opened. A message names numbers and units, no person."""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import NATIONAL, chief_of
from app.extensions import db
from app.inbox import message_texts, record_links
from app.inbox.actions import finish, send
from app.inbox.models import NOTICE, TASK
from app.reference.models import Unit

REVIEW, LATE = "breakglass.review", "breakglass.late"

message_texts.register(
    **{
        REVIEW: _(
            "%(person)s of this unit was opened by break-glass, for case %(case)s: review it within 72 hours."
        ),
        "breakglass.opened": _("%(person)s of this unit was opened by break-glass, for case %(case)s."),
        LATE: _("A break-glass of %(person)s was not reviewed within 72 hours by unit %(unit)s."),
        "breakglass.unjustified": _("The break-glass of %(person)s was found not justified. It is closed."),
        "share.given": _("Case %(case)s was shared with this unit by unit %(unit)s."),
        "share.ended": _("The sharing of case %(case)s by unit %(unit)s has ended."),
    }
)
record_links.shown_by("opening", "can_list", "BreakGlass", "BreakGlassView.show")


def person_number(person_id):
    return f"P-{person_id:07d}"


def broken(opening):
    """The owner's chief gets a task, his unit a notice."""
    role, unit = chief_of(opening.owner_unit)
    _send(opening, TASK, REVIEW, to_role=role, to_unit=unit, due_at=opening.review_until)
    if opening.owner_unit:
        _send(opening, NOTICE, "breakglass.opened", to_unit=opening.owner_unit)


def reviewed(opening):
    finish(db.session, opening.__tablename__, opening.id)
    if not opening.justified:
        for to in ({"to_user": opening.user_id}, {"to_role": NATIONAL}):
            _send(opening, NOTICE, "breakglass.unjustified", **to)


def late(opening):
    _send(opening, TASK, LATE, to_role=NATIONAL, unit=_named(opening.owner_unit))


def shared(opening, text_key):
    about = {"entity": opening.entity, "entity_id": opening.entity_id, "to_unit": opening.unit_code}
    facts = {"case": opening.case_number, "unit": _named(opening.owner_unit)}
    send(db.session, NOTICE, text_key=text_key, **about, **facts)


def _named(unit_code):
    unit = db.session.get(Unit, unit_code) if unit_code else None
    return unit.name_km if unit is not None else "-"


def _send(opening, kind, text_key, **to):
    about = {"entity": opening.__tablename__, "entity_id": opening.id}
    facts = {"person": person_number(opening.entity_id), "case": opening.case_number}
    send(db.session, kind, text_key=text_key, **about, **facts, **to)
