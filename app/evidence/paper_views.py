"""The PDFs of evidence: labels, and the paper of a movement."""

from flask import abort, current_app, flash, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _

from app.cases.models import Exhibit, ExhibitMovement
from app.evidence import labels, papers
from app.extensions import db
from app.kernel.actor import without_temporary_grants
from app.kernel.audit import access_log
from app.kernel.screens import selection
from app.kernel.screens.selection import SelectionAction
from app.kernel.text import dates
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import PrintoutView, RecordPrintoutView


class LabelView(PrintoutView):
    """Labels of one exhibit, of the ticked exhibits of a list, or of a case."""

    name, class_permission_name = "labels", "ExhibitReceipt"
    method_permission_name = {"print_pdf": "print", "print_case": "print", "print_selected": "print"}

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_pdf(self, pk):
        return self._respond(Exhibit.id == pk)

    @expose("/case/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_case(self, pk):
        return self._respond(Exhibit.case_id == pk)

    @expose("/", methods=["POST"])
    @has_access
    def print_selected(self):
        view = next(one for one in self.appbuilder.baseviews if one.__class__.__name__ == "ExhibitView")
        return self._respond(Exhibit.id.in_(selection.read_keys(view, request.form)))

    def _respond(self, condition):
        access_log.require_purpose()
        with without_temporary_grants(db.session), force_locale(LANGUAGE):
            exhibits = labels.load_exhibits(condition)
            if not exhibits:
                abort(404)
            if len(exhibits) > labels.MOST:
                text = gettext(
                    "Print at most %(most)s labels at once.", most=dates.format_number(labels.MOST, LANGUAGE)
                )
                flash(text, "warning")
                return redirect(url_for("ExhibitView.list"))
            ids = [one.id for one in exhibits]
            serial = access_log.log_print(
                "exhibit", ids[0] if len(ids) == 1 else None, [], paper=self.name, ids=ids, count=len(ids)
            )
            response = make_response(labels.typeset_labels(labels.build_labels(exhibits)))
        response.headers["Content-Type"] = "application/pdf"
        response.headers["Content-Disposition"] = f'attachment; filename="labels-{serial}.pdf"'
        response.headers["Cache-Control"] = "no-store"
        return response


class HandOverView(RecordPrintoutView):
    """The receipt of a hand-over, or the protocol of a destruction."""

    name, title, class_permission_name = "handover", _("Print the paper of the movement"), "ExhibitReceipt"
    model, module, page = ExhibitMovement, papers, "ExhibitMovementView.show"


def make_selection_action(view):
    """Return the action that prints the labels of the selected exhibits; None for other lists and readers."""
    if view.datamodel.obj is not Exhibit or not LabelView.is_allowed(current_app.appbuilder.sm):
        return None
    return SelectionAction(_("Print labels"), "printer", url_for("LabelView.print_selected"))
