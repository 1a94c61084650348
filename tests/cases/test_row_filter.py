"""Row filters: any query returns only rows of the reader's area and offence families."""

import json

import pytest
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.cases.models import Case, Exhibit, Involvement
from app.duplicates.models import Duplicate
from app.extensions import db
from app.kernel.access.access_grants import active_grants
from app.kernel.access.row_filter import BulkWriteForbidden, scoped_classes
from app.kernel.actor import Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.models import Person, PersonName
from app.reference.models import Offence
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person


@prepared
def two_provinces(db_session):
    """A case of Battambang and one of Phnom Penh, each with its people: (id, id)."""
    with acting_as("clerk.bb"):
        here = add_registered_case(place=BATTAMBANG, people=[(make_registered_person(number=1), "suspect")])
    with acting_as("clerk.pp"):
        there = add_registered_case(place=PHNOM_PENH, people=[(make_registered_person(number=2), "suspect")])
    db_session.commit()
    return here.id, there.id


def session_as(username):
    """Return a session of that user, with all access grants and nothing loaded."""
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    opened = db.session.execute(active_grants(user.id, user.unit_code, dates.now())).all()
    session = Session(db.engine)
    scope = build_user_scope(user, json.dumps([list(row) for row in opened]))
    roles = frozenset(role.name for role in user.roles)
    act_as(session, Actor(user.id, user.unit_code, scope=scope, roles=roles))
    return session


QUERIES = {
    "a list": lambda s: s.scalars(select(Case)).all(),
    "a list with a limit": lambda s: s.scalars(select(Case).order_by(Case.id).limit(10)).all(),
    "an alias": lambda s: s.scalars(select(aliased(Case))).all(),
    "a relation loaded along": lambda s: [
        row.case for row in s.scalars(select(Involvement).options(joinedload(Involvement.case))) if row.case
    ],
    "a relation from a subquery": lambda s: [
        row.case for row in s.scalars(select(Exhibit).options(selectinload(Exhibit.case))) if row.case
    ],
    "a subquery": lambda s: s.scalars(
        select(Case).where(Case.id.in_(select(Involvement.case_id)))
    ).all(),
    "a union": lambda s: s.scalars(
        select(Case).from_statement(select(Case).union(select(Case)))
    ).all(),
}  # fmt: skip


def test_query_of_any_kind_returns_only_own_province(each_database, two_provinces):
    for name, ask in QUERIES.items():
        with session_as("clerk.bb") as session:
            assert {case.id for case in ask(session)} == {two_provinces[0]}, name


def test_counts_and_exists_exclude_other_provinces(each_database, two_provinces):
    with session_as("clerk.bb") as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count(Exhibit.id))) == 1
        assert not session.scalar(select(exists().where(Case.id == two_provinces[1])))


# Both provinces or departments work on a pair of which each sees one record (see below, and
# tests/duplicates).
FILTERED_CLASSES = [cls for cls in scoped_classes() if cls.__name__ != "Duplicate"]


def get_key_column(cls):
    return cls.id if hasattr(cls, "id") else cls.person_id  # province lists: the person


def test_child_rows_are_filtered_by_province(two_provinces):
    with session_as("clerk.bb") as mine, session_as("clerk.pp") as others, session_as("manager") as nation:
        for cls in FILTERED_CLASSES:
            ids = [set(session.scalars(select(get_key_column(cls)))) for session in (mine, others, nation)]
            assert ids[0].isdisjoint(ids[1]), cls
            assert ids[0] | ids[1] == ids[2], cls


def test_get_by_key_from_another_province_returns_none(each_database, two_provinces):
    with session_as("clerk.bb") as session:
        assert session.get(Case, two_provinces[1]) is None
        assert session.get(Case, two_provinces[0]) is not None


def test_department_sees_its_offence_families_nationwide(each_database, two_provinces):
    with session_as("admin.crim") as session:  # the Criminal Police covers property offences
        assert session.scalar(select(func.count(Case.id))) == 2
    with session_as("admin.drugs") as session:
        assert session.scalar(select(func.count(Case.id))) == 0
        assert session.scalar(select(func.count(Person.id))) == 0


def test_department_sees_no_rows_of_other_families(db_session, two_provinces):
    with acting_as("clerk.pp"):
        drugs = add_registered_case(place=PHNOM_PENH, people=[(make_registered_person(number=7), "suspect")])
        drugs.offences[0].offence = db_session.scalars(
            select(Offence).where(Offence.family == "drugs")
        ).first()
    db_session.commit()
    with (
        session_as("admin.crim") as crimes,
        session_as("admin.drugs") as drug_offences,
        session_as("manager") as nation,
    ):
        sessions = (crimes, drug_offences, nation)
        for cls in FILTERED_CLASSES:
            ids = [set(session.scalars(select(get_key_column(cls)))) for session in sessions]
            assert ids[0].isdisjoint(ids[1]), cls
            assert ids[0] | ids[1] == ids[2], cls


