"""After 48 hours a record is locked, for the session and for statements that bypass it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask_appbuilder import Model
from flask_babel import force_locale
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.attributes import set_committed_value

from app.cases.models import Case, Exhibit, Involvement, Supplement
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema import record_lock
from app.kernel.schema.record_lock import LockExemption
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates, khmer
from app.people.models import Person
from tests.locked_records import EDITABLE_AGE, LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import acting_as, take_step

pytestmark = pytest.mark.database


@prepared
def locked_case(db_session, each_database):
    case = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    return case


@prepared
def editable_case(db_session, each_database):
    case = add_case_of_age(EDITABLE_AGE)
    db_session.commit()
    return case


def refused_problems(act):
    """Return the problems of the RuleViolation that `act` raises."""
    with pytest.raises(RuleViolation) as refused:
        act()
    db.session.rollback()
    return refused.value.problems


def sql_error(statement, **values):
    """Return the database error of a statement that bypasses the session."""
    with pytest.raises(DBAPIError) as refused:
        db.session.connection().execute(text(statement), values)
    db.session.rollback()
    return str(refused.value.orig)


def change(record, **values):
    for name, value in values.items():
        setattr(record, name, value)
    db.session.flush()


def test_record_before_48_hours_can_be_changed(editable_case):
    with acting_as("clerk.bb"):
        change(editable_case, summary="ជនសង្ស័យត្រូវបានឃើញនៅផ្សារ ហើយបានរត់គេចខ្លួន។")
    db.session.connection().execute(text('update "case" set modus_operandi_text = :new'), {"new": "x"})
    db.session.commit()
    assert not record_lock.is_locked(editable_case)


def test_record_after_48_hours_is_refused_at_the_field(locked_case):
    problems = refused_problems(lambda: change(locked_case, summary="x", place_kind="market"))

    assert sorted(problem.field for problem in problems) == ["place_kind", "summary"]
    assert khmer.to_latin_digits(str(problems[0].text)).count("48 ម៉ោង") == 1


def test_raw_sql_after_48_hours_is_refused(locked_case):
    assert "lock: locked" in sql_error('update "case" set summary = :new', new="x")


def test_locked_place_code_is_reported_at_place_field(locked_case):
    problems = refused_problems(lambda: change(locked_case, place_code="010201", place=None))

    assert {problem.field for problem in problems} == {"place"}


def test_locked_case_accepts_later_events(locked_case):
    change(locked_case, dossier_no="PP-12")
    take_step(locked_case, "unsolved")
    change(locked_case.involvements[0].person, phone="012 345 678")
    db.session.commit()

    assert (locked_case.status, locked_case.dossier_no) == ("unsolved", "PP-12")


def test_new_row_of_locked_case_is_editable(locked_case):
    with acting_as("clerk.bb"):
        locked_case.supplements.append(Supplement(learned_on=date.today(), text="សាក្សីម្នាក់ទៀតបានមកប្រាប់។"))
        db.session.commit()
    row = locked_case.supplements[-1]
    change(row, text="សាក្សីពីរនាក់ទៀតបានមកប្រាប់។")

    assert not record_lock.is_locked(row)


def other_value(column):
    """Return a value of the column's type that no row of the test has."""
    kind = column.type.python_type
    values = {
        bool: True, int: 77, float: 1.5, Decimal: Decimal(77), date: date(1999, 1, 1),
        datetime: datetime(1999, 1, 1, 1, 1), str: "zz",
    }  # fmt: skip
    return values[kind]


LOCKED_TABLES = (
    "case", "case_offence", "involvement", "exhibit", "case_file", "supplement", "person", "person_name",
    "person_document", "person_address", "person_mark",
)  # fmt: skip


def test_triggers_protect_all_lockable_columns(locked_case):
    changed = []
    for table in (db.metadata.tables[name] for name in LOCKED_TABLES):
        model = next(m.class_ for m in Model.registry.mappers if m.local_table is table)
        for column in (table.c[name] for name in sorted(record_lock.lockable_columns(model))):
            value = ~column if column.type.python_type is bool else other_value(column)
            try:
                db.session.connection().execute(update(table).values({column: value}))
                changed.append(str(column))
            except DBAPIError as refused:
                assert "lock: locked" in str(refused.orig), f"{column}: {refused.orig}"
            db.session.rollback()
    assert changed == []


def test_registration_time_and_user_never_change(editable_case):
    assert refused_problems(lambda: change(editable_case, recorded_at=dates.now()))
    for statement in (
        'update "case" set recorded_at = null',
        'update "case" set recorded_by_id = null',
        'update "case" set id = 7000',
    ):
        assert "immutable column" in sql_error(statement)


def test_registration_time_in_future_is_refused(editable_case):
    late = dates.now() + timedelta(days=30)
    message = sql_error(
        "insert into person_mark (recorded_at, changed_at, version, person_id, kind, text)"
        " select :late, :late, 1, person_id, kind, text from person_mark",
        late=late,
    )
    assert "later than now" in message


def test_delete_is_refused(editable_case):
    def delete_it():
        db.session.delete(editable_case.exhibits[0])
        db.session.flush()

    assert refused_problems(delete_it)
    assert "records are never deleted" in sql_error("delete from exhibit")


def test_replace_and_truncate_are_refused(editable_case, owner, each_database):
    if each_database == "sqlite":
        message = sql_error("insert or replace into exhibit select * from exhibit")
    else:
        with owner.connect() as connection, pytest.raises(DBAPIError) as refused:
            connection.execute(text("truncate exhibit cascade"))
        message = str(refused.value.orig)
    assert "records are never deleted" in message


