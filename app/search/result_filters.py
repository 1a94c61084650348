"""The filters of a search. Sex, birth and status are on everybody's card; all else is asked of the reader's own part alone.

An unknown sex or year of birth is no difference: such people stay, and their cards say what is not known.
"""

from datetime import timedelta
from functools import lru_cache

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import joinedload, load_only

from app.cases.models import Case, CaseOffence, Involvement
from app.extensions import db
from app.kernel.access.area import LEVELS
from app.kernel.access.row_filter import kept
from app.kernel.actor import actor_of
from app.kernel.database.array_params import among, among_given
from app.kernel.database.engine import dialect_of
from app.people import status
from app.people.models import Person

UNKNOWN = "unknown"
ON_A_CARD = (
    *(Person.surname_km, Person.given_km, Person.surname_latin, Person.given_latin, Person.sex),
    *(
        Person.born_on,
        Person.birth_precision,
        Person.birth_year,
        Person.age_stated,
        Person.age_from,
        Person.age_to,
    ),
    *(Person.home_code, Person.deceased_on),
)


def fitting(session, ids, question):
    """Those of these ids whose persons have a card and are not excluded by the filters on everybody's card."""
    if question.status:
        known = status.of(session, ids)
        ids = [one for one in ids if one in known and known[one].status == question.status]
    if not ids:
        return set()
    rows = select(Person.id, Person.sex, Person.birth_year).where(
        among(session, Person.id, ids), Person.voided_at.is_(None)
    )
    return {row.id for row in session.execute(rows) if fits_person(row, question)}


def people(session, ids):
    """id → (person as far as a card tells of him, whether he is of the reader's part), of those of these whom the session
    sees and who were not struck out."""
    if not ids:
        return {}
    standing = _standing(dialect_of(session), actor_of(db.session).scope)
    return {one.id: (one, bool(mine)) for one, mine in session.execute(standing, {"given": ids})}


@lru_cache(512)
def _standing(dialect, scope):
    within = false() if scope is None else Person.__within__(scope)
    standing = select(Person, true() if within is None else within).where(
        among_given(dialect, Person.id), Person.voided_at.is_(None)
    )
    return kept(standing.options(load_only(*ON_A_CARD, raiseload=True), joinedload(Person.standing)))


def fits_person(person, question):
    """Whether sex and year of birth, as far as they are known, are those that were asked for."""
    year = person.birth_year
    return (
        (not question.sex or person.sex in (question.sex, UNKNOWN))
        and (year is None or question.born_from is None or year >= question.born_from)
        and (year is None or question.born_to is None or year <= question.born_to)
    )


def of_part(ids, question):
    """Those of these ids whose persons are of the reader's part, and whom the filters on cases let through."""
    if not ids:
        return set()
    conditions = [Person.id.in_(ids)]
    if question.place:
        conditions.append(
            or_(_lives_in(question.place), Person.id.in_(_involved(ids, *_happened_in(question.place))))
        )
    asked = [*_of_case(question)]
    if asked:
        conditions.append(Person.id.in_(_involved(ids, *asked)))
    return set(db.session.scalars(select(Person.id).where(*conditions)))


def _lives_in(place):
    return and_(Person.home_code >= place, Person.home_code < place + "~")


def _happened_in(place):
    if len(place) in LEVELS:
        yield getattr(Involvement, LEVELS[len(place)]) == place
    else:
        yield Involvement.case_id.in_(select(Case.id).where(Case.place_code == place))


def _of_case(question):
    if question.role:
        yield Involvement.role == question.role
    if question.offence:
        offences = select(CaseOffence.case_id).where(CaseOffence.case_id == Involvement.case_id)
        yield offences.where(
            CaseOffence.offence_code == question.offence, CaseOffence.voided_at.is_(None)
        ).exists()
    days = []
    if question.since:
        days.append(Case.occurred_from >= question.since)
    if question.until:
        days.append(Case.occurred_from < question.until + timedelta(days=1))
    if days:
        yield select(Case.id).where(Case.id == Involvement.case_id, *days).exists()


def _involved(ids, *conditions):
    """The ids of those of these who stand in a case that fits: a statement of its own, bounded by the session."""
    rows = select(Involvement.person_id).where(
        Involvement.person_id.in_(ids), Involvement.voided_at.is_(None), *conditions
    )
    return set(db.session.scalars(rows))
