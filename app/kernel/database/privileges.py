"""Privileges of the application's database user on PostgreSQL.

The application's user owns nothing. The owner of the tables grants it the right to read and write the tables, but only to
add rows to the audit log. A vulnerability in the application therefore cannot change the audit log or drop a trigger.
"""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import config

APPEND_ONLY_TABLES = ("audit_event", "audit_payload", "audit_entry", "audit_row_hashes")
READ_ONLY_TABLES = ("alembic_version",)
# Nationwide names. Row-level security does not restrict their owner. Only the nightly check reads them.
OWNER_ONLY_VIEWS = ("province_person_computed",)


def grant_privileges(engine, role):
    """Grant `role` its privileges on this database; the owner of the tables calls this after each migration."""
    name = engine.dialect.identifier_preparer.quote(role)
    with engine.begin() as connection:

        def execute(statement):
            connection.exec_driver_sql(statement.format(name=name))

        execute("GRANT USAGE ON SCHEMA public TO {name}")
        execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        execute("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in APPEND_ONLY_TABLES:
            execute(f"REVOKE UPDATE, DELETE ON {table} FROM {{name}}")
        for table in READ_ONLY_TABLES:
            execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {{name}}")
        for view in OWNER_ONLY_VIEWS:
            execute(f"REVOKE ALL ON {view} FROM {{name}}")
        # A trigger with the rights of its owner moves the end of the audit log; the application only locks it.
        execute("REVOKE INSERT, UPDATE, DELETE ON audit_head FROM {name}")
        execute("GRANT UPDATE (lock_marker) ON audit_head TO {name}")


def application_role(url):
    """Return the application's database user from its database URL."""
    return make_url(url).username


def owns_tables(engine):
    """Return True if the user of this connection owns the tables; always True on SQLite."""
    if engine.dialect.name != "postgresql":
        return True
    owner = text(
        "SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE relname = 'alembic_version'"
    )
    with engine.connect() as connection:
        return connection.scalar(owner) is not False


def may_bypass_protection(engine):
    """Return True if the user of this connection is a superuser, bypasses row-level security or owns a table."""
    if engine.dialect.name != "postgresql":
        return False
    unsafe = text(
        "SELECT rolsuper OR rolbypassrls OR EXISTS ("
        " SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind IN ('r', 'p', 'v', 'm', 'S') AND pg_has_role(relowner, 'MEMBER'))"
        " FROM pg_roles WHERE rolname = current_user"
    )
    with engine.connect() as connection:
        return connection.scalar(unsafe)


def owner_engine(engine):
    """Return an engine for the owner of this database, or `engine` if no owner is configured."""
    if not config.OWNER_DATABASE_URI:
        return engine
    return create_engine(config.OWNER_DATABASE_URI, hide_parameters=True)
