"""After 48 hours what was registered is shut, for the session and for whoever comes past it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask_appbuilder import Model
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.cases.models import Case, Exhibit, Involvement, Supplement
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.schema import record_lock
from app.kernel.schema.record_lock import Door
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates, khmer
from app.people.models import Person
from tests.locked_records import OPEN, SHUT, a_case_of
from tests.sample_rows import written_by


@pytest.fixture
def shut(db_session, each_database):
    case = a_case_of(SHUT)
    db_session.commit()
    return case


@pytest.fixture
def still_open(db_session, each_database):
    case = a_case_of(OPEN)
    db_session.commit()
    return case


def refusal(act):
    """What was said when the session refused."""
    with pytest.raises(RuleBroken) as refused:
        act()
    db.session.rollback()
    return refused.value.problems


def sql_refusal(statement, **values):
    """What the database said to a statement that comes past the session."""
    with pytest.raises(DBAPIError) as refused:
        db.session.connection().execute(text(statement), values)
    db.session.rollback()
    return str(refused.value.orig)


def change(record, **values):
    for name, value in values.items():
        setattr(record, name, value)
    db.session.flush()


def test_a_minute_before_48_hours_facts_can_be_changed(still_open):
    with written_by("clerk.bb"):
        change(still_open, summary="ជនសង្ស័យត្រូវបានឃើញនៅផ្សារ ហើយបានរត់គេចខ្លួន។")
    db.session.connection().execute(text('update "case" set way_text = :new'), {"new": "x"})
    db.session.commit()
    assert not record_lock.is_shut(still_open)


def test_a_minute_after_48_hours_the_session_refuses_at_the_field(shut):
    problems = refusal(lambda: change(shut, summary="x", place_kind="market"))

    assert sorted(problem.field for problem in problems) == ["place_kind", "summary"]
    assert khmer.latin_digits(str(problems[0].text)).count("48 ម៉ោង") == 1


def test_a_minute_after_48_hours_raw_sql_is_refused(shut):
    assert "lock: shut" in sql_refusal('update "case" set summary = :new', new="x")


def test_a_place_is_refused_at_the_box_that_people_know(shut):
    problems = refusal(lambda: change(shut, place_code="010201", place=None))

    assert {problem.field for problem in problems} == {"place"}


def test_the_life_of_a_case_goes_on_after_its_facts_are_shut(shut):
    change(shut, status="solved", clearance=None, solved_on=dates.now().date())
    change(shut.exhibits[0], state="returned")
    change(shut.involvements[0].person, phone="012 345 678")
    db.session.commit()

    assert shut.status == "solved"


def test_a_new_row_has_48_hours_of_its_own(shut):
    with written_by("clerk.bb"):
        shut.supplements.append(Supplement(learned_on=date.today(), text="សាក្សីម្នាក់ទៀតបានមកប្រាប់។"))
        db.session.commit()
    row = shut.supplements[-1]
    change(row, text="សាក្សីពីរនាក់ទៀតបានមកប្រាប់។")

    assert not record_lock.is_shut(row)


def other(column):
    """A value of the column's type that no row of the test has."""
    kind = column.type.python_type
    values = {
        bool: True, int: 77, float: 1.5, Decimal: Decimal(77), date: date(1999, 1, 1),
        datetime: datetime(1999, 1, 1, 1, 1), str: "zz",
    }  # fmt: skip
    return values[kind]


@pytest.mark.parametrize("entity", sorted({"case", "case_offence", "involvement", "exhibit", "case_file", "supplement",
                                           "person", "person_name", "person_document", "person_address",
                                           "person_mark"}))  # fmt: skip
def test_the_database_lets_no_fact_of_any_table_change(shut, entity):
    table = db.metadata.tables[entity]
    model = next(m.class_ for m in Model.registry.mappers if m.local_table is table)
    changed = []
    for name in sorted(record_lock.facts_of(model)):
        column = table.c[name]
        statement = update(table).values(
            {name: ~column if column.type.python_type is bool else other(column)}
        )
        try:
            db.session.connection().execute(statement)
            changed.append(name)
        except DBAPIError as refused:
            assert "lock: shut" in str(refused.orig), f"{name}: {refused.orig}"
        db.session.rollback()
    assert changed == []


def test_when_and_by_whom_it_was_registered_never_changes(still_open):
    assert refusal(lambda: change(still_open, recorded_at=dates.now()))
    for statement in (
        'update "case" set recorded_at = null',
        'update "case" set recorded_by_id = null',
        'update "case" set id = 7000',
    ):
        assert "never changes" in sql_refusal(statement)


def test_nothing_is_registered_later_than_now(still_open):
    late = dates.now() + timedelta(days=30)
    said = sql_refusal(
        "insert into person_mark (recorded_at, changed_at, version, person_id, kind, text)"
        " select :late, :late, 1, person_id, kind, text from person_mark",
        late=late,
    )
    assert "later than now" in said


def test_nobody_deletes(still_open):
    def delete_it():
        db.session.delete(still_open.exhibits[0])
        db.session.flush()

    assert refusal(delete_it)
    assert "nobody deletes" in sql_refusal("delete from exhibit")


def test_a_row_is_not_replaced_either(still_open, owner, each_database):
    if each_database == "sqlite":
        said = sql_refusal("insert or replace into exhibit select * from exhibit")
    else:
        with owner.connect() as connection, pytest.raises(DBAPIError) as refused:
            connection.execute(text("truncate exhibit cascade"))
        said = str(refused.value.orig)
    assert "nobody deletes" in said


def test_many_records_are_not_changed_or_deleted_in_one_statement(still_open):
    assert refusal(lambda: db.session.execute(update(Involvement).values(note="x")))
    assert refusal(lambda: db.session.execute(delete(Exhibit)))
    assert refusal(lambda: db.session.execute(update(Case), [{"id": still_open.id, "summary": "x"}]))


def test_a_command_of_the_register_is_held_as_everybody_is(shut, each_database):
    act_as(db.session, THE_REGISTER)
    assert refusal(lambda: change(shut, summary="x"))
    with pytest.raises(DBAPIError):
        db.session.bulk_update_mappings(Case, [{"id": shut.id, "version": shut.version, "summary": "x"}])
    db.session.rollback()


def test_a_record_is_not_struck_out_without_a_correction(still_open):
    assert refusal(lambda: change(still_open, voided_at=dates.now()))
    assert "lock: " in sql_refusal("update person set void_reason = :new", new="x")


def test_the_door_stays_shut_without_a_correction_that_is_being_carried_out(shut):
    values = {
        "correction_id": 1,
        "entity": "case",
        "entity_id": shut.id,
        "column_name": "summary",
        "value": "x",
    }
    with pytest.raises(DBAPIError) as refused:
        db.session.connection().execute(insert(Door.__table__), values)
    assert "no correction opens this" in str(refused.value.orig)


def test_what_follows_from_a_shut_birth_is_shut_with_it(shut):
    person = shut.involvements[0].person
    assert refusal(lambda: change(person, born_on=date(2015, 1, 1)))
    assert "lock: shut" in sql_refusal("update involvement set age = 12")
    assert db.session.scalar(select(Person.born_on).where(Person.id == person.id)).year == 1990
