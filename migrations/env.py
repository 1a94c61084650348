"""Alembic environment: runs the numbered migrations of versions/ on the database of the running application."""

from alembic import context
from flask import current_app

from app.kernel.database.engine import remove_limits
from migrations.undeclared import is_declared

database = current_app.extensions["migrate"].db


def run():
    with database.engine.connect() as connection:
        remove_limits(connection)
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            compare_type=True,
            include_object=is_declared,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
