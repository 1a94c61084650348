"""The page that a QR code on a printout opens: whether the paper is still valid. Each question is in the audit log."""

from flask import redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.kernel.audit import access_log, recorder
from app.printouts import batches, printed_copies
from app.printouts.titles import TITLES
from app.printouts.views import CaseSheetView, RecordPrintoutView

MAX_TYPED = 40
UNCHANGED, OUTDATED, UNKNOWN = "unchanged", "outdated", "unknown"


class PrintedCopyView(BaseView):
    """Checks a serial number. A reader finds only prints of records whose page they may open."""

    route_base, class_permission_name, default_view = "/printed", "PrintedCopy", "list"
    method_permission_name = {"list": "list", "show": "list"}

    @expose("/list/", methods=["GET"])
    @has_access
    def list(self):
        """Ask for a serial number."""
        serial = request.args.get("serial", "").strip()[:MAX_TYPED]
        if serial:
            return redirect(url_for("PrintedCopyView.show", serial=serial))
        return self._render("", None)

    @expose("/copy/<string(maxlength=40):serial>", methods=["GET"])
    @has_access
    def show(self, serial):
        views = {view.name: view for view in RecordPrintoutView.registered} | {batches.KIND: CaseSheetView}
        copy = printed_copies.find_copy(serial, views)
        result = UNKNOWN if copy is None else UNCHANGED if copy.is_unchanged else OUTDATED
        event = copy.event if copy is not None else None
        access_log.write_or_abort(
            lambda: recorder.record_now(
                "printout.checked",
                event.entity if event is not None else "audit_event",
                event.entity_id if event is not None else None,
                outcome="ok" if copy is not None else "refused",
                result=result,
                number=event.seq if event is not None else None,
            )
        )
        return self._render(serial, copy, result)

    def _render(self, serial, copy, result=""):
        paper = copy.event.facts.get("paper", "") if copy is not None else ""
        return self.render_template(
            "printouts/copy.html", title=_("Check a printout"), serial=serial, copy=copy, result=result,
            paper=TITLES.get(paper, ""),
        )  # fmt: skip
