"""Row-level security on PostgreSQL: a question in plain SQL, which passes the session by, meets the same bounds."""

from dataclasses import replace

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.duplicates.models import Duplicate
from app.extensions import db
from app.kernel.access.row_filter import scoped_classes
from app.kernel.access.row_level_security import planned_once
from app.kernel.actor import act_as, actor_of
from app.people.models import Person
from app.reference.models import Unit
from tests.cases.test_row_filter import seen_by
from tests.corrections.steps import asked
from tests.locked_records import SHUT, registered
from tests.matrix.provinces import Province
from tests.sample_rows import (
    BATTAMBANG,
    PHNOM_PENH,
    a_registered_case,
    a_registered_person,
    with_photo,
    written_by,
)
from tests.special_access.sample_cases import user

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
TABLES = [cls.__tablename__ for cls in scoped_classes()]
OF_TWO = "duplicate"  # two provinces may each hold one record of a pair
OF_THE_NATION = ("import_run", "import_entry")  # files of earlier registers, whose rows lie in any province
OF_CASES = ("case_offence", "involvement", "exhibit", "case_file", "supplement")


@pytest.fixture
def provinces(db_session):
    """A shut case of Battambang and one of Phnom Penh, each with every kind of row."""
    made = []
    for username, place, number in (("clerk.bb", BATTAMBANG, 1), ("clerk.pp", PHNOM_PENH, 2)):
        with registered(SHUT), written_by(username):
            person = with_photo(a_registered_person(number=number))
            made.append(a_registered_case(place=place, people=[(person, "suspect")]))
    db_session.commit()
    return made


@pytest.fixture
def whole_provinces(register, db_session):
    """Two provinces with a row of every table of the scope; all their people sound alike. Gives the keys of their pairs.

    Neither is Battambang, where their orders are checked, nor Phnom Penh, where their people are in prison, nor
    Kampong Cham, with which their cases are shared.
    """

    def two_whole_provinces():
        pairs = []
        for username, unit, place, number in (
            ("clerk.bb", "PC-04", "040101", 1),
            ("clerk.pp", "PC-05", "050101", 5),
        ):
            user(username).unit = db_session.get(Unit, unit)
            db_session.commit()
            pairs.append(Province(username, place, number, False).pair.id)
        db_session.commit()
        return pairs

    return register.as_left_by(two_whole_provinces)


def ids(session, table, where="true"):
    """What plain SQL finds."""
    key = "person_id" if table == "province_list" else "id"
    asked_for = text(" ".join(("SELECT", key, "FROM", f'"{table}"', "WHERE", where)))
    return set(session.connection().execute(asked_for).scalars())


def opened(session, **beyond):
    """The same reader, to whom more was opened."""
    actor = actor_of(session)
    act_as(session, replace(actor, scope=replace(actor.scope, **beyond)))


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_scope_has_a_wall(owner, table):
    asked_for = text("SELECT relrowsecurity FROM pg_class WHERE relname = :table AND relkind = 'r'")
    with owner.connect() as connection:
        assert connection.scalar(asked_for, {"table": table}), f"{table}: migrations/versions/0010 shows how"


@pytest.mark.parametrize("table", [one for one in TABLES if one not in (OF_TWO, *OF_THE_NATION)])
def test_plain_sql_finds_the_rows_of_ones_own_province_alone(whole_provinces, table):
    with seen_by("clerk.bb") as mine, seen_by("clerk.pp") as others, seen_by("manager") as nation:
        found = [ids(session, table) for session in (mine, others, nation)]
    assert found[0] and found[1] and found[0].isdisjoint(found[1])
    assert found[0] | found[1] == found[2]


@pytest.mark.parametrize("table", OF_THE_NATION)
def test_plain_sql_finds_what_comes_from_earlier_registers_for_the_whole_nation_alone(whole_provinces, table):
    with seen_by("clerk.bb") as mine, seen_by("clerk.pp") as others, seen_by("manager") as nation:
        found = [ids(session, table) for session in (mine, others, nation)]
    assert found[:2] == [set(), set()] and len(found[2]) == 2


def test_plain_sql_finds_a_pair_where_one_of_its_two_records_is_found(db_session, whole_provinces):
    pairs = {pair.id: set(pair.ids) for pair in db_session.scalars(select(Duplicate))}
    for mine, others in (("clerk.bb", whole_provinces[1]), ("clerk.pp", whole_provinces[0])):
        with seen_by(mine) as session:
            people = ids(session, "person")
            assert ids(session, "duplicate") == {one for one, two in pairs.items() if two & people}
            assert others not in ids(session, "duplicate")


