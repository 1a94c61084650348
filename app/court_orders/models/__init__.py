"""Models of court orders, their events, scans and matches."""

from app.court_orders.models.court_order import CourtOrder
from app.court_orders.models.events import OrderEvent, OrderFile
from app.court_orders.models.matches import OrderMatch

__all__ = ["CourtOrder", "OrderEvent", "OrderFile", "OrderMatch"]
