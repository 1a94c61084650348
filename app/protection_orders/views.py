"""The screens of protection orders and their steps."""

from flask import flash, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.confirmations.views import ConfirmedView, build_decide_actions
from app.extensions import db
from app.kernel.api.withdrawal import WithdrawableView
from app.kernel.audit import access_log
from app.kernel.schema import code_lists
from app.kernel.schema.rules import Facts
from app.kernel.screens.list_filters import ListFilter, due_filter
from app.kernel.text import dates
from app.printouts.views import RecordPrintoutView
from app.protection_orders import summaries
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep, is_in_state
from app.reference.list_filters import unit_filter

HIDDEN_PERSON = _(
    "This order protects a person whose identity is protected. Only officers who may see the person can change it."
)


class ProtectionOrderStepView(ConfirmedView, WithdrawableView):
    datamodel = SQLAInterface(ProtectionOrderStep)
    resource_name = "protection-order-steps"
    method_permission_name = ConfirmedView.method_permission_name | {"withdraw": "add"}
    list_title, show_title, add_title = (
        _("Steps of protection orders"),
        _("Step of a protection order"),
        _("Enter a step of the order"),
    )
    related_title = _("Steps of the order")
    list_columns = ["kind", "order", "done_on", "until_on", "document_no", "confirmation"]
    add_columns = ["order", "kind", "done_on", "until_on", "document_no", "document_date", "note"]
    cell_kinds = {"kind": "lead", "order": "id", "document_no": "id"}
    rule_required = ("until_on", "document_no", "document_date", "note")
    base_order = ("done_on", "desc")

    @classmethod
    def make_api_actions(cls):
        return (*build_decide_actions(), *super().make_api_actions())

    def facts(self, record):
        return Facts(now=dates.now())

    def url_after_save(self, pk):
        step = db.session.get(ProtectionOrderStep, int(pk))
        return url_for("ProtectionOrderView.show", pk=step.order_id)


class ProtectionOrderView(WithdrawableView):
    datamodel = SQLAInterface(ProtectionOrder)
    resource_name, icon = "protection-orders", "shield"
    needs_purpose = frozenset((access_log.LIST,))
    list_title, show_title = _("Protection orders"), _("Protection order")
    add_title, edit_title = _("Enter a protection order"), _("Edit the protection order")
    empty_text = _("Enter the orders of courts that protect a person from violence in the family.")
    list_columns = ["number", "restrained", "protected", "case", "starts_on", "ends_on", "state"]
    extra_columns = ("ended_on",)
    optional_columns = ("order_no", "informed_on")
    related_columns = ["number", "restrained", "protected", "starts_on", "ends_on", "state"]
    label_columns = {"number": _("Number of the protection order"), "state": _("Status")}
    add_columns = [
        "case", "restrained", "protected", "court", "order_no", "decided_on", "starts_on", "until_on", "no_violence",
        "no_contact", "leaves_home", "no_weapons", "keeps_away", "distance", "terms", "informed_on",
    ]  # fmt: skip
    edit_columns = [name for name in add_columns if name not in ("case", "restrained", "protected")]
    show_columns = [
        "state", "restrained", "protected", "case", "court", "order_no", "decided_on", "starts_on", "ends_on", "ended_on",
        "no_violence", "no_contact", "leaves_home", "no_weapons", "keeps_away", "distance", "terms", "informed_on",
        "until_on", "recorded_at", "voided_at", "void_reason",
    ]  # fmt: skip
    cell_kinds = {"number": "lead", "case": "id", "state": "short"}
    base_order = ("starts_on", "desc")
    order_columns = ["starts_on"]
    list_links = ("restrained", "protected")
    related_views = [ProtectionOrderStepView]
    show_template = "protection_orders/order.html"
    list_filters = {
        "state": ListFilter(
            _("Status"),
            codes="protection_state",
            build=lambda key: is_in_state(key, dates.now().date()),
        ),
        "unit": unit_filter(ProtectionOrder.unit_code),
        "due": due_filter(ProtectionOrder.ends_on, ProtectionOrder.ended_on.is_(None)),
    }

    def facts(self, record):
        return Facts(now=dates.now())

    def format_cell(self, record, name):
        if name == "number":
            return record.number
        if name == "state":
            return code_lists.label("protection_state", record.state)
        return super().format_cell(record, name)

    def subtitle(self, record):
        return " · ".join((str(self.show_title), code_lists.label("protection_state", record.state)))

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        if self.find(pk).hides_identity:  # the form would show the text
            flash(str(HIDDEN_PERSON), "warning")
            return redirect(self.record_url(pk))
        return super().edit(pk)


class ProtectionOrderSummaryView(RecordPrintoutView):
    name, title, class_permission_name = "protection-order", _("Print the summary"), "CaseSheet"
    model, module, page = ProtectionOrder, summaries, "ProtectionOrderView.show"
