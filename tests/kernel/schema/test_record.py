"""The preparation of each record before a flush: stamps, text, derived columns, codes, versions and audit events."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.code_lists import Code
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.models import Person, PersonMark
from app.reference.models import Unit
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


@pytest.fixture
def person(db_session):
    one = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M")
    with acting_as("clerk.bb"):
        db_session.add(one)
        db_session.commit()
    return one


def audit_events(session, action):
    return session.scalars(
        select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)
    ).all()


def test_new_record_has_user_unit_and_time(db_session, person):
    clerk = db_session.scalar(select(User.id).where(User.username == "clerk.bb"))
    assert (person.recorded_by_id, person.unit_code, person.version) == (clerk, "PC-02", 1)
    assert dates.now() - timedelta(minutes=1) < person.recorded_at <= dates.now()


def test_change_is_stamped_and_keeps_recording_user(db_session, person):
    first = person.recorded_by_id
    with acting_as("investigator.bb") as investigator:
        person.phone = "012 345 678"
        db_session.commit()
    assert (person.recorded_by_id, person.changed_by_id, person.version) == (first, investigator.id, 2)


def test_save_without_change_writes_nothing(db_session, person):
    person.given_km = str(person.given_km)
    db_session.commit()
    assert person.version == 1 and audit_events(db_session, "record.changed") == []


def test_text_is_normalized_before_flush(db_session):
    one = Person(surname_km=" សុ\u200bខ ", given_km="ដារ៉ា", sex="M", father_name="  ")
    db_session.add(one)
    db_session.commit()
    assert (one.surname_km, one.father_name, one.name) == ("សុខ", None, "សុខ ដារ៉ា")


@pytest.mark.parametrize("text", ["a\x00b", "\u202ea", "a\x1b"])
def test_invalid_text_is_rejected_before_flush(db_session, text):
    db_session.add(Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M", father_name=text))
    with pytest.raises(RuleViolation):
        db_session.commit()


def test_unknown_code_is_rejected_before_flush(db_session, person):
    person.sex = "X"
    with pytest.raises(RuleViolation):
        db_session.commit()


def test_changed_name_updates_sort_key(db_session, person):
    before = person.name_sort
    person.given_km = "វណ្ណា"
    db_session.commit()
    assert person.name == "សុខ វណ្ណា" and person.name_sort != before


def test_area_columns_follow_place_code(db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.commit()
    rows = [case, *case.offences, *case.involvements, *case.exhibits]
    assert {(row.province_code, row.district_code, row.commune_code) for row in rows} == {
        ("02", "0203", "020310")
    }


def test_age_is_computed_for_day_of_offence(db_session):
    born = dates.now().date() - timedelta(days=17 * 365)
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(born_on=born), "suspect")])
        db_session.commit()
    suspect = case.involvements[0]
    assert (suspect.age, suspect.minor, suspect.protection) == (16, True, "minor")


def test_concurrent_change_raises_stale_data_error(db_session, person, app):
    key, first = person.id, db_session()
    with app.app_context():  # has a session of its own
        second = db.session()
        act_as(second, SYSTEM)
        second.get(Person, key).phone = "1"
        person.phone = "2"
        first.commit()
        with pytest.raises(StaleDataError):
            second.commit()
        second.rollback()
    assert person.phone == "2"


def test_new_record_writes_one_audit_event_with_values(db_session, person):
    (audit_event,) = audit_events(db_session, "record.added")
    assert (audit_event.entity, audit_event.entity_id, audit_event.actor_id) == (
        "person",
        person.id,
        person.recorded_by_id,
    )
    assert audit_event.changes["surname_km"] == "សុខ"
    assert "name_sort" not in audit_event.changes and "version" not in audit_event.changes


def test_change_writes_old_and_new_values_to_audit_log(db_session, person):
    person.born_on = dates.parse_date("05/03/1990")
    db_session.commit()
    (audit_event,) = audit_events(db_session, "record.changed")
    assert audit_event.changes == {"born_on": [None, "1990-03-05"], "birth_year": [None, 1990]}


def test_rolled_back_change_writes_no_audit_event(db_session, person):
    person.phone = "1"
    db_session.flush()
    db_session.rollback()
    assert audit_events(db_session, "record.changed") == []


def test_new_child_row_does_not_change_parent_version(db_session, person):
    person.marks.append(PersonMark(kind="scar", text="ស្នាមលើថ្ងាស"))
    db_session.commit()
    assert person.version == 1


def test_text_of_code_and_unit_is_normalized(db_session):
    unit = db_session.get(Unit, "PC-02")
    unit.name_km = " ស្នងការ\u200bដ្ឋានសាកល្បង "
    code = db_session.scalars(select(Code).where(Code.list == "role", Code.key == "suspect")).one()
    code.name_km = "ជន\u200bសង្ស័យ"
    db_session.commit()
    assert unit.name_km == "ស្នងការដ្ឋានសាកល្បង" and code.name_km == "ជនសង្ស័យ"
