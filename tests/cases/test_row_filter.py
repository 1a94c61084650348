"""You see only your part: whoever asks, by whatever way, gets the rows of his area, of his families, and no other."""

import json

import pytest
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.accounts.models import User
from app.accounts.user_scope import scope_of
from app.cases.models import Case, Exhibit, Involvement
from app.duplicates.models import Duplicate
from app.extensions import db
from app.kernel.access.access_grants import open_for
from app.kernel.access.row_filter import BulkRefused, scoped_classes
from app.kernel.actor import Actor, act_as
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates
from app.people.models import Person, PersonName
from app.reference.models import Offence
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_case, a_registered_person, written_by


@pytest.fixture
def two_provinces(db_session):
    """A case of Battambang and one of Phnom Penh, each with its people: (id, id)."""
    with written_by("clerk.bb"):
        here = a_registered_case(place=BATTAMBANG, people=[(a_registered_person(number=1), "suspect")])
    with written_by("clerk.pp"):
        there = a_registered_case(place=PHNOM_PENH, people=[(a_registered_person(number=2), "suspect")])
    db_session.commit()
    return here.id, there.id


def seen_by(username):
    """A session of that user with all that stands open for him, in which nothing was read before."""
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    opened = db.session.execute(open_for(user.id, user.unit_code, dates.now())).all()
    session = Session(db.engine)
    scope = scope_of(user, json.dumps([list(row) for row in opened]))
    act_as(session, Actor(user.id, user.unit_code, scope=scope))
    return session


QUESTIONS = {
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


@pytest.mark.parametrize("ask", [pytest.param(ask, id=name) for name, ask in QUESTIONS.items()])
def test_a_clerk_gets_the_cases_of_his_province_by_every_kind_of_question(each_database, two_provinces, ask):
    with seen_by("clerk.bb") as session:
        assert {case.id for case in ask(session)} == {two_provinces[0]}


def test_counts_and_existence_tell_nothing_of_another_province(each_database, two_provinces):
    with seen_by("clerk.bb") as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count(Exhibit.id))) == 1
        assert not session.scalar(select(exists().where(Case.id == two_provinces[1])))


# A pair of which each province, or each department, sees one record is worked on by both (see below, and tests/duplicates).
BOUNDED = [cls for cls in scoped_classes() if cls.__name__ != "Duplicate"]


def key(cls):
    return cls.id if hasattr(cls, "id") else cls.person_id  # of a list of people the person


@pytest.mark.parametrize("cls", BOUNDED, ids=lambda cls: cls.__name__)
def test_every_row_that_hangs_on_a_case_or_person_is_bounded_when_asked_for_alone(two_provinces, cls):
    with seen_by("clerk.bb") as mine, seen_by("clerk.pp") as others, seen_by("manager") as all_of_them:
        ids = [set(session.scalars(select(key(cls)))) for session in (mine, others, all_of_them)]
    assert ids[0].isdisjoint(ids[1]), cls
    assert ids[0] | ids[1] == ids[2], cls


def test_a_key_of_another_province_finds_nothing(each_database, two_provinces):
    with seen_by("clerk.bb") as session:
        assert session.get(Case, two_provinces[1]) is None
        assert session.get(Case, two_provinces[0]) is not None


def test_a_department_sees_its_offence_families_in_the_whole_nation(each_database, two_provinces):
    with seen_by("admin.crim") as session:  # property offences are of the Criminal Police
        assert session.scalar(select(func.count(Case.id))) == 2
    with seen_by("admin.drugs") as session:
        assert session.scalar(select(func.count(Case.id))) == 0
        assert session.scalar(select(func.count(Person.id))) == 0


@pytest.mark.parametrize("cls", BOUNDED, ids=lambda cls: cls.__name__)
def test_of_no_table_does_a_department_see_what_is_of_another_family(db_session, two_provinces, cls):
    with written_by("clerk.pp"):
        drugs = a_registered_case(place=PHNOM_PENH, people=[(a_registered_person(number=7), "suspect")])
        drugs.offences[0].offence = db_session.scalars(
            select(Offence).where(Offence.family == "drugs")
        ).first()
    db_session.commit()
    with (
        seen_by("admin.crim") as crimes,
        seen_by("admin.drugs") as drug_offences,
        seen_by("manager") as nation,
    ):
        ids = [set(session.scalars(select(key(cls)))) for session in (crimes, drug_offences, nation)]
    assert ids[0].isdisjoint(ids[1]), cls
    assert ids[0] | ids[1] == ids[2], cls


