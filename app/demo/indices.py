"""Items of the exhibits, an organisation, relations between the people of cases, and the match of a stolen vehicle."""
# unrestricted: looks for cases of the demo as the system
# commits: the relations, as an officer would enter them

from sqlalchemy import func, select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.cases.models import Case, Exhibit, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.demo.letters import BATTAMBANG, CLERK, RECEIVER
from app.extensions import db
from app.indices.linking import link_new_exhibits, link_queued_exhibits
from app.indices.models import Organisation, Relation
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.database.transactions import commit

PHNOM_PENH = "12"
MOST = 4  # cases with relations
GRADES = {"source_grade": "b", "information_grade": "2"}


def generate_indices():
    """Link the exhibits to items, and enter the examples if there are none yet. Return the number of relations."""
    act_as(db.session, SYSTEM)
    link_new_exhibits(db.session)
    if db.session.scalar(select(Relation.id).limit(1)) is not None:
        return 0
    ids = _find_cases_with_suspects()
    user = db.session.scalars(select(User).where(User.username == CLERK)).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
    organisation = Organisation(name="ក្រុមហ៊ុន ដឹកជញ្ជូន មករា", kind="company")
    db.session.add(organisation)
    db.session.flush()
    count = sum(_relate(db.session.get(Case, pk), organisation) for pk in ids)
    commit()
    act_as(db.session, SYSTEM)
    _match_stolen_vehicle()
    commit()
    link_queued_exhibits(db.session)
    return count


def _find_cases_with_suspects():
    """Return the first cases of Battambang with two suspects who are not protected."""
    row = Involvement.__table__.c
    found = (
        select(row.case_id)
        .where(
            row.province_code == BATTAMBANG, row.role.in_(SUSPECT_ROLES), row.protection.is_(None),
            row.person_id.is_not(None), row.voided_at.is_(None),
        )
        .group_by(row.case_id).having(func.count() > 1).order_by(row.case_id).limit(MOST)
    )  # fmt: skip
    return list(db.session.scalars(found))


def _relate(case, organisation):
    """Relate the first two suspects, and the first one to the organisation. Return the number of relations."""
    people = [
        one.person for one in case.involvements
        if one.role in SUSPECT_ROLES and one.protection is None and one.person is not None
    ]  # fmt: skip
    if len(people) < 2:
        return 0
    db.session.add(Relation(case=case, from_person=people[0], kind="relative", to_person=people[1], **GRADES))
    db.session.add(
        Relation(case=case, from_person=people[0], kind="member", to_organisation=organisation, **GRADES)
    )
    db.session.flush()
    return 2


def _match_stolen_vehicle():
    """Raise the match of a vehicle stolen in Battambang of which the number was entered in Phnom Penh."""
    vehicles = select(Exhibit).where(
        Exhibit.kind == "vehicle", Exhibit.plate.is_not(None), Exhibit.voided_at.is_(None)
    )
    stolen = db.session.scalars(
        vehicles.where(Exhibit.province_code == BATTAMBANG, Exhibit.property_role == "stolen").order_by(
            Exhibit.id
        )
    ).first()
    found = db.session.scalars(
        select(Case.id).where(Case.province_code == PHNOM_PENH).order_by(Case.id)
    ).first()
    if stolen is None or found is None:
        return
    user = db.session.scalars(select(User).where(User.username == RECEIVER)).unique().one()
    number = stolen.plate.replace("-", " ")
    act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
    case = db.session.get(Case, found)
    exhibit = Exhibit(case=case, kind="vehicle", property_role="seized", description="ម៉ូតូ", plate=number)
    db.session.add(exhibit)
    db.session.flush()
