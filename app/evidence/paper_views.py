"""The PDFs of evidence: labels, and the paper of movements."""

from flask import abort, current_app, flash, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.cases.models import Exhibit, ExhibitMovement
from app.evidence import labels, papers
from app.evidence.models import Shelf
from app.extensions import db
from app.kernel.actor import without_temporary_grants
from app.kernel.audit import access_log
from app.kernel.screens import selection
from app.kernel.screens.selection import SelectionAction
from app.kernel.text import dates
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import PrintoutView, RecordPrintoutView

MOST_MOVEMENTS = 30  # on one paper


class LabelView(PrintoutView):
    """Labels of one exhibit, of the ticked exhibits of a list, or of a case; of one shelf, or of all shelves of a store."""

    name, class_permission_name = "labels", "ExhibitReceipt"
    method_permission_name = {
        "print_pdf": "print", "print_case": "print", "print_selected": "print",
        "print_shelf": "print", "print_store": "print",
    }  # fmt: skip

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
        return self._respond(Exhibit.id.in_(selection.read_keys(_find_view("ExhibitView"), request.form)))

    @expose("/shelf/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_shelf(self, pk):
        return self._respond_with_shelves(Shelf.id == pk)

    @expose("/store/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_store(self, pk):
        return self._respond_with_shelves(Shelf.store_id == pk)

    def _respond_with_shelves(self, condition):
        found = select(Shelf).where(condition, Shelf.voided_at.is_(None)).order_by(Shelf.name, Shelf.id)
        with force_locale(LANGUAGE):
            shelves = db.session.scalars(found.limit(labels.MOST)).unique().all() or abort(404)
            return self._send("shelf", labels.build_shelf_labels(shelves), [one.id for one in shelves])

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
            return self._send("exhibit", labels.build_labels(exhibits), [one.id for one in exhibits])

    def _send(self, entity, built, ids):
        one = ids[0] if len(ids) == 1 else None
        serial = access_log.log_print(entity, one, [], paper=self.name, ids=ids, count=len(ids))
        response = make_response(labels.typeset_labels(built))
        response.headers["Content-Type"] = "application/pdf"
        response.headers["Content-Disposition"] = f'attachment; filename="labels-{serial}.pdf"'
        response.headers["Cache-Control"] = "no-store"
        return response


class HandOverView(RecordPrintoutView):
    """The receipt of a hand-over, or the record of a destruction; also of several exhibits, ticked in the list."""

    name, title, class_permission_name = "handover", _("Print the paper of the movement"), "ExhibitReceipt"
    model, module, page = ExhibitMovement, papers, "ExhibitMovementView.show"
    method_permission_name = {"print_pdf": "print", "print_selected": "print"}

    @expose("/", methods=["POST"])
    @has_access
    def print_selected(self):
        access_log.require_purpose()
        keys = selection.read_keys(_find_view("ExhibitMovementView"), request.form)
        with without_temporary_grants(db.session), force_locale(LANGUAGE):
            movements = papers.load_records(keys) or abort(404)
            if len(movements) > MOST_MOVEMENTS:
                most = dates.format_number(MOST_MOVEMENTS, LANGUAGE)
                refusal = gettext("Choose at most %(most)s movements for one paper.", most=most)
            else:
                refusal = papers.explain_joint_refusal(movements)
            if not refusal:
                people = access_log.find_person_ids(
                    [row for one in movements for row in (one, *access_log.iterate_loaded_rows(one))]
                )
                facts = {"ids": [one.id for one in movements], "count": len(movements)}
                paper = papers.build_joint_printout(movements)
                return self.respond_with_pdf([paper], ExhibitMovement.__tablename__, None, people, **facts)
        flash(refusal, "warning")
        return redirect(url_for("ExhibitMovementView.list"))


def make_selection_action(view):
    """Return the action that prints labels of exhibits, or a paper of movements; None for other lists and readers."""
    texts = {Exhibit: _("Print labels"), ExhibitMovement: _("Print one paper")}
    printer = {Exhibit: LabelView, ExhibitMovement: HandOverView}.get(view.datamodel.obj)
    if printer is None or not printer.is_allowed(current_app.appbuilder.sm):
        return None
    url = url_for(f"{printer.__name__}.print_selected")
    return SelectionAction(texts[view.datamodel.obj], "printer", url)


def _find_view(name):
    return next(one for one in current_app.appbuilder.baseviews if type(one).__name__ == name)
