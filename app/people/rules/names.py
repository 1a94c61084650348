"""Names: V030, V031, and people who may be the same: V037, V038."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer
from app.people.rules.birth import has_an_age
from app.people.rules.identity import CAMBODIAN, is_foreign, is_identified, is_named

KHMER_FIELDS = ("surname_km", "given_km", "text_km")
LATIN_FIELDS = ("surname_latin", "given_latin", "text_latin")
SHOWN_AT_MOST = 5


def has_a_name(person, facts):
    if not is_identified(person):
        if not has_an_age(person):
            yield from _asks_for_an_age(person)
    elif not is_named(person):
        yield Problem(
            "surname_km", _("The name is missing. Enter it, or mark the identity as not known."), "V030"
        )
    elif person.nationality == CAMBODIAN and not (person.surname_km or person.given_km):
        yield Problem(
            "surname_km", _("The name of a Cambodian must be in Khmer letters. Enter it here."), "V030"
        )
    elif is_foreign(person) and not (person.surname_latin or person.given_latin):
        yield Problem(
            "surname_latin", _("The name of a foreigner must be in Latin letters. Enter it here."), "V030"
        )


def _asks_for_an_age(person):
    if person.unidentified:
        text = _("A person who is not identified needs an estimated age. Enter it as a range of years.")
        yield Problem("age_from", text, "V030")
    else:
        text = _("The name is missing. Enter it, or for a person who is not identified an estimated age.")
        yield Problem("surname_km", text, "V030")


def another_name_is_written(name, facts):
    if not (name.text_km or name.text_latin):
        yield Problem(
            "text_km", _("The other name is missing. Enter it in Khmer or in Latin letters."), "V030"
        )


def letters_are_of_their_script(subject, facts):
    for field in KHMER_FIELDS:
        if not _is_written(subject, field, khmer.is_khmer_name):
            text = _(
                "A Khmer name has only Khmer letters, spaces and hyphens. Latin letters go in the Latin name."
            )
            yield Problem(field, text, "V031")
    for field in LATIN_FIELDS:
        if not _is_written(subject, field, khmer.is_latin_name):
            text = _(
                "A Latin name has only Latin letters, spaces and «-», «'», «.», «/». Khmer letters go in the Khmer name."
            )
            yield Problem(field, text, "V031")


def _is_written(subject, field, fits):
    """Whether a name, where there is one, is such as `fits` asks."""
    text = getattr(subject, field, None)
    try:
        return not text or fits(khmer.normal(text))
    except khmer.Refused:
        return False


def nobody_is_the_same(person, facts):
    others = _numbers(person, facts.same_people)
    if others:
        text = _(
            "Already registered with this name, date of birth and sex: %(numbers)s. Choose that person,"
            " or give the reason why this is another.",
            numbers=others,
        )
        yield Problem("surname_km", text, "V037", WARNING)


def nobody_is_alike(person, facts):
    others = _numbers(person, facts.alike_people)
    if others:
        text = _(
            "Registered with a similar name and the same father's name: %(numbers)s. Compare the photos and"
            " choose that person, or give the reason why this is another.",
            numbers=others,
        )
        yield Problem("surname_km", text, "V038", WARNING)


def _numbers(person, cards):
    """The register numbers of the first few cards. No names: a sentence may end up in a log."""
    return " · ".join([card.number for card in cards if card.number != person.number][:SHOWN_AT_MOST])
