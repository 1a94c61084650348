"""The index follows every save in its transaction, can be made anew, and is checked against the records."""

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.schema.record_lock import plain, through_the_door
from app.kernel.text import dates
from app.name_search import index, index_rebuild
from app.name_search.models import NameBearer, NameKey, NameRebuild
from app.name_search.person_search import find
from app.people.models import Person, PersonName
from tests.locked_records import take_the_locks_off
from tests.query_plans import plan, planned
from tests.sample_rows import a_registered_person
from tests.statement_counts import counted


@pytest.fixture
def dara(db_session):
    """A registered person with an alias."""
    person = a_registered_person()
    db_session.add(person)
    db_session.commit()
    return person


@pytest.fixture
def change(db_session, owner):
    """Changes of a person what corrections and joinings alone may; the locks of the database are off."""
    with owner.begin() as connection:
        if connection.dialect.name == "sqlite":
            take_the_locks_off(connection)
        else:
            connection.exec_driver_sql("ALTER TABLE person DISABLE TRIGGER USER")

    def change(person, **values):
        opened = {("person", person.id, name): plain(value) for name, value in values.items()}
        with through_the_door(db_session, opened):
            for name, value in values.items():
                setattr(person, name, value)
        db_session.commit()

    return change


def found(session, text):
    return [match.person_id for match in find(session, text)]


def faults(owner):
    """As the commands ask: no wall stands before the owner of the database."""
    with owner.connect() as connection:
        return index_rebuild.faults(connection)


def test_a_new_person_is_found_by_each_of_his_names(db_session, owner, dara, each_database):
    assert (
        found(db_session, "Sokh Dara")
        == found(db_session, "ដារ៉ា តូច")
        == found(db_session, "Darah Tooch")
        == [dara.id]
    )
    assert faults(owner) == (0, 0)


def test_a_changed_name_is_found_and_the_old_one_is_not(db_session, owner, dara, each_database):
    dara.given_km, dara.given_latin = "វាសនា", "Veasna"
    db_session.commit()
    assert found(db_session, "sok veasna") == [dara.id]
    assert found(db_session, "sok dara") == []
    assert not db_session.scalars(select(NameKey).where(NameKey.given_km == "ដារ៉ា")).all()
    assert faults(owner) == (0, 0)


def test_a_name_that_another_bears_too_stays(db_session, dara, each_database):
    other = a_registered_person(number=3)
    db_session.add(other)
    db_session.commit()
    dara.given_km, dara.given_latin = "វាសនា", "Veasna"
    db_session.commit()
    assert found(db_session, "sok dara") == [other.id]


def test_a_name_that_moves_to_somebody_else_goes_with_him(db_session, owner, dara, each_database):
    other = a_registered_person(surname_km="ជា", given_km="ស៊ីម", given_latin=None, surname_latin=None)
    other.names.clear()
    db_session.add(other)
    db_session.commit()
    dara.names[0].person = other
    db_session.commit()
    assert found(db_session, "ដារ៉ាតូច") == [other.id]
    assert faults(owner) == (0, 0)


def test_a_name_that_was_struck_out_is_no_name(db_session, owner, each_database):
    person = a_registered_person()
    person.names[0].voided_at, person.names[0].void_reason = dates.now(), "entered twice"
    db_session.add(person)
    db_session.commit()
    assert found(db_session, "ដារ៉ាតូច") == []
    assert faults(owner) == (0, 0)


def years_of(session, person):
    """The years under which the index holds the names of somebody, one for each name."""
    held = select(NameBearer.birth_year).where(NameBearer.person_id == person.id)
    return session.scalars(held).all()


