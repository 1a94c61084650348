"""Finds registered people and records by legacy numbers and identity documents, per batch."""

from rapidfuzz.distance import OSA
from sqlalchemy import select, tuple_

from app.cases.models import Case
from app.extensions import db
from app.kernel.audit.access_log import DATA_ENTRY
from app.kernel.schema.legacy_numbers import LegacyNumber, legacy_number_key
from app.name_search import phonetic_keys
from app.name_search.latin_phonetics import fold_letters
from app.people.comparison import add_question
from app.people.models import Person, PersonDocument
from app.people.nationwide import nationwide_session
from app.people.rules import may_be_same_country, normalize_document_number

SOURCE_SYSTEM = "e-crime"  # the source of records of another E-Crime system


def find_by_legacy_numbers(source, entity, numbers):
    """Return normalized legacy number → id of the record that the source system knew by it."""
    keys = {legacy_number_key(number) for number in numbers if number}
    query = select(LegacyNumber.number_key, LegacyNumber.entity_id).where(
        LegacyNumber.source == source, LegacyNumber.entity == entity, LegacyNumber.number_key.in_(keys)
    )
    return dict(db.session.execute(query).all()) if keys else {}


def find_own_cases(source, numbers):
    """Return the numbers of cases of this system, if the source is another E-Crime system: a number names one case."""
    if source != SOURCE_SYSTEM:
        return set()
    with nationwide_session(protected_too=True) as session:
        query = select(Case.number).where(Case.number.in_([number for number in numbers if number]))
        return set(session.scalars(query))


def find_people_by_legacy_numbers(source, numbers):
    """Return normalized legacy number → id of the person with it, nationwide, without protected people.

    A protected person is answered as an unknown one. The comparison is logged with the import.
    """
    keys = {legacy_number_key(number) for number in numbers if number}
    if not keys:
        return {}
    query = (
        select(LegacyNumber.number_key, Person.id)
        .join(Person, Person.id == LegacyNumber.entity_id)
        .where(
            LegacyNumber.source == source,
            LegacyNumber.entity == Person.__tablename__,
            LegacyNumber.number_key.in_(keys),
        )
    )
    with nationwide_session() as session:
        found = dict(session.execute(query).all())
    add_question("", set(found.values()), DATA_ENTRY)
    return found


def find_document_holders(documents):
    """Return (kind, normalized number) → [(person id, country)] nationwide, without protected people.

    The result is never displayed. The comparison is logged with the import.
    """
    keys = {(one["kind"], normalize_document_number(one["number"])) for one in documents}
    if not keys:
        return {}
    document, holders = PersonDocument, {}
    query = select(document.kind, document.number_key, document.person_id, document.country).where(
        tuple_(document.kind, document.number_key).in_(keys), document.voided_at.is_(None)
    )
    with nationwide_session() as session:
        for kind, number, person_id, country in session.execute(query):
            holders.setdefault((kind, number), []).append((person_id, country))
    add_question("", {one for found in holders.values() for one, _country in found}, DATA_ENTRY)
    return holders


def match_holders(holders, document):
    """Return the ids of the holders of this document. Unknown countries match every country."""
    key = document["kind"], normalize_document_number(document["number"])
    return {
        pk for pk, country in holders.get(key, ()) if may_be_same_country(country, document.get("country"))
    }


def load_people(ids):
    """Return id → Person within the importing officer's scope.

    A merged person is replaced by the surviving one.
    """
    found = (
        {person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
        if ids
        else {}
    )
    merged_into = {person.merged_into_id for person in found.values() if person.merged_into_id}
    survivors = (
        load_people(merged_into - found.keys()) | {pk: found[pk] for pk in merged_into & found.keys()}
        if merged_into
        else {}
    )
    return {
        pk: survivors.get(person.merged_into_id) if person.merged_into_id else person
        for pk, person in found.items()
    }


def find_differences(values, person):
    """Return the fields that differ between the file and the registered person.

    A difference suggests another person.
    """
    stated = {name: values.get(f"person.{name}") for name in ("sex", "born_on", "birth_year")}
    if stated["birth_year"] is None and stated["born_on"] is not None:
        stated["birth_year"] = stated["born_on"].year
    return [
        name
        for name, value in stated.items()
        if value is not None and getattr(person, name) is not None and value != getattr(person, name)
    ]


NAME_FIELDS = {
    phonetic_keys.fold_khmer: ("surname_km", "given_km"),
    fold_letters: ("surname_latin", "given_latin"),
}
MAX_DIFFERENCE = 0.34  # share of different sounds up to which two spellings may be one name


def has_other_name(values, person):
    """Return whether the row names another person: in no script do the names sound alike, nor is it an alias."""
    compared = False
    for fold, fields in NAME_FIELDS.items():
        stated = _join_name(values.get(f"person.{name}") for name in fields)
        known = _join_name(getattr(person, name) for name in fields)
        if stated and known:
            compared = True
            aliases = [one.text_km if "km" in fields[0] else one.text_latin for one in person.names]
            if any(_sound_alike(fold, stated, name) for name in (known, *filter(None, aliases))):
                return False
    return compared


def _join_name(parts):
    return " ".join(part for part in parts if part)


def _sound_alike(fold, one, other):
    """Return whether two names sound alike, in either order of surname and given name."""
    sound, swapped = fold(_sort_words(one)), fold(_sort_words(other))
    pairs = ((sound, swapped), (fold(one.replace(" ", "")), fold(other.replace(" ", ""))))
    return any(OSA.normalized_distance(first, second) <= MAX_DIFFERENCE for first, second in pairs)


def _sort_words(name):
    return "".join(sorted(name.split()))
