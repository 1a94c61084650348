"""The register's own eye for auditors: numbers of cases, and what the weekly report weighs. No page shows a record of it."""

from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as


@contextmanager
def everywhere():
    """A session of its own that sees every row."""
    with Session(db.engine) as session:
        act_as(session, THE_REGISTER)
        yield session
