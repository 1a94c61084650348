"""The REST API of orders: the paper as it was received, and every act on it."""

from app.kernel.api import RecordApi
from app.orders import views


class CourtOrderApi(RecordApi):
    view, resource_name = views.CourtOrderView, "court-orders"


class OrderEventApi(RecordApi):
    view, resource_name = views.OrderEventView, "order-acts"


class OrderFileApi(RecordApi):
    view, resource_name = views.OrderFileView, "order-files"


APIS = (CourtOrderApi, OrderEventApi, OrderFileApi)
