"""The filters of a search. Sex, birth and status are on every card; the others apply to the reader's area only.

An unknown sex or birth year passes the filter, and the card shows that it is unknown.
"""

from datetime import timedelta
from functools import lru_cache

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import joinedload, load_only

from app.cases import court_findings
from app.cases.models import Case, CaseOffence, Involvement
from app.extensions import db
from app.kernel.access.area import LEVELS
from app.kernel.access.row_filter import cacheable
from app.kernel.actor import actor_of
from app.kernel.database.array_params import in_array, in_bound_array
from app.kernel.database.engine import dialect_name
from app.people import status
from app.people.models import Person

UNKNOWN = "unknown"
CARD_COLUMNS = (
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


def filter_by_card(session, ids, query):
    """Return the ids of the persons with a card that the filters on card fields accept."""
    if query.status:
        shown = {pk: one.status for pk, one in status.get_statuses(session, ids).items()}
        ids = status.find_holders(session, shown, query.status)
    if not ids:
        return set()
    rows = select(Person.id, Person.sex, Person.birth_year).where(
        in_array(session, Person.id, ids), Person.voided_at.is_(None)
    )
    return {row.id for row in session.execute(rows) if is_match(row, query)}


def load_persons(session, ids):
    """Return {id: (person with the card fields, whether in the reader's area)} of visible, valid persons."""
    if not ids:
        return {}
    query = _persons_query(dialect_name(session), actor_of(db.session).scope)
    return {one.id: (one, bool(in_area)) for one, in_area in session.execute(query, {"values": ids})}


@lru_cache(512)
def _persons_query(dialect, scope):
    row_filter = false() if scope is None else Person.__row_filter__(scope)
    query = select(Person, true() if row_filter is None else row_filter).where(
        in_bound_array(dialect, Person.id), Person.voided_at.is_(None)
    )
    return cacheable(query.options(load_only(*CARD_COLUMNS, raiseload=True), joinedload(Person.standing)))


def is_match(person, query):
    """Return whether sex and birth year match the query or are unknown."""
    year = person.birth_year
    return (
        (not query.sex or person.sex in (query.sex, UNKNOWN))
        and (year is None or query.born_from is None or year >= query.born_from)
        and (year is None or query.born_to is None or year <= query.born_to)
    )


def filter_in_area(ids, query):
    """Return the ids of the persons in the reader's area that the case filters accept."""
    if not ids:
        return set()
    conditions = [Person.id.in_(ids)]
    if query.place:
        conditions.append(
            or_(
                _lives_in(query.place),
                Person.id.in_(_find_involved(ids, *_case_place_conditions(query.place))),
            )
        )
    case_conditions = [*_case_conditions(query)]
    if case_conditions:
        conditions.append(Person.id.in_(_find_involved(ids, *case_conditions)))
    return set(db.session.scalars(select(Person.id).where(*conditions)))


def _lives_in(place):
    return and_(Person.home_code >= place, Person.home_code < place + "~")


def _case_place_conditions(place):
    if len(place) in LEVELS:
        yield getattr(Involvement, LEVELS[len(place)]) == place
    else:
        yield Involvement.case_id.in_(select(Case.id).where(Case.place_code == place))


def _case_conditions(query):
    if query.role:
        yield court_findings.has_current_role(query.role)
    if query.offence:
        offences = select(CaseOffence.case_id).where(CaseOffence.case_id == Involvement.case_id)
        yield offences.where(
            CaseOffence.offence_code == query.offence, CaseOffence.voided_at.is_(None)
        ).exists()
    days = []
    if query.since:
        days.append(Case.occurred_from >= query.since)
    if query.until:
        days.append(Case.occurred_from < query.until + timedelta(days=1))
    if days:
        yield select(Case.id).where(Case.id == Involvement.case_id, *days).exists()


def _find_involved(ids, *conditions):
    """Return the ids of the persons in a case that meets the conditions. The session adds its row filter."""
    rows = select(Involvement.person_id).where(
        Involvement.person_id.in_(ids), Involvement.voided_at.is_(None), *conditions
    )
    return set(db.session.scalars(rows))