def test_each_name_stands_under_the_year_of_birth_of_who_bears_it(db_session, owner, dara, each_database):
    assert years_of(db_session, dara) == [1990, 1990]
    dara.born_on = dates.read_date("02-01-1985")
    db_session.commit()
    assert years_of(db_session, dara) == [1985, 1985]
    dara.born_on = dara.birth_year = None
    db_session.commit()
    assert years_of(db_session, dara) == [0, 0]
    assert found(db_session, "sok dara") == [dara.id] and faults(owner) == (0, 0)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_new_name_waits_for_whoever_changes_the_year(db_session, dara):
    """What he has not committed is not seen, and the name would stand under the old year."""
    dara.born_on = dates.read_date("02-01-1985")
    db_session.flush()
    with Session(db.engine) as other:
        act_as(other, THE_REGISTER)
        other.execute(text("SET LOCAL lock_timeout = 1"))
        other.add(PersonName(person_id=dara.id, kind="alias", text_latin="Dara"))
        with pytest.raises(OperationalError):
            other.flush()


def test_who_was_struck_out_is_in_no_index_and_is_again_when_that_was_taken_back(
    db_session, owner, dara, change, each_database
):
    change(dara, voided_at=dates.now(), void_reason="entered twice")
    assert years_of(db_session, dara) == [] and found(db_session, "sok dara") == []
    assert not db_session.scalars(select(NameKey)).all() and faults(owner) == (0, 0)
    dara.names[0].text_latin = "Dara Toch"
    db_session.commit()
    assert years_of(db_session, dara) == [] and faults(owner) == (0, 0)
    change(dara, voided_at=None, void_reason=None)
    assert found(db_session, "sok dara") == found(db_session, "dara toch") == [dara.id]
    assert faults(owner) == (0, 0)


def test_who_was_struck_out_at_once_is_in_no_index(db_session, owner, each_database):
    person = a_registered_person(voided_at=dates.now(), void_reason="entered twice")
    db_session.add(person)
    db_session.commit()
    assert years_of(db_session, person) == [] and faults(owner) == (0, 0)


def test_who_was_joined_is_found_as_the_one_who_stays_in_his_year_until_they_part(
    db_session, owner, dara, change, each_database
):
    veasna = a_registered_person(
        3, given_km="វាសនា", given_latin="Veasna", born_on=dates.read_date("04-01-1985")
    )
    db_session.add(veasna)
    db_session.commit()
    change(dara, joined_into_id=veasna.id)
    assert found(db_session, "sok dara") == [veasna.id] and faults(owner) == (0, 0)
    assert set(years_of(db_session, veasna)) == {1985} and len(years_of(db_session, veasna)) == 3
    change(dara, joined_into_id=None)
    assert found(db_session, "sok dara") == [dara.id] and faults(owner) == (0, 0)


def test_what_is_rolled_back_is_in_no_index(db_session, owner, each_database):
    db_session.add(a_registered_person())
    db_session.flush()
    assert found(db_session, "sok dara")
    db_session.rollback()
    assert found(db_session, "sok dara") == [] and faults(owner) == (0, 0)


def test_an_entry_costs_two_statements_however_many_people_it_has(register, db_session, each_database):
    for number in range(5):
        db_session.add(a_registered_person(number))
    with counted(register) as statements:
        db_session.flush()
    assert len([one for one in statements if one.startswith("INSERT INTO name_")]) == 2
    assert not [one for one in statements if "UNION ALL" in one]  # what new people are called is at hand


def test_what_people_are_called_is_found_by_the_index_of_their_database(
    register, db_session, dara, each_database
):
    mine, beyond = dara.id, dara.id + 40
    with planned(register) as questions:
        assert {row.person_id for row in index.held(db_session, {mine, beyond})} == {mine}
        assert {row.person_id for row in index.held(db_session, between=(1, beyond))} == {mine}
    assert len(questions) == 2
    for question in questions:
        assert any("ix_name_bearer_" in line for line in plan(register, *question))


def test_the_check_finds_what_is_missing_and_what_is_too_much(db_session, owner, dara, each_database):
    ours = NameBearer.__table__
    db_session.execute(delete(ours).where(ours.c.person_id == dara.id))
    db_session.execute(insert(ours).values(person_id=dara.id, birth_year=1990, name_id=7))
    db_session.execute(
        insert(NameKey.__table__).values(
            key=1, name_id=7, surname_km="", given_km="ក", surname_latin="", given_latin=""
        )
    )
    db_session.commit()
    missing, stale = faults(owner)
    assert missing == 2 and stale > 1


