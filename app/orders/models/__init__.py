"""A court order, what happens to it, its scans, and the hits on it."""

from app.orders.models.acts import OrderEvent, OrderFile
from app.orders.models.hits import Hit
from app.orders.models.papers import CourtOrder

__all__ = ["CourtOrder", "Hit", "OrderEvent", "OrderFile"]
