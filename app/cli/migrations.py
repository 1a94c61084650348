"""Writes the next migration from the models: the tables, the record lock and the row-level security of new tables."""

import re
import secrets
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import CreateTableOp, ModifyTableOps
from alembic.runtime.migration import MigrationContext
from flask_appbuilder import Model

import config
from app import create_app
from app.extensions import db
from app.kernel.database import engine
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import lockable_columns
from app.web import language
from migrations import lock
from migrations.undeclared import is_declared

VERSIONS = config.ROOT / "migrations" / "versions"
TEXT = '''"""{what}."""

import sqlalchemy as sa
from alembic import op

{helpers}revision = {number!r}
down_revision = {previous!r}
branch_labels = None
depends_on = None


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
'''


@contextmanager
def temporary_database():
    """Yield an application on an empty SQLite database of the newest revision, without any setting of this computer."""
    language.compile_catalogues()
    with tempfile.TemporaryDirectory(prefix="ecrime-") as folder:
        url = f"sqlite:///{Path(folder) / 'ecrime.db'}"
        app = create_app(SECRET_KEY=secrets.token_urlsafe(48), SQLALCHEMY_DATABASE_URI=url)
        with app.app_context():
            command.upgrade(engine.alembic_config(), "head")
            yield app
            db.session.remove()
            db.engine.dispose()


def write_migration(what):
    """Write the migration that the models need and return its path. Exit if they need none."""
    with temporary_database(), db.engine.connect() as connection:
        options = {"compare_type": True, "include_object": is_declared, "render_as_batch": True}
        context = MigrationContext.configure(connection, opts=options)
        script = produce_migrations(context, db.metadata)
        if script.upgrade_ops.is_empty():
            sys.exit("The models and the migrations agree. There is nothing to write.")
        steps, downgrade_steps = _protect_tables(connection, script.upgrade_ops.ops)
        upgrade, downgrade = (
            render_python_code(ops, render_as_batch=True, migration_context=context)
            for ops in (script.upgrade_ops, script.downgrade_ops)
        )
    number = f"{int(engine.head_revision()) + 1:04d}"
    path = VERSIONS / f"{number}_{re.sub('[^a-z]+', '_', what.lower()).strip('_')}.py"
    body = [_without_comments(upgrade), *steps]
    back = [*downgrade_steps, _without_comments(downgrade)]
    code = "\n".join((*body, *back))
    helpers = [
        line
        for name, line in (
            ("lock.", "from migrations import lock\n"),
            ("rls.", "from migrations import row_level_security as rls\n"),
        )
        if name in code
    ]
    text = TEXT.format(
        what=what,
        helpers="".join(helpers) + ("\n" if helpers else ""),
        number=number,
        previous=engine.head_revision(),
        upgrade="\n    ".join(body),
        downgrade="\n    ".join(back),
    )
    path.write_text(text.replace("import sqlalchemy as sa\n", "") if "sa." not in code else text, "utf8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)
    return path


def _without_comments(code):
    return "\n".join(line for line in code.splitlines() if not line.strip().startswith("#")).strip()


def _protect_tables(connection, ops):
    """Return (lines of the upgrade after the tables, lines of the downgrade before them) for the tables of records."""
    records = {
        mapper.local_table.name: mapper.class_
        for mapper in Model.registry.mappers
        if issubclass(mapper.class_, Record)
    }
    steps, downgrade_steps = [], []
    created = {operation.table_name for operation in ops if isinstance(operation, CreateTableOp)}
    for operation in ops:
        model = records.get(getattr(operation, "table_name", None))
        if isinstance(operation, CreateTableOp) and model is not None:
            withdrawable = model.__withdrawable__
            steps += [
                _lock_line(model.__tablename__, lockable_columns(model), (), withdrawable),
                *_policy_lines(model),
            ]
            if not model.__unrestricted__:
                steps.append(f"rls.show_payloads(op, {model.__tablename__!r})")
                downgrade_steps.append(f"rls.hide_payloads(op, {model.__tablename__!r})")
                downgrade_steps.append(f"rls.unprotect_table(op, {model.__tablename__!r})")
        elif isinstance(operation, ModifyTableOps) and model is not None and lockable_columns(model):
            if operation.table_name in created:
                continue  # its indexes
            facts, immutable = lock.locked_columns(connection, model.__tablename__)
            if facts != lockable_columns(model):
                immutable -= set(lock.IMMUTABLE)
                steps.append(_lock_line(model.__tablename__, lockable_columns(model), immutable))
                downgrade_steps.append(_lock_line(model.__tablename__, facts, immutable))
    return steps, downgrade_steps


def _lock_line(table, facts, immutable=(), withdrawable=False):
    names = ", ".join(f"'{name}'" for name in sorted(facts))
    always = f", immutable={tuple(sorted(immutable))!r}" if immutable else ""
    always += ", withdrawable=True" if withdrawable else ""
    return f"lock.lock_table(op, {table!r}, ({names}{',' if facts else ''}){always})"


def _policy_lines(model):
    """Return the line with the policy of a new table; without a known policy one that shows no row."""
    if model.__unrestricted__:
        return []
    condition = f"*rls.{model.__row_policy__}({model.__tablename__!r})" if model.__row_policy__ else "'false'"
    return [f"rls.protect_table(op, {model.__tablename__!r}, {condition})"]
