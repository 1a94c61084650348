"""A court order, what happens to it, its scans, and the hits on it."""

from app.court_orders.models.court_order import CourtOrder
from app.court_orders.models.events import OrderEvent, OrderFile
from app.court_orders.models.matches import Hit

__all__ = ["CourtOrder", "Hit", "OrderEvent", "OrderFile"]
