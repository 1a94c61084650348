"""Messages about special access. A message contains numbers and units, no name of a person."""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import NATIONAL_ROLE, find_responsible_chief
from app.extensions import db
from app.inbox import message_texts, record_links
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK
from app.reference.models import Unit

REVIEW, OVERDUE = "break_glass.review_requested", "break_glass.review_overdue"

message_texts.register_texts(
    **{
        REVIEW: _(
            "%(person)s of this unit was viewed by break-glass access for case %(case)s. Review it within 72 hours."
        ),
        "break_glass.used": _("%(person)s of this unit was viewed by break-glass access for case %(case)s."),
        OVERDUE: _("Unit %(unit)s did not review the break-glass access to %(person)s within 72 hours."),
        "break_glass.rejected": _(
            "The break-glass access to %(person)s was found not justified. It was closed."
        ),
        "person.named": _(
            "Unit %(unit)s named %(person)s of this unit in case %(case)s. It sees only the card of the person."
        ),
        "person.opened": _(
            "Unit %(unit)s registered an arrest, a detention or an order of %(person)s of this unit. It now sees the"
            " record of the person."
        ),
        "person.minor_recorded": _(
            "Unit %(unit)s registered an arrest, a judgment or an order of %(person)s, a suspect below 18. Its author did not"
            " see the name before, or it shows the name to another unit. Check the record."
        ),
        "share.created": _("Unit %(unit)s shared case %(case)s with this unit for reading."),
        "share.created_to_write": _(
            "Unit %(unit)s shared case %(case)s with this unit. This unit may add to it."
        ),
        "share.reported": _("An officer of this unit shared case %(case)s with unit %(unit)s."),
        "share.moved": _(
            "Unit %(unit)s moved case %(case)s out of its own area or offences. It can read the case for 48 hours."
        ),
        "share.written": _("Unit %(unit)s changed or added to case %(case)s, which you shared with it."),
        "share.ended": _("The sharing of case %(case)s by unit %(unit)s has ended."),
    }
)
record_links.register_page("access_grant", "can_list", "BreakGlass", "BreakGlassView.show")


def format_person_number(person_id):
    return f"P-{person_id:07d}"


def notify_break_glass(grant):
    """Send a task to the chief of the owning unit and a notice to the unit."""
    role, unit = find_responsible_chief(grant.owner_unit)
    _send(grant, TASK, REVIEW, to_role=role, to_unit=unit, due_at=grant.review_until)
    if grant.owner_unit:
        _send(grant, NOTICE, "break_glass.used", to_unit=grant.owner_unit)


def notify_reviewed(grant):
    complete_tasks(db.session, grant.__tablename__, grant.id)
    if not grant.justified:
        for to in ({"to_user": grant.user_id}, {"to_role": NATIONAL_ROLE}):
            _send(grant, NOTICE, "break_glass.rejected", **to)


def notify_overdue_review(grant):
    _send(grant, TASK, OVERDUE, to_role=NATIONAL_ROLE, unit=_get_unit_name(grant.owner_unit))


def notify_share(grant, text_key):
    about = {"entity": grant.entity, "entity_id": grant.entity_id, "to_unit": grant.unit_code}
    facts = {"case": grant.case_number, "unit": _get_unit_name(grant.owner_unit)}
    send_message(db.session, NOTICE, text_key=text_key, **about, **facts)


def notify_chief_of_share(grant):
    """Notify the chief responsible for the case that an officer shared it."""
    role, unit = find_responsible_chief(grant.owner_unit)
    about = {"entity": grant.entity, "entity_id": grant.entity_id, "to_role": role, "to_unit": unit}
    facts = {"case": grant.case_number, "unit": _get_unit_name(grant.unit_code)}
    send_message(db.session, NOTICE, text_key="share.reported", **about, **facts)


def notify_moved(session, grant):
    """Notify the owning unit and its chief of a unit that moved the case out of its own scope."""
    role, unit = find_responsible_chief(grant.owner_unit)
    about = {"entity": grant.entity, "entity_id": grant.entity_id}
    facts = {"case": grant.case_number, "unit": session.get(Unit, grant.unit_code).name_km}
    recipients = [{"to_role": role, "to_unit": unit}] + [{"to_unit": grant.owner_unit}] * bool(
        grant.owner_unit
    )
    for to in recipients:
        send_message(session, NOTICE, text_key="share.moved", **about, **facts, **to)


def notify_named(session, person_id, case, unit_code):
    """Notify a unit of a person that another unit named the person in a case."""
    facts = {
        "person": format_person_number(person_id),
        "case": case.number,
        "unit": _get_unit_name(case.unit_code),
    }
    about = {"entity": "person", "entity_id": person_id, "to_unit": unit_code}
    send_message(session, NOTICE, text_key="person.named", **about, **facts)


def notify_opened(session, person_id, author_unit, unit_code):
    """Notify a unit of a person that another unit opened the record by an arrest, a detention or an order."""
    facts = {"person": format_person_number(person_id), "unit": _get_unit_name(author_unit)}
    about = {"entity": "person", "entity_id": person_id, "to_unit": unit_code}
    send_message(session, NOTICE, text_key="person.opened", **about, **facts)


def notify_of_minor(session, person_id, author_unit, owners):
    """Notify the units of a suspect below 18, and their chiefs, of an act that opens the name."""
    chiefs = {find_responsible_chief(unit_code) for unit_code in owners}
    recipients = [{"to_unit": unit_code} for unit_code in owners]
    recipients += [{"to_role": role, "to_unit": unit} for role, unit in sorted(chiefs, key=str)]
    facts = {"person": format_person_number(person_id), "unit": _get_unit_name(author_unit)}
    about = {"entity": "person", "entity_id": person_id, "text_key": "person.minor_recorded"}
    for to in recipients:
        send_message(session, NOTICE, **about, **facts, **to)


def notify_written(session, grant):
    """Notify the officer who shared a case that the other unit wrote to it."""
    facts = {"case": grant.case_number, "unit": _get_unit_name(grant.unit_code)}
    about = {"entity": grant.entity, "entity_id": grant.entity_id, "to_user": grant.granted_by_id}
    send_message(session, NOTICE, text_key="share.written", **about, **facts)


def _get_unit_name(unit_code):
    unit = db.session.get(Unit, unit_code) if unit_code else None
    return unit.name_km if unit is not None else "-"


def _send(grant, kind, text_key, **to):
    about = {"entity": grant.__tablename__, "entity_id": grant.id}
    facts = {"person": format_person_number(grant.entity_id), "case": grant.case_number}
    send_message(db.session, kind, text_key=text_key, **about, **facts, **to)
