"""Compares the states and deadlines of contacts with minors with their steps, for `run.py status check`."""

from sqlalchemy.orm import selectinload

from app.kernel.schema import derived_columns
from app.minors.models import MinorContact


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the states that do not follow from the steps.

    `connection` must see every row.
    """
    return derived_columns.find_drift(connection, MinorContact, selectinload(MinorContact.steps))
