"""On PostgreSQL the application's user owns nothing, can only append to the audit log, and cannot change that."""

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text

from app.kernel.audit import recorder
from app.kernel.database import privileges
from app.people.models import Person
from tests.registers import APPLICATION

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def test_application_can_write_rows_and_audit_log(db_session):
    db_session.add(Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M"))
    db_session.commit()
    recorder.record_now("session.signed_out", private={"name": "x"})
    assert not privileges.owns_tables(db_session.get_bind())


def test_application_owns_nothing_and_has_no_powers(register, owner):
    owned = text(
        "SELECT count(*) FROM (SELECT relowner AS owner FROM pg_class UNION ALL SELECT proowner FROM pg_proc"
        " UNION ALL SELECT nspowner FROM pg_namespace UNION ALL SELECT datdba FROM pg_database) AS things"
        " WHERE pg_get_userbyid(owner) = :name"
    )
    powers = text(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
        " OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) FROM pg_roles r WHERE rolname = :name"
    )
    with owner.connect() as connection:
        assert connection.scalar(owned, {"name": APPLICATION}) == 0
        assert connection.scalar(powers, {"name": APPLICATION}) is False


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
        "UPDATE audit_payload SET body = '{}'",
        "DELETE FROM audit_payload",
        "TRUNCATE audit_payload",
        "UPDATE audit_row_hashes SET batch = 'x'",
        "DELETE FROM audit_row_hashes",
        "UPDATE audit_head SET seq = 0",
        "UPDATE audit_head SET hash = ''",
        "INSERT INTO audit_head (id, lock_marker, seq, hash, at) VALUES (2, 0, 0, '', now())",
        "DELETE FROM audit_head",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_event_no_update ON audit_event",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE OR REPLACE FUNCTION lock_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE FUNCTION public.own_function() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0001'",
        'ALTER TABLE "case" DISABLE ROW LEVEL SECURITY',
        'ALTER TABLE "case" DISABLE TRIGGER lock_case_facts',
        'DROP POLICY scope_select ON "case"',
        "TRUNCATE person CASCADE",
        "DROP TABLE person",
        "ALTER TABLE person ADD COLUMN x integer",
        f"ALTER ROLE {APPLICATION} BYPASSRLS",
    ],
)
def test_application_may_not_run_other_statements(register, statement):
    url = register.app_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)
