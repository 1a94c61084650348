"""Bulk-saved records equal the records of a flush, and all flush listeners run."""

import pytest
from sqlalchemy import select

from app.duplicates.models import Duplicate
from app.kernel.audit import verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import bulk_save
from app.name_search.models import NameBearer
from app.people.models import Person, PersonDocument, PersonName
from tests.sample_rows import acting_as
from tests.statement_counts import counted

VARYING_COLUMNS = {"id", "person_id", "insert_order", "recorded_at", "changed_at"}


def new_person():
    return Person(
        surname_km="សុខ", given_km="  ដារ៉ា ", sex="M", birth_year=1980,
        names=[PersonName(kind="alias", text_km="ខ្មៅ")],
        documents=[PersonDocument(kind="passport", number="N ០១២", country="KH")],
    )  # fmt: skip


def test_save_new_equals_a_flush(db_session, each_database):
    with acting_as("clerk.bb"):
        db_session.add(new_person())
        db_session.flush()
        bulk_save.save_new(db_session(), [new_person()])
        db_session.commit()
    connection = db_session.connection()
    for model in (Person, PersonName, PersonDocument):
        one, two = (dict(row) for row in connection.execute(select(model.__table__)).mappings())
        assert {k: v for k, v in one.items() if k not in VARYING_COLUMNS} == {
            k: v for k, v in two.items() if k not in VARYING_COLUMNS
        }
        assert not list(verify_rows.tampered_rows(connection, model.__table__))
    first, second = connection.scalars(select(Person.id).order_by(Person.id))
    bearers = connection.scalars(select(NameBearer.person_id)).all()
    assert sorted(bearers) == [first, first, second, second]
    assert connection.execute(select(Duplicate.first_id, Duplicate.second_id)).all() == [(first, second)]
    added = select(AuditEvent.entity_id).where(
        AuditEvent.action == "record.added", AuditEvent.entity == "person"
    )
    assert sorted(connection.scalars(added)) == [first, second]


def test_attach_saved_tracks_records_in_session(db_session, each_database):
    person = new_person()
    with acting_as("clerk.bb"):
        bulk_save.attach_saved(db_session(), person, bulk_save.save_new(db_session(), [person]))
        assert db_session.get(Person, person.id) is person and person.names[0] in db_session
        assert not db_session.new and not db_session.dirty
        person.given_km, person.documents[0].number = "ដារា", "N ០១៣"
        db_session.commit()
    assert (person.version, person.given_km, person.documents[0].number_key) == (2, "ដារា", "N013")


@pytest.mark.parametrize("nested", [False, True])
def test_rollback_removes_attached_records(db_session, each_database, nested):
    with acting_as("clerk.bb"):
        db_session.execute(select(1))
        transaction = db_session.begin_nested() if nested else db_session
        person = new_person()
        bulk_save.attach_saved(db_session(), person, bulk_save.save_new(db_session(), [person]))
        transaction.rollback()
        assert person not in db_session and person.names[0] not in db_session
        assert db_session.get(Person, person.id) is None
        other = Person(surname_km="ទេព", given_km="វណ្ណៈ", sex="F", birth_year=1970)
        bulk_save.attach_saved(db_session(), other, bulk_save.save_new(db_session(), [other]))
        db_session.commit()
    assert other in db_session and db_session.scalars(select(Person)).all() == [other]


def test_id_of_rolled_back_record_is_reused(db_session):
    with acting_as("clerk.bb"):
        first = new_person()
        bulk_save.attach_saved(db_session(), first, bulk_save.save_new(db_session(), [first]))
        db_session.expunge(first)
        first_record = db_session.get(Person, first.id)
        db_session.rollback()
        second = new_person()
        bulk_save.attach_saved(db_session(), second, bulk_save.save_new(db_session(), [second]))
    assert first_record is not second and db_session.get(Person, first.id) is second


def test_save_new_without_records_writes_nothing(db_session):
    assert bulk_save.save_new(db_session(), []) == []


def test_save_new_reads_all_ids_in_one_statement(register, db_session, each_database):
    with acting_as("clerk.bb"), counted(register) as statements:
        bulk_save.save_new(db_session(), [new_person(), new_person()])
    id_statements = [statement for statement in statements if "nextval" in statement or "max(" in statement]
    assert len(id_statements) == 1
