"""Unique conflicts: finds the form field of which the value already exists in another record.

Used only after the database has rejected a save, so that a successful save needs no extra query.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import UniqueConstraint, inspect, select

from app.extensions import db
from app.kernel.schema.display import foreign_key_column


@dataclass(frozen=True)
class AttemptedRow:
    """The values of a rejected save, kept because a rollback removes them from the record."""

    model: Any
    values: dict
    key: tuple | None  # of the record itself, None for a new one

    @classmethod
    def from_record(cls, record):
        """Return the values of a record, before the rollback."""
        state = inspect(record)
        return cls(type(record), dict(record.__dict__), state.identity)

    def find_problem(self, error):
        """Return the problem that the model names for the unique index or trigger in this IntegrityError, or None.

        PostgreSQL names the index, SQLite its columns. Both name the trigger.
        """
        text, table = str(error.orig), self.model.__table__
        columns = {
            index.name: ", ".join(f"{table.name}.{column.key}" for column in index.columns)
            for index in table.indexes
        }
        problems = getattr(self.model, "__conflicts__", {})  # reference data is no Record and names none
        for name, problem in problems.items():
            if name in text or (name in columns and text.endswith(f"failed: {columns[name]}")):
                return problem
        return None

    def conflicting_field(self, names):
        """Return the field, of these names, of which the value already exists; "" if none."""
        table = self.model.__table__
        fields = {
            _column_name(self.model, name): name for name in names if name in self.model.__mapper__.attrs
        }
        for columns in _unique_columns(table):
            present = [fields[column] for column in columns if column in fields]
            values = {column: self.values.get(column) for column in columns}
            if not present or None in values.values():
                continue
            same = [table.c[column] == value for column, value in values.items()]
            found = db.session.execute(select(*table.primary_key).where(*same)).first()
            if found is not None and tuple(found) != self.key:
                return present[-1]
        return ""


def _column_name(model, name):
    return foreign_key_column(model, name) if name in model.__mapper__.relationships else name


@cache
def _unique_columns(table):
    """Return the column names of each primary key, unique constraint and unique index."""
    unique = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique += [one.columns for one in table.indexes if one.unique]
    return [tuple(column.key for column in columns) for columns in (table.primary_key.columns, *unique)]
