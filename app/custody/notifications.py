"""Messages about deadlines, to the unit and its chief. They name numbers, and no person by name."""

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import find_responsible_chief
from app.inbox import message_texts
from app.inbox.actions import send_message
from app.inbox.models import NOTICE, TASK

message_texts.register_texts(
    **{
        "arrest.due_soon": _(
            "Arrest %(number)s by unit %(unit)s: custody must end by %(until)s, and no custody is recorded."
        ),
        "arrest.overdue": _(
            "Arrest %(number)s by unit %(unit)s: the limit of custody passed on %(until)s, and neither custody nor release is recorded."
        ),
        "custody.due_soon": _("Custody %(number)s of unit %(unit)s must end by %(until)s."),
        "custody.overdue": _("Custody %(number)s of unit %(unit)s has exceeded its limit since %(until)s."),
        "detention.due_soon": _("Detention %(number)s must end by %(until)s, and no new order is recorded."),
        "detention.overdue": _("Detention %(number)s had to end by %(until)s, and no release is recorded."),
        "detention.release_ordered": _(
            "Release order %(order)s names %(person)s, who is detained (%(number)s). Record the release."
        ),
        "custody.release_ordered": _(
            "Release order %(order)s names %(person)s, who is in police custody (%(number)s). End the custody, or ask the court at once."
        ),
        "detention.overturned": _(
            "The judgment of %(person)s was set aside, voided or replaced by a later one. Detention %(number)s has no judgment in force."
        ),
        "detention.cleared": _(
            "A final decision cleared %(person)s in the case of detention %(number)s. Ask the court at once whether the person must be released."
        ),
        "arrest.order_had_ended": _(
            "Document %(document)s ended order %(order)s before the arrest on it (%(arrest)s). Ask the court at once whether the person must be released."
        ),
        "custody.search_ended": _(
            "%(person)s, who was arrested on order %(order)s, was released from custody %(number)s. The order is executed, so the search has ended. Verify the release."
        ),
        "custody.released": _("%(person)s was released (%(number)s). Verify the release."),
        "sentence.changed": _(
            "Sentence %(number)s was reduced, remitted or commuted by document %(document)s. Verify the document."
        ),
        "judgment.set_aside": _(
            "Judgment %(number)s was set aside by document %(document)s. Verify the document."
        ),
        "judgment.cleared": _(
            "Judgment %(number)s, document %(document)s of the court, clears its person finally. Verify it with the court."
        ),
        "custody.transferred_away": _(
            "Custody %(number)s ended with a transfer to unit %(unit)s, which sees the person from now on. Verify the transfer."
        ),
        "custody.extended": _(
            "%(number)s was extended until %(until)s by document %(document)s. Verify the document."
        ),
        "escape.new_case": _(
            "%(person)s, who escaped from %(number)s, is named in a new case of unit %(unit)s."
        ),
        "arrest.order_lost": _(
            "Order %(order)s, on which arrest %(arrest)s was made, is void or about another person now. Ask the court at once whether the person must be released."
        ),
        "release.due_soon": _("%(person)s, who lives in this province, is to be released on %(until)s."),
        "release.due_soon_unserved": _(
            "%(person)s is to be released on %(until)s and has a sentence that no prison executes: %(sentences)s. Ask the prosecutor."
        ),
        "supervision.ends_soon": _("The follow-up of release %(number)s ends on %(until)s."),
        "supervision.ended": _(
            "The follow-up of release %(number)s has ended. The person no longer has to report."
        ),
        "supervision.new_case": _(
            "%(person)s, who reports to this unit, is named in a new case of unit %(unit)s."
        ),
    }
)


def notify_unit(session, text_key, record, unit_code, **facts):
    """Notify the unit, if there is one."""
    if unit_code:
        _send(session, text_key, record, {"to_unit": unit_code}, facts)


def notify_unit_and_chief(session, text_key, record, unit_code, **facts):
    """Notify the unit and the chief responsible for it."""
    notify_unit(session, text_key, record, unit_code, **facts)
    notify_chief(session, text_key, record, unit_code, **facts)


def notify_release_order(session, detention_id, units, **facts):
    """Give these units the task to record the release of a prisoner by an order of the court."""
    about = {"entity": "detention", "entity_id": detention_id}
    for unit_code in filter(None, units):
        send_message(session, TASK, text_key="detention.release_ordered", to_unit=unit_code, **about, **facts)


def notify_of_record(session, text_key, entity, entity_id, unit_code, **facts):
    """Notify the unit and the chief responsible for it about a record that is not loaded."""
    about = {"entity": entity, "entity_id": entity_id, "text_key": text_key}
    role, chief_unit = find_responsible_chief(unit_code)
    send_message(session, NOTICE, to_unit=unit_code, **about, **facts)
    send_message(session, NOTICE, to_role=role, to_unit=chief_unit, **about, **facts)


def notify_chief(session, text_key, record, unit_code, **facts):
    """Notify the chief responsible for the unit."""
    role, unit = find_responsible_chief(unit_code)
    _send(session, text_key, record, {"to_role": role, "to_unit": unit}, facts)


def _send(session, text_key, record, to, facts):
    about = {"entity": record.__tablename__, "entity_id": record.id}
    send_message(session, NOTICE, text_key=text_key, **about, **to, **facts)
