"""What the session does with every record below the views: stamps, normal text, derived columns, codes, versions, traces."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.code_lists import Code
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates
from app.people.models import Person, PersonMark
from app.reference.models import Unit
from tests.sample_rows import a_registered_case, a_registered_person, written_by


@pytest.fixture
def person(db_session):
    one = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M")
    with written_by("clerk.bb"):
        db_session.add(one)
        db_session.commit()
    return one


def traces(session, action):
    return session.scalars(
        select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)
    ).all()


def test_a_record_knows_who_wrote_it_for_which_unit_and_when(db_session, person):
    clerk = db_session.scalar(select(User.id).where(User.username == "clerk.bb"))
    assert (person.recorded_by_id, person.unit_code, person.version) == (clerk, "PC-02", 1)
    assert dates.now() - timedelta(minutes=1) < person.recorded_at <= dates.now()


def test_a_change_is_stamped_and_the_first_writer_stays(db_session, person):
    first = person.recorded_by_id
    with written_by("investigator.bb") as investigator:
        person.phone = "012 345 678"
        db_session.commit()
    assert (person.recorded_by_id, person.changed_by_id, person.version) == (first, investigator.id, 2)


def test_a_change_of_nothing_is_no_change(db_session, person):
    person.given_km = str(person.given_km)
    db_session.commit()
    assert person.version == 1 and traces(db_session, "change") == []


def test_text_is_brought_into_its_normal_form_whoever_writes_it(db_session):
    one = Person(surname_km=" សុ\u200bខ ", given_km="ដារ៉ា", sex="M", father_name="  ")
    db_session.add(one)
    db_session.commit()
    assert (one.surname_km, one.father_name, one.name) == ("សុខ", None, "សុខ ដារ៉ា")


@pytest.mark.parametrize("text", ["a\x00b", "\u202ea", "a\x1b"])
def test_text_that_cannot_be_kept_is_refused_below_the_forms(db_session, text):
    db_session.add(Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M", father_name=text))
    with pytest.raises(RuleBroken):
        db_session.commit()


def test_a_code_that_its_list_does_not_know_is_refused_below_the_forms(db_session, person):
    person.sex = "X"
    with pytest.raises(RuleBroken):
        db_session.commit()


def test_a_name_is_sorted_as_a_dictionary_does_and_derived_anew(db_session, person):
    before = person.name_sort
    person.given_km = "វណ្ណា"
    db_session.commit()
    assert person.name == "សុខ វណ្ណា" and person.name_sort != before


def test_the_levels_of_a_place_follow_its_code(db_session):
    with written_by("clerk.bb"):
        case = a_registered_case()
        db_session.commit()
    rows = [case, *case.offences, *case.involvements, *case.exhibits]
    assert {(row.province_code, row.district_code, row.commune_code) for row in rows} == {
        ("02", "0203", "020310")
    }


def test_age_and_minority_are_of_the_day_it_happened(db_session):
    born = dates.now().date() - timedelta(days=17 * 365)
    with written_by("clerk.bb"):
        case = a_registered_case(people=[(a_registered_person(born_on=born), "suspect")])
        db_session.commit()
    suspect = case.involvements[0]
    assert (suspect.age, suspect.minor, suspect.restricted) == (16, True, True)


def test_two_who_change_one_record_do_not_win_over_each_other(db_session, person, app):
    key, first = person.id, db_session()
    with app.app_context():  # has a session of its own
        second = db.session()
        act_as(second, THE_REGISTER)
        second.get(Person, key).phone = "1"
        person.phone = "2"
        first.commit()
        with pytest.raises(StaleDataError):
            second.commit()
        second.rollback()
    assert person.phone == "2"


def test_each_new_record_leaves_one_trace_with_its_values(db_session, person):
    (trace,) = traces(db_session, "add")
    assert (trace.entity, trace.entity_id, trace.actor_id) == ("person", person.id, person.recorded_by_id)
    assert trace.changes["surname_km"] == "សុខ"
    assert "name_sort" not in trace.changes and "version" not in trace.changes


def test_a_change_leaves_what_was_and_what_is(db_session, person):
    person.born_on = dates.read_date("05/03/1990")
    db_session.commit()
    (trace,) = traces(db_session, "change")
    assert trace.changes == {"born_on": [None, "1990-03-05"], "birth_year": [None, 1990]}


def test_a_change_that_is_rolled_back_leaves_no_trace(db_session, person):
    person.phone = "1"
    db_session.flush()
    db_session.rollback()
    assert traces(db_session, "change") == []


def test_a_row_more_is_no_change_of_the_record_it_hangs_on(db_session, person):
    person.marks.append(PersonMark(kind="scar", text="ស្នាមលើថ្ងាស"))
    db_session.commit()
    assert person.version == 1


def test_a_code_and_a_unit_are_kept_true_too(db_session):
    unit = db_session.get(Unit, "PC-02")
    unit.name_km = " ស្នងការ\u200bដ្ឋានសាកល្បង "
    code = db_session.scalars(select(Code).where(Code.list == "role", Code.key == "suspect")).one()
    code.name_km = "ជន\u200bសង្ស័យ"
    db_session.commit()
    assert unit.name_km == "ស្នងការដ្ឋានសាកល្បង" and code.name_km == "ជនសង្ស័យ"
