"""Rules of identity documents: V035, V036."""

from functools import lru_cache

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer

NATIONAL_ID, PASSPORT = "national_id", "passport"
NATIONAL_ID_DIGITS = 9


@lru_cache(8192)
def normalize_document_number(number):
    """Return a document number for comparison: Latin digits and capital letters only."""
    return "".join(ch for ch in khmer.to_latin_digits(number or "").upper() if ch.isascii() and ch.isalnum())


def may_be_same_country(one, other):
    """Return whether two documents can be from one country; an empty country matches any."""
    return not (one and other) or one == other


def national_number_has_nine_digits(document, facts):
    # A warning only: the Ministry has not confirmed the format.
    if document.kind != NATIONAL_ID or not document.number:
        return
    key = normalize_document_number(document.number)
    if not key.isdigit() or len(key) != NATIONAL_ID_DIGITS:
        text = _(
            "The number of a Cambodian identity card usually has %(right)s digits and nothing else."
            " Compare it with the card.",
            right=NATIONAL_ID_DIGITS,
        )
        yield Problem("number", text, "V035", WARNING)


def number_belongs_to_one_person(document, facts):
    other = facts.documents_elsewhere.get(normalize_document_number(document.number))
    if other and (document.person is None or other != document.person.number):
        text = _(
            "This number already belongs to %(other)s. Choose that person, or correct the number.",
            other=other,
        )
        yield Problem("number", text, "V036")
