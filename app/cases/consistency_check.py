"""Compares the ages of people in cases with their births, for `run.py status check`: a minor has other limits."""
# unrestricted: compares all involvements with their people, for a command
# chosen fields: an age depends on the birth only

from sqlalchemy import select

from app.cases.models import Case, Involvement
from app.cases.rules import ADULT_AGE
from app.people.models import Person
from app.people.rules import get_ages_on

BATCH_SIZE = 5000  # involvements in one query
BIRTH = ("born_on", "birth_precision", "birth_year", "age_from", "age_to", "age_stated")


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the ages that do not follow from the birth and the day of the case.

    `connection` must see every row.
    """
    row, person, case = (model.__table__.c for model in (Involvement, Person, Case))
    columns = row.id, row.age, row.minor, case.occurred_from, *(person[name] for name in BIRTH)
    joined = Involvement.__table__.join(Person.__table__).join(Case.__table__, case.id == row.case_id)
    valid = select(*columns).select_from(joined).where(row.voided_at.is_(None)).order_by(row.id)
    found, last = [], 0
    while rows := connection.execute(valid.where(row.id > last).limit(BATCH_SIZE)).all():
        last = rows[-1].id
        for one in rows:
            ages = get_ages_on(one, one.occurred_from)
            computed = {"age": ages[1] if ages else None, "minor": bool(ages) and ages[0] < ADULT_AGE}
            found += [
                ("involvement", one.id, name, str(getattr(one, name)), str(value))
                for name, value in computed.items()
                if getattr(one, name) != value
            ]
    return found
