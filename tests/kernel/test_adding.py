"""Many records written at once are as those that a session flushes, and are heard by all who listen."""

from sqlalchemy import select

from app.duplicates.models import Duplicate
from app.kernel import adding
from app.kernel.audit import AuditEvent
from app.kernel.trace import sealed_rows
from app.names.models import NameBearer
from app.people.models import Person, PersonDocument, PersonName
from tests.rows import written_by

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
        adding.add(db_session(), [somebody()])
        db_session.commit()
    connection = db_session.connection()
    for model in (Person, PersonName, PersonDocument):
        one, two = (dict(row) for row in connection.execute(select(model.__table__)).mappings())
        assert {k: v for k, v in one.items() if k not in MOVING} == {
            k: v for k, v in two.items() if k not in MOVING
        }
        assert not list(sealed_rows.wrong_rows(connection, model.__table__))
    first, second = connection.scalars(select(Person.id).order_by(Person.id))
    bearers = connection.scalars(select(NameBearer.person_id)).all()
    assert sorted(bearers) == [first, first, second, second]
    assert connection.execute(select(Duplicate.first_id, Duplicate.second_id)).all() == [(first, second)]
    added = select(AuditEvent.entity_id).where(AuditEvent.action == "add", AuditEvent.entity == "person")
    assert sorted(connection.scalars(added)) == [first, second]
