"""On PostgreSQL the application's user owns nothing and only adds to the log."""

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from app import create_app
from app.extensions import db
from app.kernel import audit, rights
from app.kernel.actors import THE_REGISTER, act_as
from app.people.models import Person
from tests.registers import SECRET

ROLE, PASSWORD = "ecrime_app", "only-for-tests"


@pytest.fixture
def application(registers):
    """A register of the owner, and the application that is signed in to it as its own user."""
    register = registers("postgresql")
    register.set_back()
    register.say(
        f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    rights.give(register.app_engine, ROLE)
    url = register.app_engine.url.set(username=ROLE, password=PASSWORD)
    app = create_app(SECRET_KEY=SECRET, SQLALCHEMY_DATABASE_URI=url.render_as_string(hide_password=False))
    with app.app_context():
        act_as(db.session, THE_REGISTER)
        yield db
        db.session.remove()
        db.engine.dispose()


def test_the_application_works_and_adds_to_the_log(application):
    application.session.add(Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M"))
    application.session.commit()
    audit.tell("signout", private={"name": "x"})
    assert not rights.owns_its_tables(application.engine)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
        "UPDATE audit_payload SET body = '{}'",
        "DELETE FROM audit_payload",
        "DELETE FROM audit_seals",
        "UPDATE audit_head SET seq = 0",
        "UPDATE audit_head SET hash = ''",
        "DELETE FROM audit_head",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_event_no_update ON audit_event",
        "CREATE OR REPLACE FUNCTION audit_refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP TABLE person",
        "ALTER TABLE person ADD COLUMN x integer",
    ],
)
def test_the_application_may_do_nothing_else(application, statement):
    url = application.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)
