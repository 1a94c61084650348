"""Queries about persons nationwide: other holders of a document number or a name.

`people.comparison` opens the nationwide session, which excludes protected persons.
"""

from functools import cache

from sqlalchemy import Date, String, bindparam, select, union_all

from app.kernel.database.array_params import rows_from_json, to_json_rows
from app.kernel.database.engine import dialect_name
from app.people.models import Person, PersonDocument
from app.people.nationwide import PersonCard
from app.people.rules import may_be_same_country, normalize_document_number

MAX_EXAMPLES = 5  # matching examples shown to a clerk, of each kind
ROWS_PER_PERSON = 50 * MAX_EXAMPLES  # rows read for each person in the query
NAME_KEYS = {
    "names": {"surname_km": String, "given_km": String, "sex": String, "born_on": Date},
    "latin": {"surname_latin": String, "given_latin": String, "father_name": String},
}


def find_documents_elsewhere(session, documents):
    """Return document number key → id of another registered holder (V036).

    The holder of each registered document must be loaded.
    """
    documents_by_key = [
        (normalize_document_number(d.number), d.kind, d.country, _get_holder_id(d))
        for d in documents
        if d.number
    ]
    if not documents_by_key:
        return {}
    rows = session.execute(
        _select_documents(), {"keys": sorted({key for key, *_rest in documents_by_key})}
    ).all()
    return {
        row.number_key: row.person_id
        for row in rows
        if any(
            (key, kind) == (row.number_key, row.kind)
            and may_be_same_country(country, row.country)
            and holder_id != row.person_id
            for key, kind, country, holder_id in documents_by_key
        )
    }


@cache
def _select_documents():
    """Return the statement for documents with one of some keys."""
    return select(
        PersonDocument.number_key,
        PersonDocument.kind,
        PersonDocument.country,
        PersonDocument.person_id,
    ).where(
        PersonDocument.voided_at.is_(None),
        PersonDocument.number_key.in_(bindparam("keys", expanding=True)),
    )


def _get_holder_id(document):
    return document.person.id if document.person is not None else document.person_id


def is_comparable(person):
    """Return whether enough is known of the name and birth of a person for a comparison."""
    return all(_name_and_birth(person)) or all(_latin_and_father(person))


def find_namesakes(session, people):
    """Return two dicts id(person) → cards of registered people who may be the same. Runs one statement.

    The first dict matches name, sex and birth (V037). The second matches the father's name and the name in Latin
    letters (V038).
    """
    names = {id(person): _name_and_birth(person) for person in people}
    names = {one: parts for one, parts in names.items() if all(parts)}
    latin = {id(person): _latin_and_father(person) for person in people}
    latin = {one: parts for one, parts in latin.items() if all(parts)}
    of_name, of_father = {}, {}
    for one in _find_by_names(session, set(names.values()), set(latin.values())):
        of_name.setdefault(_name_and_birth(one), []).append(one)
        of_father.setdefault(_latin_and_father(one), []).append(one)
    same = {one: of_name.get(parts, ()) for one, parts in names.items()}
    alike = {one: of_father.get(parts, ()) for one, parts in latin.items()}
    return _make_cards(same), _make_cards(alike)


def _find_by_names(session, names, latin):
    """Return the registered people who have one of these names."""
    if not names and not latin:
        return []
    wanted = {"names": names} if names else {}
    wanted |= {"latin": latin} if latin else {}
    params = {key: to_json_rows(sorted(found)) for key, found in wanted.items()}
    limit = ROWS_PER_PERSON * sum(map(len, wanted.values()))
    return session.scalars(_select_by_names(dialect_name(session), *wanted), params | {"limit": limit}).all()


@cache
def _select_by_names(dialect, *kinds):
    """Return the statement of `_find_by_names`. Each kind of name has its own index."""
    parts = []
    for one in kinds:
        rows = rows_from_json(dialect, one, **NAME_KEYS[one]).c
        equal = (getattr(Person, name) == rows[name] for name in NAME_KEYS[one])
        found = select(Person.id).where(*equal, Person.voided_at.is_(None))
        parts.append(found.limit(bindparam("limit")).subquery())
    return select(Person).where(Person.id.in_(union_all(*(select(part.c.id) for part in parts))))


def _make_cards(found):
    return {
        one: [PersonCard.from_person(person) for person in some[:MAX_EXAMPLES]]
        for one, some in found.items()
        if some
    }


def _name_and_birth(person):
    return tuple(getattr(person, name) for name in NAME_KEYS["names"])


def _latin_and_father(person):
    return tuple(getattr(person, name) for name in NAME_KEYS["latin"])
