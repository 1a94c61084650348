"""Unrestricted session for audit review: case numbers and the weekly report. No page shows a record of it."""
# unrestricted: counts for auditors, who open no record

from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.actor import SYSTEM, act_as


@contextmanager
def unrestricted_session():
    """Open a separate session that sees every row."""
    with Session(db.engine) as session:
        act_as(session, SYSTEM)
        yield session
