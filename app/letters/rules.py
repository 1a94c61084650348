"""Rules of a letter."""

from datetime import timedelta

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

MAX_TEXT = 8000
LONGEST_SHARE = timedelta(days=90)  # of a case, from the day of the letter
REQUEST = "request"


def letter_has_a_template_and_a_receiver(letter, facts):
    if letter.template is None and letter.relation is None:
        yield Problem("template", _("Choose a template."))
    if letter.to_unit is None:
        yield Problem("to_unit", _("Choose the unit that receives the letter."))


def receiver_is_another_unit(letter, facts):
    if letter.to_unit is None:
        return
    if letter.to_unit.code in facts.own_units and not letter.to_below:
        yield Problem("to_unit", _("A letter goes to another unit."))
    elif facts.is_receiver_closed:
        yield Problem("to_unit", _("This unit is closed. Choose another unit."))


def only_a_notice_goes_to_many_units(letter, facts):
    kind = letter.template.kind if letter.template is not None else letter.kind
    if letter.to_below and kind == REQUEST:
        yield Problem("to_below", _("Only a notice goes to many units. Write one request to each unit."))


def letter_is_about_one_record(letter, facts):
    """A person may be named with a case."""
    records = [one for one in (letter.case or letter.person, letter.order, letter.exhibit) if one is not None]
    if len(records) > 1:
        yield Problem("case", _("A letter is about one record. Choose the case, person, order or exhibit."))


def template_has_its_record(letter, facts):
    text = letter.template.text_km if letter.template is not None and letter.relation is None else ""
    records = letter.case, letter.person, letter.order, letter.exhibit, letter.names_unseen_person
    if "{record}" in (text or "") and not any(records):
        yield Problem("case", _("Choose the case, person, order or exhibit that this template names."))


def template_has_its_person(letter, facts):
    """The receiver cannot answer about a person that the letter does not name. An own text may name the person."""
    template = letter.template.text_km if letter.template is not None and letter.relation is None else ""
    if "{person}" in (letter.text or template or "") and letter.person is None:
        yield Problem("person", _("Choose the person that this template names."))


def deadline_is_in_the_future(letter, facts):
    if letter.due_at is not None and letter.due_at <= facts.now:
        yield Problem("due_at", _("The deadline is in the past."))


def sharer_has_the_right(letter, facts):
    """An officer opens only a record that this officer may share."""
    if letter.share_until is None:
        if letter.opened_parts:
            yield Problem("share_until", _("Enter the last day on which the receiving unit sees this."))
        return
    if not letter.opened_parts:
        yield Problem("share_parts", _("Choose what the receiving unit sees of the case."))
    if letter.case is None:
        yield Problem("share_until", _("Only a case can be opened to another unit. Choose the case."))
    elif letter.to_below:
        yield Problem("share_until", _("A case is opened to one unit, not to all units below it."))
    elif letter.share_until < facts.now.date():
        yield Problem("share_until", _("This day is in the past."))
    elif letter.share_until > facts.now.date() + LONGEST_SHARE:
        yield Problem("share_until", _("Choose a day within %(num)s days.", num=LONGEST_SHARE.days))
    elif not facts.may_share:
        yield Problem("share_until", _("You may not share this case. Leave this field empty."))


def text_is_short_enough(letter, facts):
    if letter.text is not None and len(letter.text) > MAX_TEXT:
        yield Problem("text", _("This text is too long. Use at most 8,000 characters."))


LETTER = (
    letter_has_a_template_and_a_receiver,
    receiver_is_another_unit,
    only_a_notice_goes_to_many_units,
    letter_is_about_one_record,
    template_has_its_record,
    template_has_its_person,
    deadline_is_in_the_future,
    sharer_has_the_right,
    text_is_short_enough,
)
