"""What must be true of a person: rules V030 to V043 and V045 (docs/rules.md).

`ask(PERSON, person, facts)` speaks of the person with his other names and documents.
"""

from app.people.rules import birth, documents, identity, names
from app.people.rules.birth import ages_on, completed_years
from app.people.rules.documents import document_key, may_be_one_country
from app.people.rules.facts import PersonFacts, of_each
from app.people.rules.identity import is_identified, is_named

__all__ = [
    "DOCUMENT",
    "OTHER_NAME",
    "PERSON",
    "PersonFacts",
    "ages_on",
    "completed_years",
    "document_key",
    "is_identified",
    "is_named",
    "may_be_one_country",
    "of_each",
]

OTHER_NAME = (names.another_name_is_written, names.letters_are_of_their_script)

DOCUMENT = (documents.national_number_has_nine_digits, documents.number_belongs_to_one_person)


def other_names(person, facts):
    yield from of_each(person.names, OTHER_NAME, facts)


def its_documents(person, facts):
    yield from of_each(person.documents, DOCUMENT, facts)


PERSON = (
    names.has_a_name,
    names.letters_are_of_their_script,
    other_names,
    birth.age_is_possible,
    birth.stated_age_agrees_with_birth,
    birth.estimated_age_is_a_range,
    identity.sex_is_known,
    identity.nationality_is_a_country,
    identity.foreigner_has_a_passport,
    its_documents,
    names.nobody_is_the_same,
    names.nobody_is_alike,
    identity.has_a_case,
)
