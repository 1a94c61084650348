"""Official letter of a unit to another unit, after it was sent."""

from flask import g
from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.kernel.schema.display import format_value
from app.letters.models import ANSWER, CLOSED, SENT, Letter
from app.letters.rights import find_recipient
from app.printouts.document import Printout, build_facts, build_paragraphs, format_fields
from app.printouts.footer import build_issue_texts
from app.printouts.titles import TITLES


def load_record(letter_id):
    """Return the letter, or None if the reader may not see it."""
    return db.session.scalars(select(Letter).where(Letter.id == letter_id)).unique().one_or_none()


def explain_refusal(letter):
    """Return why the letter is not printed, or an empty string."""
    if letter.state not in (SENT, CLOSED):
        return gettext("The letter is printed after it was sent.")
    recipient = find_recipient(g.user, letter)
    if recipient is not None and recipient.opened_at is None:
        return gettext("Read the letter on its page before you print it.")
    return ""


def build_printout(letter):
    to = str(letter.to_unit)
    facts = [
        (gettext("Sender"), str(letter.unit)),
        (gettext("To"), gettext("%(unit)s and the units below it", unit=to) if letter.to_below else to),
        (gettext("Subject"), letter.subject),
        (gettext("Reference"), letter.about),
        *format_fields(letter, "sent_at", "due_at", "urgent", "handling"),
        (gettext("Enclosures"), format_value(len(letter.files)) if letter.files else ""),
    ]
    if letter.previous is not None:
        number = letter.previous.number
        answered = gettext("In answer to letter %(number)s", number=number)
        about = answered if letter.relation == ANSWER else gettext("Letter %(number)s", number=number)
        facts.append((gettext("Reference"), about))
    return Printout(
        title=str(TITLES["letter"]),
        number=letter.number,
        parts=(build_facts(facts, wide=True), build_paragraphs(letter.text)),
        signers=(gettext("Head of the unit"),),
        issue=build_issue_texts(letter.unit_code, letter.number, letter.sent_at.date(), letter.signed_by),
    )
