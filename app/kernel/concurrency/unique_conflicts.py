"""At which box of a form it stands that another record has the same value already.

Asked only after the database has refused a save: one that goes through pays nothing for it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import UniqueConstraint, inspect, select

from app.extensions import db
from app.kernel.schema.display import foreign_key


@dataclass(frozen=True)
class Sent:
    """What a refused save would have written: a rollback takes it from the record."""

    model: Any
    values: dict
    key: tuple | None  # of the record itself, where it was there before

    @classmethod
    def of(cls, record):
        state = inspect(record)
        return cls(type(record), dict(record.__dict__), state.identity)

    def box(self, names):
        """The name of the box, of those of a form, in which a value stands that is taken; empty where none is."""
        table = self.model.__table__
        boxes = {_column(self.model, name): name for name in names if name in self.model.__mapper__.attrs}
        for columns in _unique(table):
            shown = [boxes[column] for column in columns if column in boxes]
            values = {column: self.values.get(column) for column in columns}
            if not shown or None in values.values():
                continue
            same = [table.c[column] == value for column, value in values.items()]
            found = db.session.execute(select(*table.primary_key).where(*same)).first()
            if found is not None and tuple(found) != self.key:
                return shown[-1]
        return ""


def _column(model, name):
    return foreign_key(model, name) if name in model.__mapper__.relationships else name


@cache
def _unique(table):
    """The columns, by name, of which no two rows have the same values."""
    kept = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    kept += [one.columns for one in table.indexes if one.unique]
    return [tuple(column.key for column in columns) for columns in (table.primary_key.columns, *kept)]
