"""On PostgreSQL the application's own user owns nothing: what it may do is given here, by the owner of the tables.

It reads and writes the register's tables, and only adds to the log. So a hole in the application opens no way to
change what was written down, nor to take a trigger away.
"""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import config

ONLY_ADDED = ("audit_event", "audit_payload", "audit_entry", "audit_seals")
ONLY_READ = ("alembic_version",)
# Names of the nation, with the rights of the owner, who is behind no wall; the nightly check alone asks for them.
OF_THE_OWNER = ("province_list_computed",)


def give(engine, role):
    """Let `role` work with the tables of this database; called by their owner after each migration."""
    name = engine.dialect.identifier_preparer.quote(role)
    with engine.begin() as connection:

        def say(statement):
            connection.exec_driver_sql(statement.format(name=name))

        say("GRANT USAGE ON SCHEMA public TO {name}")
        say("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        say("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in ONLY_ADDED:
            say(f"REVOKE UPDATE, DELETE ON {table} FROM {{name}}")
        for table in ONLY_READ:
            say(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {{name}}")
        for view in OF_THE_OWNER:
            say(f"REVOKE ALL ON {view} FROM {{name}}")
        # The end of the log is moved by a trigger with its owner's rights; the application only holds it.
        say("REVOKE INSERT, UPDATE, DELETE ON audit_head FROM {name}")
        say("GRANT UPDATE (held) ON audit_head TO {name}")


def role_of(url):
    """The user of the application in its own database address."""
    return make_url(url).username


def owns_its_tables(engine):
    """Whether the user of this connection may change the tables; on SQLite everybody may."""
    if engine.dialect.name != "postgresql":
        return True
    owner = text(
        "SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE relname = 'alembic_version'"
    )
    with engine.connect() as connection:
        return connection.scalar(owner) is not False


def owners_engine(engine):
    """The same database as its owner, where the application's user is another; else `engine`."""
    if not config.OWNER_DATABASE_URI:
        return engine
    return create_engine(config.OWNER_DATABASE_URI, hide_parameters=True)
