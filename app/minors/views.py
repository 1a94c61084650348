"""The screens of contacts with minors. Juvenile officers of the unit and its chief see them."""

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.kernel.api.withdrawal import WithdrawableView
from app.kernel.audit import access_log
from app.kernel.schema.rules import Facts
from app.kernel.screens.list_filters import due_filter
from app.kernel.text import dates
from app.minors import referral_letters
from app.minors.models import MinorContact, MinorStep
from app.printouts.views import RecordPrintoutView
from app.reference.list_filters import unit_filter


class MinorStepView(WithdrawableView):
    datamodel = SQLAInterface(MinorStep)
    resource_name = "minor-steps"
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = WithdrawableView.method_permission_name | {"withdraw": "add"}
    needs_purpose = frozenset((access_log.LIST,))
    list_title, show_title, add_title = (
        _("Steps after contacts with minors"),
        _("Step after a contact with a minor"),
        _("Enter a step"),
    )
    related_title = _("Steps")
    list_columns = ["kind", "contact", "done_on", "receiver", "document_no"]
    add_columns = [
        "contact",
        "kind",
        "done_on",
        "receiver",
        "document_no",
        "document_date",
        "until_on",
        "note",
    ]
    omitted_columns = {"unit": "the unit of the contact"}
    cell_kinds = {"kind": "lead", "contact": "id", "document_no": "id"}
    rule_required = ("receiver", "document_no", "document_date", "until_on")
    base_order = ("done_on", "desc")

    def facts(self, record):
        return Facts(now=dates.now())

    def url_after_save(self, pk):
        return url_for("MinorContactView.show", pk=db.session.get(MinorStep, int(pk)).contact_id)


class MinorContactView(WithdrawableView):
    datamodel = SQLAInterface(MinorContact)
    resource_name, icon = "minor-contacts", "user"
    needs_purpose = frozenset((access_log.LIST,))
    list_title, show_title = _("Contacts with minors"), _("Contact with a minor")
    add_title, edit_title = _("Enter a contact with a minor"), _("Edit the contact with a minor")
    empty_text = _(
        "A contact is no criminal record. Only the juvenile officers of the unit and its chief see it."
    )
    list_columns = ["number", "met_at", "reason", "name", "sex", "age", "place", "due_on", "state"]
    related_columns = ["number", "met_at", "reason", "age", "state"]
    label_columns = {"number": _("Number of the contact")}
    optional_columns = ("unit",)
    omitted_columns = {"unit": "the unit of the officer who enters it"}
    add_columns = [
        "met_at", "reason", "name", "sex", "age", "place", "place_text", "guardian", "guardian_phone",
        "guardian_informed_at", "heard_with", "text", "needs", "case",
    ]  # fmt: skip
    edit_columns = add_columns
    cell_kinds = {"number": "lead", "state": "short", "sex": "short"}
    base_order = ("met_at", "desc")
    order_columns = ["met_at"]
    related_views = [MinorStepView]
    show_template = "minors/contact.html"
    list_filters = {
        "unit": unit_filter(MinorContact.unit_code),
        "due": due_filter(MinorContact.due_on, MinorContact.voided_at.is_(None)),
    }

    def facts(self, record):
        return Facts(now=dates.now())

    def format_cell(self, record, name):
        return record.number if name == "number" else super().format_cell(record, name)


class ReferralLetterView(RecordPrintoutView):
    name, title, class_permission_name = "referral", _("Print the letter of referral"), "ReferralLetter"
    model, module, page = MinorStep, referral_letters, "MinorStepView.show"

    @classmethod
    def list_naming_rows(cls, step):
        return [step.contact]