def test_of_pairs_a_department_sees_those_with_somebody_of_its_own_families(db_session):
    with written_by("clerk.pp"):
        cases = [
            a_registered_case(place=PHNOM_PENH, people=[(a_registered_person(number), "suspect")])
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
        with seen_by(username) as session:
            assert set(session.scalars(select(Duplicate.id))) == {one for one in pairs if pairs[one] & own}


def test_a_session_of_which_nobody_said_who_acts_sees_nothing(two_provinces):
    with Session(db.engine) as session:
        assert session.scalars(select(Case)).all() == []
        assert session.get(Person, 1) is None


def test_a_new_row_may_not_hang_on_a_case_of_another_province(each_database, two_provinces):
    with seen_by("clerk.bb") as session:
        session.add(Exhibit(case_id=two_provinces[1], kind="cash", state="seized"))
        with pytest.raises(RuleBroken):
            session.flush()


def test_nobody_is_moved_to_a_case_of_another_province(two_provinces):
    with seen_by("clerk.bb") as session:
        row = session.scalars(select(Involvement)).one()
        row.case_id = two_provinces[1]
        with pytest.raises(RuleBroken):
            session.flush()


def test_a_change_in_bulk_reaches_nothing_of_another_province(two_provinces):
    with seen_by("clerk.bb") as session:
        with pytest.raises(Exception):  # noqa: B017 - the lock refuses it, or the scope leaves it without a row
            session.execute(update(Case).where(Case.id == two_provinces[1]).values(status="closed"))
            session.execute(delete(Exhibit).where(Exhibit.case_id == two_provinces[1]))
            raise LookupError
        session.rollback()
    assert db.session.get(Case, two_provinces[1], populate_existing=True).status == "open"


def test_rows_are_not_added_in_bulk(two_provinces):
    with seen_by("clerk.bb") as session, pytest.raises(BulkRefused):
        session.execute(insert(PersonName), [{"person_id": 1, "kind": "alias", "version": 1}])


def test_a_person_is_of_every_area_in_which_he_has_a_case(each_database, two_provinces):
    there = db.session.get(Case, two_provinces[1])
    person = there.involvements[0].person
    with written_by("clerk.bb"):
        a_registered_case(place=BATTAMBANG, people=[(person, "suspect")])
    db.session.commit()
    with seen_by("clerk.bb") as session:
        found = session.get(Person, person.id)
        assert found is not None and found.documents
        assert (
            session.scalar(select(func.count(Involvement.id)).where(Involvement.person_id == person.id)) == 1
        )


def test_a_case_entered_beyond_ones_own_part_stays_in_sight(each_database, db_session, app):
    user = db.session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, scope=scope_of(user)))
    case = a_registered_case(place=PHNOM_PENH)
    db.session.commit()
    answer = app.test_client().sign_in("clerk.bb").get(f"/case/show/{case.id}")
    assert answer.status_code == 200


def test_the_victim_of_a_protected_case_is_found_by_nobody_but_the_case_tells_of_one(
    each_database, db_session
):
    victim = a_registered_person(number=5, surname_km="ទេព")
    with written_by("clerk.bb"):
        case = a_registered_case(
            people=[(victim, "victim"), (a_registered_person(number=6), "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    for username in ("clerk.bb", "chief.bb", "manager"):
        with seen_by(username) as session:
            assert session.get(Person, victim.id) is None
            assert session.scalars(select(PersonName).where(PersonName.person_id == victim.id)).all() == []
            rows = session.scalars(select(Involvement).where(Involvement.case_id == case.id)).all()
            assert [row.person is None for row in rows] == [True, False]


def test_that_a_suspect_is_the_protected_victim_of_another_case_is_not_told(db_session):
    person = a_registered_person(number=5)
    with written_by("clerk.bb"):
        protected = a_registered_case(
            people=[(person, "victim"), (a_registered_person(number=6), "suspect")], sensitivity="sexual"
        )
        a_registered_case(people=[(person, "suspect")])
    db_session.commit()
    with seen_by("clerk.bb") as session:
        assert session.get(Person, person.id) is not None
        rows = session.scalars(select(Involvement).where(Involvement.case_id == protected.id)).all()
        assert [row.role for row in rows] == ["suspect"]
