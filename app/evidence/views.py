"""The screens of evidence: movements with the receipt, seals, quantities, custody with the scan, stores and shelves."""

from flask import flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_, select

from app.cases.exhibit_codes import SHELF, build_code, parse_code
from app.cases.models import Exhibit, ExhibitMovement
from app.cases.rules.movements import ENDS
from app.confirmations.models import AWAITING
from app.confirmations.views import ConfirmedView, build_decide_actions
from app.evidence.models import (
    EvidenceStore,
    ExhibitCustody,
    ExhibitSeal,
    QuantityChange,
    Shelf,
)
from app.extensions import db
from app.kernel.api.record_api import RecordApi
from app.kernel.api.withdrawal import WithdrawableView, WithdrawAction
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.record_view import RecordView
from app.reference.list_filters import unit_filter

WAITING, MINE, STORED = "waiting", "mine", "stored"


class HeldExhibitForm:
    """The form of a row of an exhibit: a holder who may not see the case returns to the custody of the exhibit."""

    def find_parent_record(self, form):
        exhibit = form.exhibit.data
        if exhibit is not None and exhibit.only_code:
            return url_for("ExhibitCustodyView.scan", code=exhibit.only_code), exhibit.only_code
        return super().find_parent_record(form)


class ExhibitMovementView(HeldExhibitForm, ConfirmedView, WithdrawableView):
    """Movements of exhibits. The receiver confirms or refuses; the giver may withdraw until then."""

    datamodel = SQLAInterface(ExhibitMovement)
    class_permission_name = "ExhibitMovement"
    resource_name = "exhibit-movements"
    method_permission_name = ConfirmedView.method_permission_name | {"withdraw": "add"}
    list_title, show_title, add_title = (
        _("Movements of exhibits"),
        _("Movement of an exhibit"),
        _("Enter a movement of the exhibit"),
    )
    list_columns = [
        "exhibit",
        "case",
        "kind",
        "moved_on",
        "to_user",
        "shelf",
        "seal_no",
        "document_no",
        "confirmation",
    ]
    related_columns = ["kind", "moved_on", "to_user", "shelf", "seal_no", "document_no", "confirmation"]
    add_columns = [
        "exhibit", "kind", "moved_on", "to_user", "shelf", "recipient", "witness", "document_no", "document_date", "seal_no",
        "seal_broken", "weight", "note",
    ]  # fmt: skip
    cell_kinds = {"exhibit": "lead", "case": "id", "kind": "lead", "moved_on": "id", "document_no": "id"}
    show_template = "evidence/movement.html"

    def show_context(self, record, extra_rows):
        context = super().show_context(record, extra_rows)
        return context | {
            "may_withdraw": context["may_withdraw"] and record.is_open,
            "custody": db.session.scalars(
                select(ExhibitCustody).where(ExhibitCustody.exhibit_id == record.exhibit_id)
            ).unique().one_or_none(),
        }  # fmt: skip


class ExhibitMovementApi(RecordApi):
    view, resource_name = ExhibitMovementView, "exhibit-movements"
    api_actions = (*build_decide_actions(), WithdrawAction())


class ExhibitSealView(HeldExhibitForm, RecordView):
    datamodel = SQLAInterface(ExhibitSeal)
    class_permission_name = "ExhibitSeal"
    resource_name = "exhibit-seals"
    base_permissions = ["can_list", "can_show", "can_add"]
    list_title, show_title, add_title = _("Seals"), _("Seal"), _("Enter what happened to a seal")
    list_columns = ["exhibit", "case", "kind", "number", "witness"]
    related_columns = ["kind", "number", "witness"]
    cell_kinds = {"exhibit": "lead", "kind": "lead", "number": "id"}


class QuantityChangeView(HeldExhibitForm, ConfirmedView):
    datamodel = SQLAInterface(QuantityChange)
    class_permission_name = "QuantityChange"
    resource_name = "quantity-changes"
    list_title, show_title, add_title = (
        _("Changes of quantity"),
        _("Change of quantity"),
        _("Enter a new quantity"),
    )
    list_columns = ["exhibit", "case", "cause", "before", "after", "document_no", "confirmation"]
    related_columns = ["cause", "before", "after", "document_no", "confirmation"]
    cell_kinds = {"exhibit": "lead", "cause": "lead", "before": "num", "after": "num"}


class QuantityChangeApi(RecordApi):
    view, resource_name = QuantityChangeView, "quantity-changes"
    api_actions = build_decide_actions()


def _kept_stores():
    return select(EvidenceStore.id).where(
        or_(EvidenceStore.keeper_id == g.user.id, EvidenceStore.second_keeper_id == g.user.id)
    )


