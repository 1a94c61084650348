"""Rules of sex, nationality and the reason for registration: V041, V042, V043, V045."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.people.rules.documents import PASSPORT

MALE, FEMALE, SEX_UNKNOWN = "M", "F", "unknown"
CAMBODIAN, STATELESS, NATIONALITY_UNKNOWN = "KH", "stateless", "unknown"
NO_COUNTRY = (STATELESS, NATIONALITY_UNKNOWN)


def is_named(person):
    return bool(person.surname_km or person.given_km or person.surname_latin or person.given_latin)


def is_identified(person):
    """Return whether the person is identified: by a name, or by a document or birth without the name."""
    return not person.unidentified and bool(is_named(person) or person.born_on or person.documents)


def is_foreign(person):
    return person.nationality not in (None, "", CAMBODIAN, *NO_COUNTRY)


def sex_is_known(person, facts):
    if person.sex not in (MALE, FEMALE, SEX_UNKNOWN):
        yield Problem("sex", _("The sex is missing. Choose male, female or unknown."), "V041")
    elif person.sex == SEX_UNKNOWN and is_identified(person) and not person.sex_reason:
        text = _("The sex of an identified person is given as unknown. Enter the reason.")
        yield Problem("sex", text, "V041", WARNING, "sex_unknown_reason")


def nationality_is_a_country(person, facts):
    if not person.nationality:
        if is_identified(person):
            text = _("The nationality is missing. Choose a country, stateless or unknown.")
            yield Problem("nationality", text, "V042")
    elif facts.countries and not (person.nationality in facts.countries or person.nationality in NO_COUNTRY):
        text = _(
            "%(code)s is not the code of a country. Choose a country, stateless or unknown.",
            code=person.nationality,
        )
        yield Problem("nationality", text, "V042")


def foreigner_has_a_passport(person, facts):
    with_passport = any(document.kind == PASSPORT and document.number for document in person.documents)
    if is_foreign(person) and is_identified(person) and not with_passport:
        text = _("Searches abroad for a foreigner need the passport number. Enter it among the documents.")
        yield Problem("nationality", text, "V043", WARNING)


def person_has_a_case(person, facts):
    if not (person.id or facts.has_case):
        text = _("A person can only be registered with a case. Enter the case, then the person in it.")
        yield Problem("surname_km", text, "V045")