def test_department_sees_duplicates_of_its_own_families(db_session):
    with acting_as("clerk.pp"):
        cases = [
            add_registered_case(place=PHNOM_PENH, people=[(make_registered_person(number), "suspect")])
            for number in (1, 2, 7, 8)
        ]
        for case in cases[2:]:
            case.offences[0].offence = db_session.scalars(
                select(Offence).where(Offence.family == "drugs")
            ).first()
    db_session.commit()
    pairs = {pair.id: set(pair.ids) for pair in db_session.scalars(select(Duplicate))}
    theft, drugs = ({case.involvements[0].person_id for case in some} for some in (cases[:2], cases[2:]))
    assert theft in pairs.values() and drugs in pairs.values() and len(pairs) == 6
    for username, own in (("admin.crim", theft), ("admin.drugs", drugs)):
        with session_as(username) as session:
            assert set(session.scalars(select(Duplicate.id))) == {one for one in pairs if pairs[one] & own}


def test_session_without_actor_sees_nothing(two_provinces):
    with Session(db.engine) as session:
        assert session.scalars(select(Case)).all() == []
        assert session.get(Person, 1) is None


def test_new_row_for_case_of_another_province_is_refused(each_database, two_provinces):
    with session_as("clerk.bb") as session:
        session.add(Exhibit(case_id=two_provinces[1], kind="cash", state="seized"))
        with pytest.raises(RuleViolation):
            session.flush()


def test_row_moved_to_case_of_another_province_is_refused(two_provinces):
    with session_as("clerk.bb") as session:
        row = session.scalars(select(Involvement)).one()
        row.case_id = two_provinces[1]
        with pytest.raises(RuleViolation):
            session.flush()


def test_bulk_update_does_not_reach_another_province(two_provinces):
    with session_as("clerk.bb") as session:
        with pytest.raises(Exception):  # noqa: B017 - the lock refuses it, or the scope leaves it without a row
            session.execute(update(Case).where(Case.id == two_provinces[1]).values(status="closed"))
            session.execute(delete(Exhibit).where(Exhibit.case_id == two_provinces[1]))
            raise LookupError
        session.rollback()
    assert db.session.get(Case, two_provinces[1], populate_existing=True).status == "open"


def test_bulk_insert_is_refused(two_provinces):
    with session_as("clerk.bb") as session, pytest.raises(BulkWriteForbidden):
        session.execute(insert(PersonName), [{"person_id": 1, "kind": "alias", "version": 1}])


def test_person_is_visible_in_every_area_with_a_case(each_database, two_provinces):
    there = db.session.get(Case, two_provinces[1])
    person = there.involvements[0].person
    with acting_as("clerk.bb"):
        add_registered_case(place=BATTAMBANG, people=[(person, "suspect")])
    db.session.commit()
    with session_as("clerk.bb") as session:
        found = session.get(Person, person.id)
        assert found is not None and found.documents
        assert (
            session.scalar(select(func.count(Involvement.id)).where(Involvement.person_id == person.id)) == 1
        )


def test_case_entered_outside_own_area_stays_visible(each_database, db_session, app):
    user = db.session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
    case = add_registered_case(place=PHNOM_PENH)
    db.session.commit()
    answer = app.test_client().sign_in("clerk.bb").get(f"/case/show/{case.id}")
    assert answer.status_code == 200


def test_protected_victim_is_shown_only_without_identity(each_database, db_session):
    victim = make_registered_person(number=5, surname_km="ទេព")
    with acting_as("clerk.bb"):
        case = add_registered_case(
            people=[(victim, "victim"), (make_registered_person(number=6), "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    for username in ("clerk.bb", "chief.bb", "manager"):
        with session_as(username) as session:
            assert session.get(Person, victim.id) is None
            assert session.scalars(select(PersonName).where(PersonName.person_id == victim.id)).all() == []
            rows = session.scalars(select(Involvement).where(Involvement.case_id == case.id)).all()
            assert [row.person is None for row in rows] == [True, False]


def test_suspect_does_not_reveal_protected_victim_role(db_session):
    person = make_registered_person(number=5)
    with acting_as("clerk.bb"):
        protected = add_registered_case(
            people=[(person, "victim"), (make_registered_person(number=6), "suspect")], sensitivity="sexual"
        )
        add_registered_case(people=[(person, "suspect")])
    db_session.commit()
    # The author sees an involvement for 48 hours after its entry, and can take it back.
    for username, roles in (("clerk.bb", ["victim", "suspect"]), ("investigator.bb", ["suspect"])):
        with session_as(username) as session:
            assert session.get(Person, person.id) is not None
            rows = session.scalars(select(Involvement).where(Involvement.case_id == protected.id)).all()
            assert [row.role for row in rows] == roles