def _of_box(key):
    shelves = select(Shelf.id).where(Shelf.store_id.in_(_kept_stores()))
    if key == MINE:
        return ExhibitCustody.holder_id == g.user.id
    if key == STORED:
        return ExhibitCustody.shelf_id.in_(shelves)
    mine = or_(ExhibitMovement.to_user_id == g.user.id, ExhibitMovement.shelf_id.in_(shelves))
    waits = and_(ExhibitMovement.confirmation == AWAITING, ExhibitMovement.voided_at.is_(None), mine)
    return ExhibitCustody.open_id.in_(select(ExhibitMovement.id).where(waits))


BOXES = ListFilter(
    _("Evidence"),
    choices={
        WAITING: _("Waiting for my receipt"),
        MINE: _("In my hands"),
        STORED: _("In my stores"),
    },
    build=_of_box,
)


class ExhibitCustodyView(RecordView):
    """Where the exhibits of the unit are. A keeper sees code, kind, seal, quantity and shelf, whatever the case."""

    datamodel = SQLAInterface(ExhibitCustody)
    class_permission_name = "ExhibitCustody"
    resource_name = "exhibit-custody"
    base_permissions = ["can_list", "can_show"]
    method_permission_name = RecordView.method_permission_name | {"scan": "show"}
    list_title, show_title = _("Evidence in custody"), _("Custody of an exhibit")
    empty_text = _("An exhibit is listed here from its first hand-over, seal or weighing on.")
    list_columns = ["code", "kind", "state", "shelf", "holder", "seal", "quantity", "measure", "since"]
    omitted_columns = {
        "unit": "the unit of shelf and holder",
        **dict.fromkeys(("recorded_at", "voided_at", "void_reason"), "a row that the system computes"),
    }
    cell_kinds = {"code": "lead", "kind": "short", "state": "short", "quantity": "num"}
    list_template, show_template = "evidence/custody_list.html", "evidence/custody.html"
    base_order = ("id", "desc")
    list_filters = {"unit": unit_filter(ExhibitCustody.unit_code), "box": BOXES}

    def show_context(self, record, extra_rows):
        return super().show_context(record, extra_rows) | {
            "is_exhibit_visible": db.session.get(Exhibit, record.exhibit_id) is not None,
            "movement": db.session.get(ExhibitMovement, record.open_id) if record.open_id else None,
            "forms": [] if record.state in ENDS or record.open_id or g.read_only else [
                (view.add_title, icon, url_for(f"{view.__name__}.add", exhibit=record.exhibit_id))
                for view, icon in ((ExhibitMovementView, "package"), (ExhibitSealView, "lock"), (QuantityChangeView, "pencil"))
                if self.appbuilder.sm.has_access("can_add", view.class_permission_name)
            ],
        }  # fmt: skip

    @expose("/code/<string(maxlength=60):code>", methods=["GET"])
    @has_access
    def scan(self, code):
        """Redirect from a typed or scanned code to its exhibit, custody or shelf."""
        found = parse_code(code)
        if found is not None and found[1] < 2**31:
            year, key = found
            if year == SHELF and db.session.get(Shelf, key) is not None:
                return redirect(url_for("ShelfView.show", pk=key))
            exhibit = db.session.get(Exhibit, key)
            if exhibit is not None and exhibit.recorded_at.year % 100 == year:
                return redirect(url_for("ExhibitView.show", pk=key))
            custody = db.session.scalar(
                select(ExhibitCustody.id).where(
                    ExhibitCustody.exhibit_id == key, ExhibitCustody.code == build_code(year, key)
                )
            )
            if custody is not None:
                return redirect(self.record_url(custody))
        flash(gettext("No exhibit with this code is in your area of responsibility."), "warning")
        return redirect(url_for("ExhibitCustodyView.list"))


class EvidenceStoreView(RecordView):
    """Stores of the units. The chief of the unit maintains them."""

    datamodel = SQLAInterface(EvidenceStore)
    class_permission_name = "EvidenceStore"
    resource_name = "evidence-stores"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Evidence stores"), _("Evidence store")
    add_title, edit_title = _("Add an evidence store"), _("Edit the evidence store")
    empty_text = _("The chief of a unit adds its stores, their shelves and keepers.")
    list_columns = ["name", "kind", "unit", "keeper", "second_keeper"]
    add_columns = ["unit", "kind", "name", "keeper", "second_keeper"]
    edit_columns = add_columns[1:]
    cell_kinds = {"name": "lead"}
    show_template = "evidence/store.html"


class ShelfView(RecordView):
    datamodel = SQLAInterface(Shelf)
    class_permission_name = "EvidenceStore"
    route_base, resource_name = "/shelf", "shelves"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Shelves"), _("Shelf")
    add_title, edit_title = _("Add a shelf"), _("Edit the shelf")
    list_columns = ["name", "store"]
    cell_kinds = {"name": "lead"}
    show_template = "evidence/shelf.html"


EvidenceStoreView.related_views = [ShelfView]
ShelfView.related_views = [ExhibitCustodyView]
# The lists on the page of an exhibit.
EXHIBIT_LISTS = [ExhibitMovementView, ExhibitSealView, QuantityChangeView]
