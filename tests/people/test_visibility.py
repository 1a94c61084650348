"""The list of a reader with an area scans only its province list, and shows the same as a nationwide scan."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, insert, select, update

from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, Scope, act_as, actor_of
from app.kernel.screens import keyset
from app.kernel.screens.keyset import KeysetSource, append_key, hide_from_index
from app.people.models import Person
from app.people.visibility import ProvincePerson, Visibility, find_missing_rows
from app.reference.models import Unit
from tests.kernel.screens.test_list_query import collect_pages, row_urls
from tests.prepared import prepared
from tests.query_plans import planned
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person

pytestmark = pytest.mark.database

RUNS = int(os.environ.get("MACHINE_RUNS", "5"))
ROW = ProvincePerson.__table__
PLACES = some.sampled_from(("02", "12", None))
UNITS = some.sampled_from(("PC-02", "PC-12", "D-1", None))
SEEN = some.fixed_dictionaries({"province_code": PLACES, "unit_code": UNITS, "hidden": some.booleans()})
NUMBER, ONE = some.integers(0, 20), some.integers(0, 2)
ACTS = some.one_of(
    some.tuples(some.just("show"), ONE, SEEN),
    some.tuples(some.just("hide"), NUMBER),
    some.tuples(some.just("change"), NUMBER, ONE, SEEN),
    some.tuples(some.just("rename"), ONE, some.sampled_from("កខគ")),
    some.tuples(some.just("move"), some.just("PC-02"), some.sampled_from(("0402", "0203", None))),
    some.tuples(some.just("move"), some.just("PC-12"), some.sampled_from(("0403", "0204", None))),
)


@prepared
def people(db_session):
    """Three people of Battambang in one case."""
    found = [make_registered_person(number) for number in range(3)]
    with acting_as("clerk.bb"):
        add_registered_case(people=[(one, "suspect") for one in found])
    db_session.commit()
    return [one.id for one in found]


def make_statement(people, act, *told):
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


def compute_expected():
    """Return the same rows, computed in Python from all visibility data."""
    names = dict(db.session.execute(select(Person.id, Person.name_sort)).all())
    areas = dict(db.session.execute(select(Unit.code, Unit.area_code)).all())
    shown = db.session.execute(select(Visibility.__table__).where(~Visibility.hidden))
    provinces = (
        (row, code) for row in shown for code in (row.province_code, areas.get(row.unit_code)) if code
    )
    return {(code[:2], names[row.person_id], row.person_id) for row, code in provinces}


@pytest.mark.machine
def test_province_list_stays_complete_after_any_changes(people, each_database):
    @settings(max_examples=RUNS * 5, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(some.lists(ACTS, min_size=1, max_size=8))
    def try_them(acts):
        act_as(db.session, SYSTEM)
        names = select(Person.id, Person.name_sort)
        for act in acts:
            db.session.connection().execute(make_statement(people, *act))
            listed = {tuple(row) for row in db.session.execute(select(ROW))}
            assert listed >= compute_expected()
            assert {(row[2], row[1]) for row in listed} <= {tuple(row) for row in db.session.execute(names)}
        db.session.rollback()

    assert {row.province_code for row in db.session.execute(select(ROW))} == {"02"}
    try_them()


def test_row_deleted_from_list_by_sql_is_reported(people, owner, each_database):
    with owner.begin() as connection:
        assert find_missing_rows(connection) == []
        connection.execute(delete(ROW).where(ROW.c.person_id == people[1]))
        assert [tuple(row)[::2] for row in find_missing_rows(connection)] == [("02", people[1])]


@prepared
def provinces(db_session):
    """Seventy people, alternately in Battambang and Phnom Penh, every seven with equal names.

    All but one of the cases are in the province of the clerk who entered them. Returns the ids of the cases and of
    their people.
    """
    made = []
    for number in range(14):
        mine, theirs = ("clerk.bb", BATTAMBANG), ("clerk.pp", PHNOM_PENH)
        who, place = (mine, theirs)[number % 2]
        given = "កខគឃងចឆជឈញ"
        with acting_as(who):
            people = [make_registered_person(10 * number + n, given_km=given[n]) for n in range(5)]
            case = add_registered_case(
                place=BATTAMBANG if number == 5 else place, people=[(p, "suspect") for p in people]
            )
            db_session.flush()
        made.append((case.id, [one.id for one in people]))
    db_session.commit()
    return made


def make_scopes(provinces):
    """Yield every kind of scope, with what may be granted beyond it."""
    (case, people), (_other, others) = provinces[1], provinces[3]
    beyond = {
        "shared_case_ids": frozenset({case}),
        "break_glass_ids": frozenset(others[:2]),
        "revealed_ids": frozenset(people[:1]),
    }
    yield Scope()
    yield Scope(unit="PC-12")
    yield Scope(area="12", unit="PC-12")
    for area in ("02", "0203", "12", "1201", "25"):
        yield Scope(area=area, unit="PC-99")
        yield Scope(area=area, unit="PC-99", offence_families=frozenset({"property"}))
    yield Scope(area="25", unit="PC-25", **beyond)
    yield Scope(area="02", unit="PC-02", **beyond)
    yield from (Scope(area="02", unit="PC-02", **{name: ids}) for name, ids in beyond.items())


def load_ids(seen_from, found, falling):
    act_as(db.session, Actor(scope=seen_from))
    statement = keyset.select_page(Person, [], found, falling, 100)
    return [one.id for one in db.session.scalars(statement)]


@pytest.mark.parametrize("falling", [False, True])
def test_key_sources_give_same_rows_in_same_order(provinces, falling, each_database):
    before = actor_of(db.session)
    counts = set()
    for one in make_scopes(provinces):
        nation = (KeysetSource(Person.id, hide_from_index(append_key(Person.name_sort, Person.id))),)
        whole = load_ids(one, nation, falling)
        fewer = keyset.find_narrower_sources(Person, one, "name_sort")
        assert bool(fewer) is bool(one.area)
        assert not fewer or load_ids(one, fewer, falling) == whole, one
        counts.add(len(whole))
    act_as(db.session, before)
    assert {0, 35, 40, 70} <= counts


def test_person_list_has_people_entered_in_other_provinces(provinces, client_as, each_database):
    (_case, people) = provinces[5]
    browser = client_as("clerk.pp")
    forwards = collect_pages(browser, "/person/list/", "after_PersonView")
    backwards = collect_pages(browser, "/person/list/?end_PersonView=1", "before_PersonView")
    rows = [key for page in forwards for key in page]
    assert rows == [key for page in reversed(backwards) for key in page] and len(set(rows)) == 35
    assert {f"/person/show/{one}" for one in people} <= set(rows)


def test_person_page_reads_the_province_list_once(register, provinces, client_as, each_database):
    """Even for few people, no person of another province is read."""
    browser = client_as("clerk.bb")
    with planned(register) as questions:
        assert len(row_urls(browser.page("/person/list/?end_PersonView=1"))) == 25
    (walked,) = (asked for asked, _values in questions if asked.startswith("SELECT person."))
    assert walked.count("FROM province_person") == walked.count("LIMIT") == 1
