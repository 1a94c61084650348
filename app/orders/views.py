"""Screens of court orders and of what happened to them."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.kernel import looking
from app.kernel.views import RecordView
from app.orders import queries
from app.orders.models import CourtOrder, OrderEvent, OrderFile


class CourtOrderView(RecordView):
    datamodel = SQLAInterface(CourtOrder)
    class_permission_name = "CourtOrder"
    list_title, show_title, add_title, edit_title = (
        _("Court orders"),
        _("Court order"),
        _("Receive an order"),
        _("Change an order"),
    )
    base_order = ("issued_on", "desc")
    needs_purpose = frozenset((looking.OPEN,))
    list_columns = ["number", "kind", "court", "issued_on", "status", "due_on"]
    cell_kinds = {"number": "lead", "kind": "short", "issued_on": "id", "status": "short", "due_on": "id"}

    def facts(self, record):
        return queries.facts(record)


class OrderEventView(RecordView):
    datamodel = SQLAInterface(OrderEvent)
    class_permission_name = "OrderEvent"
    list_title, show_title = _("Acts on orders"), _("Act on an order")
    base_permissions = ["can_list", "can_show"]
    list_columns = ["order", "kind", "at", "officer", "place"]
    cell_kinds = {"order": "lead", "kind": "short", "at": "id"}

    def facts(self, record):
        return queries.facts_of_act(record)


class OrderFileView(RecordView):
    datamodel = SQLAInterface(OrderFile)
    class_permission_name = "OrderFile"
    base_permissions = ["can_list", "can_show"]
    list_title, show_title = _("Scans of orders"), _("Scan of an order")
