"""Many records written at once are as those that a session flushes, and are heard by all who listen."""

import pytest
from sqlalchemy import select

from app.duplicates.models import Duplicate
from app.kernel.audit import verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import bulk_save
from app.name_search.models import NameBearer
from app.people.models import Person, PersonDocument, PersonName
from tests.sample_rows import written_by
from tests.statement_counts import counted

MOVING = {"id", "person_id", "insert_order", "recorded_at", "changed_at"}


def somebody():
    return Person(
        surname_km="សុខ", given_km="  ដារ៉ា ", sex="M", birth_year=1980,
        names=[PersonName(kind="alias", text_km="ខ្មៅ")],
        documents=[PersonDocument(kind="passport", number="N ០១២", country="KH")],
    )  # fmt: skip


def test_they_are_as_those_of_a_flush(db_session, each_database):
    with written_by("clerk.bb"):
        db_session.add(somebody())
        db_session.flush()
        bulk_save.add(db_session(), [somebody()])
        db_session.commit()
    connection = db_session.connection()
    for model in (Person, PersonName, PersonDocument):
        one, two = (dict(row) for row in connection.execute(select(model.__table__)).mappings())
        assert {k: v for k, v in one.items() if k not in MOVING} == {
            k: v for k, v in two.items() if k not in MOVING
        }
        assert not list(verify_rows.wrong_rows(connection, model.__table__))
    first, second = connection.scalars(select(Person.id).order_by(Person.id))
    bearers = connection.scalars(select(NameBearer.person_id)).all()
    assert sorted(bearers) == [first, first, second, second]
    assert connection.execute(select(Duplicate.first_id, Duplicate.second_id)).all() == [(first, second)]
    added = select(AuditEvent.entity_id).where(AuditEvent.action == "add", AuditEvent.entity == "person")
    assert sorted(connection.scalars(added)) == [first, second]


def test_the_session_keeps_what_it_is_told_to_keep(db_session, each_database):
    person = somebody()
    with written_by("clerk.bb"):
        bulk_save.keep(db_session(), person, bulk_save.add(db_session(), [person]))
        assert db_session.get(Person, person.id) is person and person.names[0] in db_session
        assert not db_session.new and not db_session.dirty
        person.given_km, person.documents[0].number = "ដារា", "N ០១៣"
        db_session.commit()
    assert (person.version, person.given_km, person.documents[0].number_key) == (2, "ដារា", "N013")


@pytest.mark.parametrize("nested", [False, True])
def test_what_was_taken_back_is_kept_no_longer(db_session, each_database, nested):
    with written_by("clerk.bb"):
        db_session.execute(select(1))
        part = db_session.begin_nested() if nested else db_session
        person = somebody()
        bulk_save.keep(db_session(), person, bulk_save.add(db_session(), [person]))
        part.rollback()
        assert person not in db_session and person.names[0] not in db_session
        assert db_session.get(Person, person.id) is None
        other = Person(surname_km="ទេព", given_km="វណ្ណៈ", sex="F", birth_year=1970)
        bulk_save.keep(db_session(), other, bulk_save.add(db_session(), [other]))
        db_session.commit()
    assert other in db_session and db_session.scalars(select(Person)).all() == [other]


def test_a_number_that_was_taken_back_is_given_again(db_session):
    with written_by("clerk.bb"):
        first = somebody()
        bulk_save.keep(db_session(), first, bulk_save.add(db_session(), [first]))
        db_session.expunge(first)
        held = db_session.get(Person, first.id)
        db_session.rollback()
        second = somebody()
        bulk_save.keep(db_session(), second, bulk_save.add(db_session(), [second]))
    assert held is not second and db_session.get(Person, first.id) is second


def test_nothing_to_write_is_nothing_written(db_session):
    assert bulk_save.add(db_session(), []) == []


def test_the_numbers_of_all_tables_are_asked_for_at_once(register, db_session, each_database):
    with written_by("clerk.bb"), counted(register) as asked:
        bulk_save.add(db_session(), [somebody(), somebody()])
    of_numbers = [one for one in asked if "nextval" in one or "max(" in one]
    assert len(of_numbers) == 1
