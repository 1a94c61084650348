"""Rules of a person: V030 to V043 and V045 (docs/rules.md).

Rule set `PERSON` checks the person with the other names and documents.
"""

from app.kernel.schema.rules import check_rows, not_in_the_future
from app.people.rules import birth, deaths, documents, identity, names
from app.people.rules.birth import count_completed_years, get_ages_on, has_age, is_unborn
from app.people.rules.documents import may_be_same_country, normalize_document_number
from app.people.rules.facts import PersonFacts
from app.people.rules.identity import is_identified, is_named

__all__ = [
    "DEATH",
    "DOCUMENT",
    "OTHER_NAME",
    "PERSON",
    "PersonFacts",
    "get_ages_on",
    "has_age",
    "is_unborn",
    "count_completed_years",
    "normalize_document_number",
    "is_identified",
    "is_named",
    "may_be_same_country",
]

OTHER_NAME = (names.other_name_is_not_empty, names.letters_match_script)

DEATH = (
    deaths.death_has_a_document,
    deaths.death_follows_birth,
    deaths.death_follows_the_last_act,
    not_in_the_future("died_on", "document_date"),
)

DOCUMENT = (documents.national_number_has_nine_digits, documents.number_belongs_to_one_person)


PERSON = (
    names.person_has_a_name,
    names.letters_match_script,
    birth.age_is_possible,
    birth.stated_age_matches_birth,
    birth.estimated_age_is_a_range,
    identity.sex_is_known,
    identity.nationality_is_a_country,
    identity.foreigner_has_a_passport,
    check_rows,
    names.person_has_no_duplicate,
    names.person_has_no_similar_person,
    identity.person_has_a_case,
)
