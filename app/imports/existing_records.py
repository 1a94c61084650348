"""Who and what is in the register already: by old numbers and by documents, asked for a whole batch at once."""

from sqlalchemy import select, tuple_

from app.extensions import db
from app.kernel.schema.legacy_numbers import OldNumber, key_of
from app.people.models import Person, PersonDocument
from app.people.nationwide import nation
from app.people.rules import document_key, may_be_one_country


def by_old_numbers(source, entity, numbers):
    """number as compared → id of the record that this register knew by it."""
    keys = {key_of(number) for number in numbers if number}
    found = select(OldNumber.number_key, OldNumber.entity_id).where(
        OldNumber.source == source, OldNumber.entity == entity, OldNumber.number_key.in_(keys)
    )
    return dict(db.session.execute(found).all()) if keys else {}


def bearers(documents):
    """(kind, number as compared) → [(person id, country)] of the whole nation; nothing of them is shown."""
    keys = {(one["kind"], document_key(one["number"])) for one in documents}
    if not keys:
        return {}
    document, found = PersonDocument, {}
    asked = select(document.kind, document.number_key, document.person_id, document.country).where(
        tuple_(document.kind, document.number_key).in_(keys), document.voided_at.is_(None)
    )
    with nation(protected_too=True) as session:
        for kind, number, person_id, country in session.execute(asked):
            found.setdefault((kind, number), []).append((person_id, country))
    return found


def bearer(there, document):
    """The ids of those who bear this document as far as both countries are known."""
    key = document["kind"], document_key(document["number"])
    return {pk for pk, country in there.get(key, ()) if may_be_one_country(country, document.get("country"))}


def people(ids):
    """id → Person, within the part of whoever imports; of who was joined with another that other one."""
    found = (
        {one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(ids)))} if ids else {}
    )
    joined = {one.joined_into_id for one in found.values() if one.joined_into_id}
    stays = people(joined - found.keys()) | {pk: found[pk] for pk in joined & found.keys()} if joined else {}
    return {pk: stays.get(one.joined_into_id) if one.joined_into_id else one for pk, one in found.items()}


def differing(values, person):
    """The names of what a file and the register tell differently of one person, so that it may be another."""
    told = {name: values.get(f"person.{name}") for name in ("sex", "born_on", "birth_year")}
    if told["birth_year"] is None and told["born_on"] is not None:
        told["birth_year"] = told["born_on"].year
    return [
        name
        for name, value in told.items()
        if value is not None and getattr(person, name) is not None and value != getattr(person, name)
    ]
