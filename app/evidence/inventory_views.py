"""The screens of an inventory, and its report of differences."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.chain_of_command import CHIEF_ROLE
from app.evidence import inventory as counts
from app.evidence.models import Inventory, InventoryLine, Shelf
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.screens.dashboard import paginate
from app.kernel.screens.record_view import RecordView
from app.printouts.document import Printout, build_facts, build_table
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import PrintoutView

MAX_SCANS, MAX_TEXT, PAGE = 200_000, 400, 50


class InventoryView(RecordView):
    """Counts of stores. The counter scans and explains; the chief closes."""

    datamodel = SQLAInterface(Inventory)
    class_permission_name = "Inventory"
    resource_name, icon = "inventories", "list-checks"
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = RecordView.method_permission_name | {"count": "add"}
    list_title, show_title, add_title = _("Inventories"), _("Inventory"), _("Start an inventory")
    empty_text = _("An officer who is no keeper counts all exhibits of a store with a scanner.")
    list_columns = ["store", "unit", "closed_at"]
    add_columns = ["store"]
    cell_kinds = {"store": "lead"}
    base_order = ("id", "desc")
    omitted_columns = {"unit": "the unit of the store"}
    show_template = "evidence/inventory.html"

    def url_after_save(self, pk):
        return url_for("InventoryView.show", pk=pk)

    def show_context(self, record, extra_rows):
        pager = paginate(
            counts.select_differences(record).options(
                joinedload(InventoryLine.expected_shelf), joinedload(InventoryLine.found_shelf)
            ),
            PAGE,
            url=lambda number: url_for("InventoryView.show", pk=record.id, page=number),
        )
        results = counts.count_results(db.session, record)
        shelf = request.values.get("shelf", "")
        return super().show_context(record, extra_rows) | {
            "results": [(code_lists.label("count_result", key), n) for key, n in results.items()],
            "lines": pager, "label": code_lists.label, "may_explain": self.may_do("add") and record.closed_at is None and g.user.id not in record.store.keeper_ids,
            "may_count": self.may_do("add") and record.closed_at is None and g.user.id == record.recorded_by_id,
            "may_close": CHIEF_ROLE in {one.name for one in g.user.roles} and record.closed_at is None,
            "unexplained": counts.count_unexplained(db.session, record), "typed": request.form.get("codes", ""),
            "shelf": db.session.get(Shelf, int(shelf)) if shelf.isdecimal() and len(shelf) < 10 else None,
            "may_print": self.appbuilder.sm.has_access("can_print", "ExhibitReceipt"),
        }  # fmt: skip

    @expose("/count/<pk>", methods=["POST"])
    @has_access
    def count(self, pk):
        """Record scans or explanations, end the count, or close it."""
        record, step, form = self.find(pk), request.form.get("step", ""), request.form
        if step not in ("scan", "broken", "explain", "end", "close"):
            abort(400)
        shelf, unread = form.get("shelf", ""), []
        try:
            with unit_of_work(where="InventoryView"):
                if step in ("scan", "broken"):
                    known = (
                        db.session.get(Shelf, int(shelf)) if shelf.isdecimal() and len(shelf) < 10 else None
                    )
                    found, unread = counts.record_scans(
                        db.session, record, g.user, form.get("codes", "")[:MAX_SCANS], known, step == "broken"
                    )
                    shelf = str(found.id) if found is not None else ""
                elif step == "explain":
                    _explain(record, form)
                elif step == "end":
                    counts.end_count(db.session, record, g.user)
                else:
                    if CHIEF_ROLE not in {one.name for one in g.user.roles}:
                        abort(403)
                    counts.close(record, g.user)
        except SaveRejected as rejection:
            flash(rejection.message, "warning")
            return make_response(self.show(pk), rejection.status)
        if unread:
            flash(
                gettext("These lines are no codes of this store: %(lines)s", lines=", ".join(unread[:10])),
                "warning",
            )
        else:
            flash(gettext("Saved."), "success")
        return redirect(
            url_for("InventoryView.show", pk=pk, shelf=shelf or None, page=request.args.get("page"))
        )


def _explain(record, form):
    for key in form.getlist("line"):
        text = " ".join(form.get(f"explanation-{key}", "").split())[:MAX_TEXT]
        is_key = key.isdecimal() and len(key) < 10
        if not is_key or not counts.explain_line(db.session, record, int(key), text):
            abort(400)


class InventoryReportView(PrintoutView):
    """The report of the differences of a count, as PDF."""

    name, class_permission_name = "inventory", "ExhibitReceipt"

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_pdf(self, pk):
        access_log.require_purpose()
        record = db.session.scalars(
            select(Inventory).where(Inventory.id == pk)
        ).unique().one_or_none() or abort(404)
        with force_locale(LANGUAGE):
            return self.respond_with_pdf([_build_report(record)], "inventory", record.id, [])


def _build_report(record):
    results = counts.count_results(db.session, record)
    lines = db.session.scalars(counts.select_differences(record)).all()
    rows = [
        (
            one.code, code_lists.label("exhibit_kind", one.kind) if one.kind else "",
            code_lists.label("count_result", one.result), str(one.expected_shelf.name if one.expected_shelf else ""),
            str(one.found_shelf.name if one.found_shelf else ""), one.explanation or "",
        )
        for one in lines
    ]  # fmt: skip
    heads = [
        (gettext("Code of the exhibit"), 0), (gettext("Exhibit type"), 0), (gettext("Result of the count"), 0),
        (gettext("Expected shelf"), 0), (gettext("Found on shelf"), 0), (gettext("Explanation"), 1),
    ]  # fmt: skip
    facts = [
        (gettext("Evidence store"), str(record.store)),
        (gettext("Unit"), str(record.unit or "")),
        (
            gettext("Counted by"),
            (record.counter.name_km or record.counter.get_full_name()) if record.counter else "",
        ),
        (gettext("Started at"), format_value(record.recorded_at)),
        (gettext("Closed at"), format_value(record.closed_at)),
        *((code_lists.label("count_result", key), format_value(n)) for key, n in results.items()),
    ]
    return Printout(
        title=gettext("Discrepancy report"),
        number=f"INV-{record.id:06d}",
        parts=(build_facts(facts), build_table(heads, rows, gettext("Differences"))),
        signers=(gettext("Counter"), gettext("Keeper"), gettext("Head of the unit")),
    )
