"""The screens of the facts of a crash and of its road users."""

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.crashes.models import Crash, RoadUser
from app.extensions import db
from app.kernel.api.withdrawal import WithdrawableView
from app.kernel.audit import access_log


class CrashRowView(WithdrawableView):
    """View of a row about a crash. After the save the page of the case shows it."""

    needs_purpose = frozenset((access_log.LIST,))

    def url_after_save(self, pk):
        row = db.session.get(self.datamodel.obj, int(pk))
        return url_for("CaseView.show", pk=row.case_id)


class CrashView(CrashRowView):
    datamodel = SQLAInterface(Crash)
    resource_name, icon = "crashes", "car"
    list_title, show_title = _("Crashes"), _("Facts of the crash")
    add_title, edit_title = _("Enter the facts of the crash"), _("Edit the facts of the crash")
    related_title = _("Facts of the crash")
    empty_text = _("Enter the facts of a crash on the page of its case.")
    cell_kinds = {"kind": "lead", "case": "id"}
    base_order = ("id", "desc")


class RoadUserView(CrashRowView):
    datamodel = SQLAInterface(RoadUser)
    resource_name, icon = "road-users", "car"
    list_title, show_title = _("Road users in crashes"), _("Road user in a crash")
    add_title, edit_title = _("Enter a road user"), _("Edit the road user")
    related_title = _("Road users")
    cell_kinds = {"kind": "lead", "case": "id", "plate": "id"}
    base_order = ("id", "desc")
    list_links = ("involvement",)