def test_bulk_update_and_delete_are_refused(editable_case):
    assert refused_problems(lambda: db.session.execute(update(Involvement).values(note="x")))
    assert refused_problems(lambda: db.session.execute(delete(Exhibit)))
    assert refused_problems(
        lambda: db.session.execute(update(Case), [{"id": editable_case.id, "summary": "x"}])
    )


def test_lock_applies_to_the_system_actor(locked_case, each_database):
    act_as(db.session, SYSTEM)
    assert refused_problems(lambda: change(locked_case, summary="x"))
    with pytest.raises(DBAPIError):
        db.session.bulk_update_mappings(
            Case, [{"id": locked_case.id, "version": locked_case.version, "summary": "x"}]
        )
    db.session.rollback()


def test_void_without_correction_is_refused(editable_case):
    assert refused_problems(lambda: change(editable_case, voided_at=dates.now()))
    assert "lock: " in sql_error("update person set void_reason = :new", new="x")


def test_lock_exemption_without_correction_is_refused(locked_case):
    values = {
        "correction_id": 1,
        "entity": "case",
        "entity_id": locked_case.id,
        "column_name": "summary",
        "value": "x",
    }
    with pytest.raises(DBAPIError) as refused:
        db.session.connection().execute(insert(LockExemption.__table__), values)
    assert "no correction exempts this" in str(refused.value.orig)


def test_locked_birth_date_also_locks_derived_age(locked_case):
    person = locked_case.involvements[0].person
    assert refused_problems(lambda: change(person, born_on=date(2015, 1, 1)))
    assert "lock: locked" in sql_error("update involvement set age = 12")
    assert db.session.scalar(select(Person.born_on).where(Person.id == person.id)).year == 1990


def test_refused_change_says_why_at_its_field(editable_case):
    """Before the lock: voiding needs a correction, and the registration never changes."""
    with force_locale("en"):
        (voided,) = refused_problems(lambda: change(editable_case, voided_at=dates.now()))
        (registered,) = refused_problems(
            lambda: change(editable_case, recorded_at=dates.now() - timedelta(hours=1))
        )
        assert "only be voided through a correction" in str(voided.text)
        assert "registering officer of a record cannot be changed" in str(registered.text)
    assert (voided.field, registered.field) == ("voided_at", "recorded_at")


def test_void_record_is_refused_as_void(editable_case):
    exhibit = editable_case.exhibits[0]
    set_committed_value(exhibit, "voided_at", dates.now())
    with force_locale("en"):
        (problem,) = refused_problems(lambda: change(exhibit, description="x"))
        assert "This record is void" in str(problem.text) and problem.field == "description"
        set_committed_value(exhibit, "voided_at", dates.now())
        (problem,) = refused_problems(lambda: change(exhibit, helps_suspect=True))
        assert "This record is void" in str(problem.text), "no mark is set on it either"


def test_only_the_author_takes_a_row_back_once_and_with_a_reason(editable_case):
    exhibit, back = editable_case.exhibits[0], {"voided_at": dates.now(), "void_reason": "ច្រឡំ"}
    with acting_as("investigator.bb"):
        assert refused_problems(lambda: change(exhibit, **back))
    with acting_as("clerk.bb"):
        assert refused_problems(lambda: change(exhibit, voided_at=dates.now()))
        assert refused_problems(lambda: change(exhibit, void_reason="ច្រឡំ"))
        assert refused_problems(lambda: change(editable_case, **back)), "a case is not taken back"
        change(exhibit, **back, description="ទូរស័ព្ទ")  # a last edit is saved with it
        db.session.commit()
        for again in (back | {"voided_at": dates.now() - timedelta(hours=1)}, dict.fromkeys(back)):
            assert exhibit.is_void
            assert refused_problems(lambda again=again: change(exhibit, **again))


def test_author_takes_no_row_back_after_48_hours(locked_case):
    back = {"voided_at": dates.now(), "void_reason": "ច្រឡំ"}
    with acting_as("clerk.bb"):
        assert refused_problems(lambda: change(locked_case.exhibits[0], **back))


def test_mark_is_set_after_the_lock_and_not_removed(locked_case):
    exhibit = locked_case.exhibits[0]
    change(exhibit, helps_suspect=True)
    db.session.commit()
    with force_locale("en"):
        (problem,) = refused_problems(lambda: change(exhibit, helps_suspect=False))
        assert problem.field == "helps_suspect" and "Only a correction removes this mark" in str(problem.text)
        mixed = refused_problems(lambda: change(exhibit, helps_suspect=False, description="x"))
        assert {one.field for one in mixed} == {"description", "helps_suspect"}
        assert all("Locked since" in str(one.text) for one in mixed)


def test_fields_that_no_form_changes_are_those_of_the_lock(editable_case, locked_case):
    always = {"voided_at", "void_reason", "recorded_at", "recorded_by_id"}
    assert record_lock.locked_fields(editable_case) == frozenset()
    locked = record_lock.locked_fields(locked_case)
    assert {"place", "summary", "occurred_from"} <= locked and not locked & {"dossier_no", *always}
    assert record_lock.locked_fields(locked_case.place) == frozenset(), "a code"
    assert record_lock.locks_at(editable_case) == editable_case.recorded_at + record_lock.EDIT_WINDOW
