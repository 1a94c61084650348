"""The photos beside that of the suspect: who is proposed, and who may not be in a line-up."""
# unrestricted: compares with all rows of the case and all protected people

from sqlalchemy import and_, case, exists, func, or_, select

from app.accounts.encryption import derive_bytes
from app.cases.models import Involvement
from app.cases.rules import ADULT_AGE
from app.cases.rules.people import SUSPECT_ROLES
from app.duplicates.models import DISMISSED, Duplicate
from app.kernel.actor import unrestricted
from app.kernel.text import dates
from app.people.models import Person, PersonPhoto
from app.people.rules import get_ages_on
from app.people.status import CLEARED, PersonStatus
from app.people.visibility import Visibility

PROPOSED, CANDIDATES = 30, 120  # half of the candidates are not proposed, and some are barred
AGE_BAND, WIDE_AGE_BAND = 5, 10  # years below and above the suspect


def find_photo(session, person_id):
    """Return the newest valid photo of a person, or None."""
    found = select(PersonPhoto).where(PersonPhoto.person_id == person_id, PersonPhoto.voided_at.is_(None))
    return session.scalars(found.order_by(PersonPhoto.id.desc()).limit(1)).unique().one_or_none()


def may_be_filler(lineup, suspect):
    """Return the conditions of people in the scope of the reader whose photo may be beside that of the suspect."""
    photo, today = PersonPhoto.__table__.c, dates.now().date()
    return (
        Person.sex == suspect.sex,
        Person.birth_year < today.year - ADULT_AGE,  # an age that is not known may be that of a child
        Person.voided_at.is_(None), Person.merged_into_id.is_(None), Person.deceased_on.is_(None),
        exists().where(photo.person_id == Person.id, photo.voided_at.is_(None)),
    )  # fmt: skip


def is_proposed_at_all(person_id):
    """Return whether the person belongs to the half of all people whose photos are proposed.

    A protected person is missing in a proposal as the other half is. The half follows from the secret key: it is the same in
    each line-up, so several proposals say no more than one.
    """
    return derive_bytes("filler of a line-up", str(person_id))[0] % 2 == 0


def exclude_barred(session, lineup, ids):
    """Return the people among these who may be in the line-up, as a set of ids.

    Never a protected or hidden person, a suspect below 18, a victim or witness of any case, a person of this case, one
    who was acquitted, or a likely duplicate of the suspect. A row outside the scope of the reader counts too.
    """
    row, seen, status = Involvement.__table__.c, Visibility.__table__.c, PersonStatus.__table__.c
    pair, suspect_id = Duplicate.__table__.c, lineup.suspect.person_id
    is_suspect = or_(
        and_(pair.first_id == suspect_id, pair.second_id == Person.id),
        and_(pair.second_id == suspect_id, pair.first_id == Person.id),
    )
    is_barred = or_(
        row.case_id == lineup.case_id, row.protection.is_not(None), row.role.not_in(SUSPECT_ROLES)
    )
    with unrestricted(session):
        found = select(Person.id).where(
            Person.id.in_(ids),
            ~exists().where(row.person_id == Person.id, row.voided_at.is_(None), is_barred),
            ~exists().where(seen.person_id == Person.id, or_(seen.hidden, seen.minor)),
            ~exists().where(status.person_id == Person.id, status.status == CLEARED),
            ~exists().where(is_suspect, pair.state != DISMISSED),
        )
        return set(session.scalars(found))


def propose_fillers(session, lineup, is_wide=False):
    """Return people in the scope of the reader who look like the suspect on paper: sex, age and nationality."""
    suspect, today = lineup.suspect.person, dates.now().date()
    if suspect is None:
        return []
    found = select(Person).where(*may_be_filler(lineup, suspect))
    ages, nearest = get_ages_on(suspect, today), ()
    if ages is not None:
        born, band = today.year - sum(ages) // 2, WIDE_AGE_BAND if is_wide else AGE_BAND
        found = found.where(Person.birth_year.between(born - band, born + band))
        nearest = (func.abs(Person.birth_year - born),)
    same = case((Person.nationality == suspect.nationality, 0), else_=1)
    found = found.order_by(same, *nearest, Person.id.desc()).limit(CANDIDATES)
    people = [one for one in session.scalars(found).unique() if is_proposed_at_all(one.id)]
    may_be = exclude_barred(session, lineup, [one.id for one in people])
    return [one for one in people if one.id in may_be][:PROPOSED]
