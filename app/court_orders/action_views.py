"""The forms of the acts on an order: each asks for what that act needs, and leads back to the order."""

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.court_orders import queries, state_machine
from app.court_orders.models import OrderEvent
from app.court_orders.rules.events import BY_ARREST
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates


class ActView(RecordView):
    """One kind of act. The order comes in the address, from its page."""

    datamodel = SQLAInterface(OrderEvent)
    class_permission_name = "OrderEvent"
    base_permissions = ["can_add"]
    include_route_methods = {"add"}
    needs_purpose = frozenset((access_log.OPEN,))
    kind, symbol, hangs_on = "", "pencil", "order"
    needs = ()  # boxes that this act is refused without, and so are not called optional
    of_the_wanted = False  # whether it is done only where somebody is searched for

    @classmethod
    def fits(cls, order):
        """Whether the page of this order offers the act now."""
        wanted = order.kind in state_machine.WANTED_FOR or not cls.of_the_wanted
        return wanted and state_machine.may_follow(order.kind, order.status, cls.kind)

    def facts(self, record):
        return queries.facts_of_act(record)

    def begin(self, form):
        super().begin(form)
        form.at.data = dates.now().replace(second=0, microsecond=0)

    def _get_add_widget(self, form, exclude_cols=None, widgets=None):
        for name in self.needs:
            form[name].optional = False
        return super()._get_add_widget(form, exclude_cols, widgets)

    def _hear(self, form, record, sent):
        record.kind = self.kind
        return super()._hear(form, record, sent)

    def page_after(self, pk):
        act = db.session.get(OrderEvent, int(pk))
        return url_for("CourtOrderView.show", pk=act.order_id)


class AssignView(ActView):
    kind, symbol, route_base = "assigned", "building-2", "/order-assign"
    add_title = _("Assign to a unit")
    add_columns = ["order", "at", "to_unit", "officer", "note"]
    needs = ("to_unit",)


class AttemptView(ActView):
    kind, symbol, route_base = "attempt", "search", "/order-attempt"
    add_title = _("Enter an attempt")
    add_columns = ["order", "at", "place", "officer", "result", "note"]
    needs = ("result",)


class SeenView(ActView):
    kind, symbol, route_base = "seen", "eye", "/order-seen"
    add_title = _("Enter where the person was seen")
    add_columns = ["order", "at", "place", "note"]
    needs = ("place",)
    of_the_wanted = True


class ValidateView(ActView):
    kind, symbol, route_base = "validated", "check", "/order-validate"
    add_title = _("Validate with the court")
    add_columns = ["order", "at", "paper_no", "paper_on", "note"]


class NoticeView(ActView):
    kind, symbol, route_base = "notice", "bell", "/order-notice"
    add_title = _("Enter a notice")
    add_columns = ["order", "at", "notice_kind", "paper_no", "paper_on"]
    needs = ("notice_kind", "paper_no")
    of_the_wanted = True


class ExecuteView(ActView):
    kind, symbol, route_base = "executed", "circle-check", "/order-execute"
    add_title = _("Mark as executed")
    add_columns = ["order", "at", "place", "officer", "paper_no", "paper_on", "note"]
    needs = ("place", "officer")

    @classmethod
    def fits(cls, order):
        """A warrant of arrest is executed by the arrest, which is entered in its place."""
        return order.kind not in BY_ARREST and super().fits(order)


class ReturnView(ActView):
    kind, symbol, route_base = "returned", "landmark", "/order-return"
    add_title = _("Return to the court")
    add_columns = ["order", "at", "paper_no", "paper_on", "note"]


class RecallView(ActView):
    kind, symbol, route_base = "recalled", "x", "/order-recall"
    add_title = _("Enter the recall")
    add_columns = ["order", "at", "paper_no", "paper_on", "reason"]
    needs = ("paper_no", "paper_on")


class ReplaceView(ActView):
    kind, symbol, route_base = "replaced", "file-text", "/order-replace"
    add_title = _("Enter the order that replaces it")
    add_columns = ["order", "at", "by_order", "paper_no", "paper_on"]
    needs = ("by_order", "paper_no", "paper_on")


class AcquittedView(ActView):
    kind, symbol, route_base = "acquitted", "scale", "/order-acquitted"
    add_title = _("Enter a final acquittal")
    add_columns = ["order", "at", "paper_no", "paper_on", "note"]
    needs = ("paper_no", "paper_on")


class RestoredView(ActView):
    kind, symbol, route_base = "restored", "scale", "/order-restored"
    add_title = _("Enter that the acquittal was set aside")
    add_columns = ["order", "at", "paper_no", "paper_on", "reason"]
    needs = ("paper_no", "paper_on")


class DiedView(ActView):
    kind, symbol, route_base = "died", "file-text", "/order-died"
    add_title = _("Enter the notice of death")
    add_columns = ["order", "at", "paper_no", "paper_on", "note"]
    needs = ("paper_no", "paper_on")


class RevivedView(ActView):
    kind, symbol, route_base = "revived", "user", "/order-revived"
    add_title = _("Take the notice of death back")
    add_columns = ["order", "at", "paper_no", "paper_on", "reason"]
    needs = ("paper_no", "paper_on")


class RejectView(ActView):
    kind, symbol, route_base = "rejected", "x", "/order-reject"
    add_title = _("Do not accept the order")
    add_columns = ["order", "at", "reason"]
    needs = ("reason",)


ACTS = (
    ExecuteView, AttemptView, SeenView, AssignView, ValidateView, NoticeView, ReturnView, RecallView, ReplaceView,
    AcquittedView, RestoredView, DiedView, RevivedView, RejectView,
)  # fmt: skip
