"""Questions about persons that go beyond the asker's own area: who else bears this number or this name.

Whoever asks opens the door, once for all that he asks (`everybody`: a session that sees the whole nation, whom the law
protects too), and what comes back is a card or a number (settled: nationwide knowledge).
"""

from functools import cache

from sqlalchemy import Date, String, bindparam, select, union_all

from app.kernel.actor import Scope
from app.kernel.database.array_params import as_rows, rows_of
from app.kernel.database.engine import dialect_of
from app.kernel.i18n.lazy_message import _
from app.people.models import Person, PersonDocument
from app.people.nationwide import Card
from app.people.rules import document_key, may_be_one_country
from app.people.visibility import sees

MOST = 5  # examples of each kind of likeness that a clerk is shown
OF_ONE = 50 * MOST  # registered people who are read for each who is asked for
KINDS = {
    "names": {"surname_km": String, "given_km": String, "sex": String, "born_on": Date},
    "latin": {"surname_latin": String, "given_latin": String, "father_name": String},
}


def documents_elsewhere(everybody, documents):
    """document_key → number of another registered person who bears it (V036); of a protected one only that there is.

    Whose document it is must be loaded, where it is registered.
    """
    asked = [(document_key(d.number), d.kind, d.country, _bearer(d)) for d in documents if d.number]
    if not asked:
        return {}
    rows = everybody.execute(_borne(), {"keys": sorted({key for key, *_rest in asked})}).all()
    return {
        row.number_key: f"P-{row.person_id:07d}"
        if row.has_card
        else _("somebody whose identity is protected")
        for row in rows
        if any(
            (key, kind) == (row.number_key, row.kind)
            and may_be_one_country(country, row.country)
            and bearer != row.person_id
            for key, kind, country, bearer in asked
        )
    }


@cache
def _borne():
    """The statement that finds the documents with one of some keys."""
    return select(
        PersonDocument.number_key,
        PersonDocument.kind,
        PersonDocument.country,
        PersonDocument.person_id,
        sees(PersonDocument.person_id, Scope()).label("has_card"),
    ).where(
        PersonDocument.voided_at.is_(None),
        PersonDocument.number_key.in_(bindparam("keys", expanding=True)),
    )


def _bearer(document):
    return document.person.id if document.person is not None else document.person_id


def namesakes(everybody, people):
    """Two dicts, each id(person) → cards of registered people who may be the same: those of the same name, sex and
    birth (V037), and those with the same father's name and a name alike in Latin letters (V038). One statement.
    """
    names = {id(person): _name_and_birth(person) for person in people}
    names = {one: parts for one, parts in names.items() if all(parts)}
    latin = {id(person): _latin_and_father(person) for person in people}
    latin = {one: parts for one, parts in latin.items() if all(parts)}
    of_name, of_father = {}, {}
    for one in _found(everybody, set(names.values()), set(latin.values())):
        of_name.setdefault(_name_and_birth(one), []).append(one)
        of_father.setdefault(_latin_and_father(one), []).append(one)
    same = {one: of_name.get(parts, ()) for one, parts in names.items()}
    alike = {one: of_father.get(parts, ()) for one, parts in latin.items()}
    return _cards(same), _cards(alike)


def _found(everybody, names, latin):
    """The registered people with a card who bear one of these names."""
    if not names and not latin:
        return []
    asked = {"names": names} if names else {}
    asked |= {"latin": latin} if latin else {}
    given = {key: as_rows(sorted(found)) for key, found in asked.items()}
    most = OF_ONE * sum(map(len, asked.values()))
    return everybody.scalars(_bearers(dialect_of(everybody), *asked), given | {"most": most}).all()


@cache
def _bearers(dialect, *asked):
    """The statement that finds them. Each kind of name has an index of its own."""
    parts = []
    for one in asked:
        rows = rows_of(dialect, one, **KINDS[one]).c
        alike = (getattr(Person, name) == rows[name] for name in KINDS[one])
        found = select(Person.id).where(*alike, Person.voided_at.is_(None), sees(Person.id, Scope()))
        parts.append(found.limit(bindparam("most")).subquery())
    return select(Person).where(Person.id.in_(union_all(*(select(part.c.id) for part in parts))))


def _cards(found):
    return {one: [Card.of(person) for person in some[:MOST]] for one, some in found.items() if some}


def _name_and_birth(person):
    return tuple(getattr(person, name) for name in KINDS["names"])


def _latin_and_father(person):
    return tuple(getattr(person, name) for name in KINDS["latin"])