def test_a_save_keeps_what_speaks_for_a_pair_that_its_writer_may_not_see(db_session):
    """The number of a document is that of a protected victim of another province, then of one just entered."""
    victim = a_registered_person(number=1)
    with written_by("clerk.pp"):
        a_registered_case(place=PHNOM_PENH, people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    with seen_by("clerk.bb") as session:
        same = a_registered_person(number=1)
        session.add(same)
        session.commit()
        other = same.id
    db_session.expire_all()
    (pair,) = db_session.scalars(select(Duplicate)).all()
    assert pair.ids == (victim.id, other) and pair.weight and pair.evidence


def test_what_a_reader_asks_is_planned_by_its_values(db_session):
    how = text("SHOW plan_cache_mode")
    with seen_by("clerk.bb") as session, session.get_bind().connect() as of_nobody:
        assert session.scalar(how) == "force_custom_plan"
        assert of_nobody.scalar(how) == "auto"
        session.add(a_registered_person())
        session.flush()
        assert session.scalar(how) == "auto", "what is written is planned once"


def test_what_is_looked_up_by_its_keys_is_planned_once(db_session):
    how = text("SHOW plan_cache_mode")
    with seen_by("clerk.bb") as session:
        for _before_and_in_a_transaction in range(2):
            with planned_once(session):
                assert session.scalar(how) == "force_generic_plan"
            assert session.scalar(how) == "force_custom_plan"
        session.add(a_registered_person())
        session.flush()
        with planned_once(session):
            assert session.scalar(how) == "force_generic_plan"
        assert session.scalar(how) == "auto", "what is written after it too"
        session.rollback()
        assert session.scalar(how) == "force_custom_plan"


def test_a_fault_in_what_is_planned_once_is_told_as_it_is(db_session):
    with seen_by("clerk.bb") as session:
        with pytest.raises(ProgrammingError), planned_once(session):
            session.execute(text("SELECT nothing FROM nowhere"))
        session.rollback()
        assert session.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"


def test_a_correction_and_its_values_stay_in_their_province(provinces, client_as):
    asked(client_as("chief.bb"), provinces[0], summary="ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីបានឃើញ។")
    for username, there in (
        ("chief.bb", True),
        ("clerk.pp", False),
        ("planning", True),
        ("admin.drugs", False),
    ):
        with seen_by(username) as session:
            assert bool(ids(session, "correction")) is there, username
            assert bool(ids(session, "correction_field")) is there, username


def test_a_department_finds_its_offence_families(provinces):
    for username, number in (
        ("admin.crim", 2),
        ("admin.drugs", 0),
    ):  # property offences are of the Criminal Police
        with seen_by(username) as session:
            assert [len(ids(session, table)) for table in ("case", "exhibit", "person")] == [number] * 3


@pytest.mark.parametrize("table", TABLES)
def test_where_nobody_said_who_asks_nothing_is_found(whole_provinces, table):
    with Session(db.engine) as session:
        assert ids(session, table) == set()


def test_a_unit_finds_what_it_entered_beyond_its_area_and_what_was_shared_with_it(db_session, provinces):
    with written_by("clerk.pp"):
        entered = a_registered_case(place=BATTAMBANG, people=[(a_registered_person(number=3), "suspect")])
    db_session.commit()
    with seen_by("clerk.pp") as session:
        assert ids(session, "case") == {provinces[1].id, entered.id}
        opened(session, shared=frozenset([provinces[0].id]))
        assert ids(session, "exhibit", f"case_id = {provinces[0].id}")
        assert ids(session, "person") == set(db_session.scalars(select(Person.id)))


def test_nothing_of_another_province_is_changed_or_deleted(provinces):
    foreign = provinces[1].id
    with seen_by("clerk.bb") as session:
        for table in ("case", "person", *OF_CASES):
            for words in (("UPDATE", f'"{table}"', "SET changed_at = now()"), ("DELETE FROM", f'"{table}"')):
                key = "id" if table == "case" else "case_id"
                where = (
                    f"WHERE {key} = {foreign}"
                    if table != "person"
                    else f"WHERE id = {provinces[1].involvements[0].person_id}"
                )
                assert session.connection().execute(text(" ".join((*words, where)))).rowcount == 0, (
                    table,
                    words,
                )


@pytest.mark.parametrize(
    "table", [*OF_CASES, "person_name", "person_document", "person_address", "person_mark", "person_photo"]
)
def test_nothing_is_hung_on_a_case_or_person_of_another_province(provinces, table):
    key = "case_id" if table in OF_CASES else "person_id"
    foreign = provinces[1].id if table in OF_CASES else provinces[1].involvements[0].person_id
    columns = [one["name"] for one in inspect(db.engine).get_columns(table) if one["name"] not in ("id", key)]
    same = ", ".join(
        "now() AT TIME ZONE 'Asia/Phnom_Penh'" if one == "recorded_at" else f'"{one}"' for one in columns
    )
    names = ", ".join(f'"{one}"' for one in columns)
    copy = " ".join(
        ("INSERT INTO", table, f"({key}, {names}) SELECT :foreign,", same, "FROM", table, "LIMIT 1")
    )
    with seen_by("clerk.bb") as session, pytest.raises(ProgrammingError, match="row-level security"):
        session.connection().execute(text(copy), {"foreign": foreign})


def test_an_own_row_is_not_moved_to_a_foreign_case(db_session, provinces):
    with written_by("clerk.bb"):
        a_registered_case(people=[(a_registered_person(number=5), "suspect")])
    db_session.commit()
    with seen_by("clerk.bb") as session, pytest.raises(ProgrammingError, match="row-level security"):
        move = text("UPDATE exhibit SET case_id = :foreign WHERE id = (SELECT max(id) FROM exhibit)")
        session.connection().execute(move, {"foreign": provinces[1].id})


def test_a_protected_victim_is_not_found_not_even_where_she_was_opened_by_break_glass(db_session):
    victim, suspect = a_registered_person(number=5, sex="F"), a_registered_person(number=6)
    with written_by("clerk.pp"):
        case = a_registered_case(
            place=PHNOM_PENH, people=[(victim, "victim"), (suspect, "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    row = next(one.id for one in case.involvements if one.person_id == victim.id)
    children = ("person_name", "person_document", "person_address", "person_mark")
    for username in ("clerk.bb", "clerk.pp", "manager"):
        with seen_by(username) as session:
            opened(session, opened=frozenset([victim.id, suspect.id]))
            assert ids(session, "person") == {suspect.id}, username
            assert not any(ids(session, table, f"person_id = {victim.id}") for table in children), username
            if username == "clerk.bb":
                assert ids(session, "involvement") == {one.id for one in case.involvements} - {row}

            opened(session, revealed=frozenset([victim.id]))
            assert victim.id in ids(session, "person") and ids(
                session, "person_document", f"person_id = {victim.id}"
            )
