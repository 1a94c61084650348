"""What is kept of a person in his or her cases follows when the person's birth is corrected: age, minority and
with it whether the identity is protected."""

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from app.cases.models import Involvement
from app.people.models import Person

BIRTH = ("born_on", "birth_precision", "birth_year", "age_stated", "age_from", "age_to")


@event.listens_for(Session, "before_flush")
def _ages_follow(session, _context, _instances):
    corrected = [one for one in session.dirty if isinstance(one, Person) and _has_another_birth(one)]
    if not corrected:
        return
    with session.no_autoflush:
        rows = session.scalars(
            select(Involvement).where(Involvement.person_id.in_([one.id for one in corrected]))
        )
        for row in rows:
            row.derive()


def _has_another_birth(person):
    attributes = inspect(person).attrs
    return any(attributes[name].history.has_changes() for name in BIRTH)