def test_the_check_finds_a_wrong_year_and_who_was_struck_out(db_session, owner, dara, change, each_database):
    db_session.execute(update(NameBearer.__table__).values(birth_year=1989))
    db_session.commit()
    assert faults(owner) == (2, 2)
    index_rebuild.rebuild(owner, lambda text: None)
    assert faults(owner) == (0, 0) and years_of(db_session, dara) == [1990, 1990]
    db_session.execute(update(Person.__table__).values(voided_at=dates.now(), void_reason="entered twice"))
    db_session.commit()
    assert faults(owner) == (0, 2)
    index_rebuild.rebuild(owner, lambda text: None)
    assert faults(owner) == (0, 0) and years_of(db_session, dara) == []


def test_a_rebuild_makes_the_index_what_the_records_say(db_session, owner, dara, each_database):
    test_the_check_finds_what_is_missing_and_what_is_too_much(db_session, owner, dara, each_database)
    index_rebuild.rebuild(owner, lambda text: None)
    assert faults(owner) == (0, 0)
    assert found(db_session, "sok dara") == [dara.id]


def test_a_rebuild_tells_what_the_parts_of_older_names_sound_like(db_session, owner, dara, each_database):
    older = NameKey.__table__.update().values(surname_sound=None, given_sound=None)
    db_session.execute(older)
    db_session.commit()
    assert found(db_session, "dara") == [] and faults(owner)[1] > 0
    index_rebuild.rebuild(owner, lambda text: None)
    assert found(db_session, "dara") == [dara.id] and faults(owner) == (0, 0)


def test_a_rebuild_goes_on_where_it_was_killed(db_session, owner, each_database):
    people = [a_registered_person(number) for number in range(6)]
    db_session.add_all(people)
    db_session.commit()
    db_session.execute(delete(NameBearer.__table__))
    mark = NameRebuild.__table__
    db_session.execute(insert(mark).values(id=1, last_person=people[2].id, last_key=-1))
    db_session.commit()
    told = []
    index_rebuild.rebuild(owner, told.append)
    assert told[0] == f"Going on after person {people[2].id:,}"
    assert set(found(db_session, "sok dara")) == {person.id for person in people[3:]}
    index_rebuild.rebuild(owner, told.append)
    assert len(found(db_session, "sok dara")) == 6 and faults(owner) == (0, 0)


def test_a_rebuild_that_goes_on_tells_how_far_it_is_of_all(db_session, owner, monkeypatch):
    monkeypatch.setattr(index_rebuild, "STRETCH", 1)
    people = [a_registered_person(number) for number in range(4)]
    db_session.add_all(people)
    half = people[1]
    db_session.flush()
    db_session.execute(insert(NameRebuild.__table__).values(id=1, last_person=half.id, last_key=-1))
    db_session.commit()
    told = []
    index_rebuild.rebuild(owner, told.append)
    whole = people[-1].id
    assert told[1] == f"  {(half.id + 1) * 100 // whole:3d} % · {half.id + 1:,} persons"
    assert told[-2] == f"  100 % · {whole:,} persons"


def test_several_stretches_are_one_index(db_session, owner, each_database, monkeypatch):
    monkeypatch.setattr(index_rebuild, "STRETCH", 2)
    db_session.add_all(a_registered_person(number, given_km=given) for number, given in enumerate("កខគឃង"))
    db_session.commit()
    for table in (NameBearer.__table__, NameKey.__table__):
        db_session.execute(delete(table))
    db_session.commit()
    index_rebuild.rebuild(owner, lambda text: None)
    assert faults(owner) == (0, 0)
    assert db_session.scalar(select(Person.id).join(PersonName).limit(1))
