"""Compares the ends of protection orders with their steps, for `run.py status check`."""

from sqlalchemy.orm import joinedload, selectinload

from app.cases.models import Involvement
from app.kernel.schema import derived_columns
from app.protection_orders.models import ProtectionOrder


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the ends that do not follow from the steps.

    `connection` must see every row.
    """
    restrained = joinedload(ProtectionOrder.restrained).joinedload(Involvement.person)
    return derived_columns.find_drift(
        connection, ProtectionOrder, restrained, selectinload(ProtectionOrder.steps)
    )
