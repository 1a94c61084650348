"""The list of whoever is bounded by an area goes through its own people alone, and shows the same as if it asked of each of the
nation."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, insert, select, update

from app.extensions import db
from app.kernel.actor import THE_REGISTER, Actor, Scope, act_as, actor_of
from app.kernel.screens import keyset
from app.kernel.screens.keyset import Walk, plainly, with_key
from app.people.models import Person
from app.people.visibility import ProvinceList, Visibility, unlisted
from app.reference.models import Unit
from tests.kernel.screens.test_list_query import keys, walk
from tests.query_plans import planned
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_case, a_registered_person, written_by

RUNS = int(os.environ.get("MACHINE_RUNS", "5"))
ROW = ProvinceList.__table__
PLACES = some.sampled_from(("02", "12", None))
UNITS = some.sampled_from(("PC-02", "PC-12", "D-1", None))
SEEN = some.fixed_dictionaries({"province_code": PLACES, "unit_code": UNITS, "hidden": some.booleans()})
NUMBER, ONE = some.integers(0, 20), some.integers(0, 2)
ACTS = some.one_of(
    some.tuples(some.just("show"), ONE, SEEN),
    some.tuples(some.just("hide"), NUMBER),
    some.tuples(some.just("change"), NUMBER, ONE, SEEN),
    some.tuples(some.just("rename"), ONE, some.sampled_from("កខគ")),
    some.tuples(
        some.just("move"), some.sampled_from(("PC-02", "PC-12")), some.sampled_from(("04", "0203", None))
    ),
)


@pytest.fixture
def people(db_session):
    """Three people of Battambang: one of a case, two in the same."""
    found = [a_registered_person(number) for number in range(3)]
    with written_by("clerk.bb"):
        a_registered_case(people=[(one, "suspect") for one in found])
    db_session.commit()
    return [one.id for one in found]


def do(people, act, *told):
    rows = Visibility.__table__
    if act == "show":
        return insert(rows).values(person_id=people[told[0]], **told[1])
    if act == "rename":
        return update(Person.__table__).where(Person.id == people[told[0]]).values(name_sort=told[1])
    if act == "move":
        return update(Unit.__table__).where(Unit.code == told[0]).values(area_code=told[1])
    ids = db.session.scalars(select(Visibility.id).order_by(Visibility.id)).all()
    this = rows.c.id == (ids[told[0] % len(ids)] if ids else 0)
    if act == "hide":
        return delete(rows).where(this)
    return update(rows).where(this).values(person_id=people[told[1]], **told[2])


def expected():
    """The same rows, told in Python from all that says whose the people are."""
    names = dict(db.session.execute(select(Person.id, Person.name_sort)).all())
    areas = dict(db.session.execute(select(Unit.code, Unit.area_code)).all())
    shown = db.session.execute(select(Visibility.__table__).where(~Visibility.hidden))
    provinces = (
        (row, code) for row in shown for code in (row.province_code, areas.get(row.unit_code)) if code
    )
    return {(code[:2], names[row.person_id], row.person_id) for row, code in provinces}


def test_nobody_is_missing_and_each_stands_by_his_name_after_any_acts(people, each_database):
    @settings(max_examples=RUNS * 5, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(some.lists(ACTS, min_size=1, max_size=8))
    def try_them(acts):
        act_as(db.session, THE_REGISTER)
        names = select(Person.id, Person.name_sort)
        for act in acts:
            db.session.connection().execute(do(people, *act))
            listed = {tuple(row) for row in db.session.execute(select(ROW))}
            assert listed >= expected()
            assert {(row[2], row[1]) for row in listed} <= {tuple(row) for row in db.session.execute(names)}
        db.session.rollback()

    assert {row.province_code for row in db.session.execute(select(ROW))} == {"02"}
    try_them()


def test_whoever_was_taken_from_a_list_past_the_register_is_named(people, owner, each_database):
    with owner.begin() as connection:
        assert unlisted(connection) == []
        connection.execute(delete(ROW).where(ROW.c.person_id == people[1]))
        assert [tuple(row)[::2] for row in unlisted(connection)] == [("02", people[1])]


@pytest.fixture
def provinces(db_session):
    """Seventy people in Battambang and in Phnom Penh by turns, the names of each seven equal; what each has entered lies in his
    own province but for one case. Gives the keys of the cases and of their people."""
    made = []
    for number in range(14):
        mine, theirs = ("clerk.bb", BATTAMBANG), ("clerk.pp", PHNOM_PENH)
        who, place = (mine, theirs)[number % 2]
        given = "កខគឃងចឆជឈញ"
        with written_by(who):
            people = [a_registered_person(10 * number + n, given_km=given[n]) for n in range(5)]
            case = a_registered_case(
                place=BATTAMBANG if number == 5 else place, people=[(p, "suspect") for p in people]
            )
            db_session.flush()
        made.append((case.id, [one.id for one in people]))
    db_session.commit()
    return made


def scopes(provinces):
    """Every kind of part that somebody may have, and what may be opened to him beyond it."""
    (case, people), (_other, others) = provinces[1], provinces[3]
    beyond = {"shared": frozenset({case}), "opened": frozenset(others[:2]), "revealed": frozenset(people[:1])}
    yield Scope()
    yield Scope(unit="PC-12")
    yield Scope(area="12", unit="PC-12")
    for area in ("02", "0203", "12", "1201", "25"):
        yield Scope(area=area, unit="PC-99")
        yield Scope(area=area, unit="PC-99", families=frozenset({"property"}))
    yield Scope(area="25", unit="PC-25", **beyond)
    yield Scope(area="02", unit="PC-02", **beyond)
    yield from (Scope(area="02", unit="PC-02", **{name: ids}) for name, ids in beyond.items())


def pages(seen_from, found, falling):
    act_as(db.session, Actor(scope=seen_from))
    statement = keyset.page(Person, [], found, falling, 100)
    return [one.id for one in db.session.scalars(statement)]


@pytest.mark.parametrize("falling", [False, True])
def test_a_walk_through_fewer_finds_the_same_in_the_same_order(provinces, falling, each_database):
    before = actor_of(db.session)
    counts = set()
    for one in scopes(provinces):
        nation = (Walk(Person.id, plainly(with_key(Person.name_sort, Person.id))),)
        whole = pages(one, nation, falling)
        fewer = keyset.narrower(Person, one, "name_sort")
        assert bool(fewer) is bool(one.area)
        assert not fewer or pages(one, fewer, falling) == whole, one
        counts.add(len(whole))
    act_as(db.session, before)
    assert {0, 35, 40, 70} <= counts


def test_a_unit_finds_whom_it_entered_elsewhere_in_its_list(provinces, client_as, each_database):
    (_case, people) = provinces[5]
    browser = client_as("clerk.pp")
    forwards = walk(browser, "/person/list/", "after_PersonView")
    backwards = walk(browser, "/person/list/?end_PersonView=1", "before_PersonView")
    rows = [key for page in forwards for key in page]
    assert rows == [key for page in reversed(backwards) for key in page] and len(set(rows)) == 35
    assert {f"/person/show/{one}" for one in people} <= set(rows)


def test_a_page_of_a_province_is_read_from_its_own_list(register, provinces, client_as, each_database):
    """However few they are, nobody of another province is asked for."""
    browser = client_as("clerk.bb")
    with planned(register) as questions:
        assert len(keys(browser.page("/person/list/?end_PersonView=1"))) == 25
    (walked,) = (asked for asked, _values in questions if asked.startswith("SELECT person."))
    assert walked.count("FROM province_list") == walked.count("LIMIT") == 1
