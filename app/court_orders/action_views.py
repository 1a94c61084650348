"""Forms for the actions on an order: each asks for the fields of its action and returns to the order."""

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.court_orders import queries, state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.models import OrderEvent
from app.court_orders.rules.events import ARREST_KINDS
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import access_log
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates


class OrderActionView(RecordView):
    """Form for one kind of order event. The page of the order passes the order in the URL."""

    datamodel = SQLAInterface(OrderEvent)
    class_permission_name = "OrderEvent"
    base_permissions = ["can_add"]
    include_route_methods = {"add"}
    needs_purpose = frozenset((access_log.OPEN,))
    kind, symbol, parent_link = "", "pencil", "order"
    required_fields = ()  # fields without which the rules reject the action; the form does not call them optional
    wanted_only = False  # the action exists only for orders under which a person is wanted

    @classmethod
    def is_available(cls, order):
        """Return True if the page of this order offers the action now."""
        wanted = order.kind in state_machine.WANTED_KINDS or not cls.wanted_only
        repeated = cls.kind in state_machine.CONFIRMED_EVENTS and order.awaits_decision
        return wanted and not repeated and state_machine.can_apply(order.kind, order.status, cls.kind)

    @classmethod
    def was_available(cls, order):
        """Return True if the order allows the action now, or did on an earlier day."""
        return state_machine.allowed_once(order.kind, valid_events(order), cls.kind)

    def facts(self, record):
        return queries.load_event_facts(record)

    def prefill(self, form):
        super().prefill(form)
        form.at.data = dates.now().replace(second=0, microsecond=0)

    def _get_add_widget(self, form, exclude_cols=None, widgets=None):
        for name in self.required_fields:
            form[name].optional = False
        return super()._get_add_widget(form, exclude_cols, widgets)

    def _check_rules(self, form, record, sent):
        record.kind = self.kind
        return super()._check_rules(form, record, sent)

    def url_after_save(self, pk):
        event = db.session.get(OrderEvent, int(pk))
        if event is None or event.order_id in actor_of(db.session).scope.moved_order_ids:
            return url_for("CourtOrderView.list")  # the order has moved to a unit elsewhere
        return url_for("CourtOrderView.show", pk=event.order_id)


class AssignView(OrderActionView):
    kind, symbol, route_base = "assigned", "building-2", "/order-assign"
    add_title = _("Assign to a unit")
    add_columns = ["order", "at", "to_unit", "officer", "note"]
    required_fields = ("to_unit",)


class AttemptView(OrderActionView):
    kind, symbol, route_base = "attempt", "search", "/order-attempt"
    add_title = _("Enter an attempt")
    add_columns = ["order", "at", "place", "officer", "result", "note"]
    required_fields = ("result",)


class SeenView(OrderActionView):
    kind, symbol, route_base = "seen", "eye", "/order-seen"
    add_title = _("Enter a sighting")
    add_columns = ["order", "at", "place", "note"]
    required_fields = ("place",)
    wanted_only = True


class ValidateView(OrderActionView):
    kind, symbol, route_base = "validated", "check", "/order-validate"
    add_title = _("Validate with the court")
    add_columns = ["order", "at", "document_no", "document_date", "note"]


class NoticeView(OrderActionView):
    kind, symbol, route_base = "notice", "bell", "/order-notice"
    add_title = _("Enter a notice")
    add_columns = ["order", "at", "notice_kind", "document_no", "document_date"]
    required_fields = ("notice_kind", "document_no")
    wanted_only = True


class ExecuteView(OrderActionView):
    kind, symbol, route_base = "executed", "circle-check", "/order-execute"
    add_title = _("Mark as executed")
    add_columns = ["order", "at", "place", "officer", "document_no", "document_date", "note"]
    required_fields = ("place", "officer")

    @classmethod
    def is_available(cls, order):
        """Return False for an arrest warrant: the user enters the arrest, which executes the warrant."""
        return order.kind not in ARREST_KINDS and super().is_available(order)


class ReturnView(OrderActionView):
    kind, symbol, route_base = "returned", "landmark", "/order-return"
    add_title = _("Return to the court")
    add_columns = ["order", "at", "document_no", "document_date", "note"]


class RecallView(OrderActionView):
    kind, symbol, route_base = "recalled", "x", "/order-recall"
    add_title = _("Enter the recall")
    add_columns = ["order", "at", "document_no", "document_date", "reason"]
    required_fields = ("document_no", "document_date")

    @classmethod
    def is_available(cls, order):
        """Return True also for an executed order: the recall can be older than the arrest."""
        return cls.was_available(order)


class ReplaceView(OrderActionView):
    kind, symbol, route_base = "replaced", "file-text", "/order-replace"
    add_title = _("Enter the replacement order")
    add_columns = ["order", "at", "by_order", "document_no", "document_date"]
    required_fields = ("by_order", "document_no", "document_date")


class AcquittedView(OrderActionView):
    kind, symbol, route_base = "acquitted", "scale", "/order-acquitted"
    add_title = _("Enter a final acquittal")
    add_columns = ["order", "at", "document_no", "document_date", "note"]
    required_fields = ("document_no", "document_date")


class RestoredView(OrderActionView):
    kind, symbol, route_base = "restored", "scale", "/order-restored"
    add_title = _("Enter the annulment of the acquittal")
    add_columns = ["order", "at", "document_no", "document_date", "reason"]
    required_fields = ("document_no", "document_date")


class DiedView(OrderActionView):
    kind, symbol, route_base = "died", "file-text", "/order-died"
    add_title = _("Enter the notice of death")
    add_columns = ["order", "at", "document_no", "document_date", "note"]
    required_fields = ("document_no", "document_date")

    @classmethod
    def is_available(cls, order):
        """Return False until a second officer has confirmed the death on the page of the person."""
        return order.person is not None and order.person.deceased_on and super().is_available(order)


class RevivedView(OrderActionView):
    kind, symbol, route_base = "revived", "user", "/order-revived"
    add_title = _("Withdraw the notice of death")
    add_columns = ["order", "at", "document_no", "document_date", "reason"]
    required_fields = ("document_no", "document_date")


class RejectView(OrderActionView):
    kind, symbol, route_base = "rejected", "x", "/order-reject"
    add_title = _("Reject the order")
    add_columns = ["order", "at", "reason"]
    required_fields = ("reason",)


ACTION_VIEWS = (
    ExecuteView, AttemptView, SeenView, AssignView, ValidateView, NoticeView, ReturnView, RecallView, ReplaceView,
    AcquittedView, RestoredView, DiedView, RevivedView, RejectView,
)  # fmt: skip
