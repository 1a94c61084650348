"""Rules of names (V030, V031), and of possible duplicates (V037, V038)."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer
from app.people.rules.birth import has_age
from app.people.rules.identity import CAMBODIAN, is_foreign, is_identified, is_named

KHMER_FIELDS = ("surname_km", "given_km", "text_km")
LATIN_FIELDS = ("surname_latin", "given_latin", "text_latin")
MAX_SHOWN = 5


def person_has_a_name(person, facts):
    if not is_identified(person):
        if not has_age(person):
            yield from _request_age(person)
    elif not is_named(person):
        yield Problem(
            "surname_km", _("The name is missing. Enter it, or mark the identity as unknown."), "V030"
        )
    elif person.nationality == CAMBODIAN and not (person.surname_km or person.given_km):
        yield Problem(
            "surname_km", _("The name of a Cambodian must be in Khmer letters. Enter it here."), "V030"
        )
    elif is_foreign(person) and not (person.surname_latin or person.given_latin):
        yield Problem(
            "surname_latin", _("The name of a foreigner must be in Latin letters. Enter it here."), "V030"
        )


def _request_age(person):
    if person.unidentified:
        text = _("An unidentified person needs an estimated age. Enter it as a range of years.")
        yield Problem("age_from", text, "V030")
    else:
        text = _("The name is missing. Enter the name, or an estimated age if the person is not identified.")
        yield Problem("surname_km", text, "V030")


def other_name_is_not_empty(name, facts):
    if not (name.text_km or name.text_latin):
        yield Problem(
            "text_km", _("The other name is missing. Enter it in Khmer or in Latin letters."), "V030"
        )


def letters_match_script(subject, facts):
    for field in KHMER_FIELDS:
        if not _is_valid(subject, field, khmer.is_khmer_name):
            text = _(
                "A Khmer name can contain only Khmer letters, spaces and hyphens. Enter Latin letters in the Latin name."
            )
            yield Problem(field, text, "V031")
    for field in LATIN_FIELDS:
        if not _is_valid(subject, field, khmer.is_latin_name):
            text = _(
                "A Latin name can contain only Latin letters, spaces and «-», «'», «.», «/». Enter Khmer letters in the Khmer name."
            )
            yield Problem(field, text, "V031")


def _is_valid(subject, field, fits):
    """Return whether the name is empty or satisfies `fits`."""
    text = getattr(subject, field, None)
    try:
        return not text or fits(khmer.normalize(text))
    except khmer.InvalidText:
        return False


def person_has_no_duplicate(person, facts):
    others = _format_numbers(person, facts.same_people)
    if others:
        text = _(
            "A person with this name, date of birth and sex is already registered: %(numbers)s. Choose that person, or give the reason why this is a different person.",
            numbers=others,
        )
        yield Problem("surname_km", text, "V037", WARNING)


def person_has_no_similar_person(person, facts):
    others = _format_numbers(person, facts.alike_people)
    if others:
        text = _(
            "A person with a similar name and the same father's name is already registered: %(numbers)s. Compare the photos and choose that person, or give the reason why this is a different person.",
            numbers=others,
        )
        yield Problem("surname_km", text, "V038", WARNING)


def _format_numbers(person, cards):
    """Return the first person numbers. No names, because messages may end up in a log."""
    return " · ".join([card.number for card in cards if card.number != person.number][:MAX_SHOWN])
