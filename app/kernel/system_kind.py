"""The kind of a system: production, demo or practice. It is written into the database once, and never changes.

A practice system has invented data on every page. Its case numbers begin with X, and its printouts and exports carry
`PRACTICE_MARK`, so that no other system accepts them.
"""

import re

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db

PRACTICE = "practice"
KINDS = ("production", "demo", PRACTICE)
PRACTICE_MARK = "ទិន្នន័យសាកល្បង មិនមែនទិន្នន័យពិតទេ"
PRACTICE_PREFIX = "X"  # of case numbers and of exports
PRACTICE_TEXT = re.compile(rf"{PRACTICE_MARK}|\bX\d\d-\d{{4}}-\d{{6}}\b|\bXE-\d{{6}}\b")


class OtherKind(Exception):
    """The database belongs to a system of another kind; the text says what to do."""


class SystemKind(db.Model):
    """The one row with the kind of this system."""

    __tablename__ = "system_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), nullable=False)


def is_practice():
    """Return whether this is a practice system."""
    return current_app.config["IS_PRACTICE"]


def is_from_practice(text):
    """Return whether a text has the mark or a number of a practice system."""
    return PRACTICE_TEXT.search(text) is not None


def read_kind(engine):
    """Return the kind stored in the database, or None in a new one and in one of an earlier version."""
    if not sa.inspect(engine).has_table(SystemKind.__tablename__):
        return None
    with engine.connect() as connection:
        return connection.scalar(sa.select(SystemKind.kind))


def check_kind(engine, kind, is_new):
    """Raise OtherKind if the database is not one of a system of this kind. `is_new`: it has no tables yet."""
    stored = read_kind(engine)
    if stored is None and kind == PRACTICE and not is_new:
        raise OtherKind(
            "This database was not created by `run.py practice`. Use a separate one for practice."
        )
    if stored is not None and stored != kind:
        raise OtherKind(
            f"This database belongs to a {stored} system, and this start is for a {kind} system."
            " Each kind has its own database and data folder."
        )


def write_kind(engine, kind):
    """Store the kind of a new database."""
    if read_kind(engine) is None:
        with engine.begin() as connection:
            connection.execute(sa.insert(SystemKind).values(id=1, kind=kind))
