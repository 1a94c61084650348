"""What waits: entry by entry with its reasons, mended on screen or in a sheet that goes back in."""

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.imports import actions, fix_form, fix_sheet_export, fix_sheet_import, page_data, readers, uploads
from app.imports.models import WAITS, ImportEntry, ImportRun
from app.imports.rejection_reasons import LOOKED_THROUGH, Reason
from app.jobs.models import Job
from app.jobs.views import of_page
from app.kernel.audit import access_log, recorder
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.files.views import HEADERS
from app.kernel.schema.display import language
from app.kernel.text import dates

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 2**31


class WaitingView(BaseView):
    """The entries of one import that are not in the register yet."""

    route_base = "/import-waiting"
    default_view = "list"
    class_permission_name = "Import"
    base_permissions = ["can_list", "can_show", "can_add", "can_let_in"]
    method_permission_name = {"list": "let_in", "mend": "let_in", "sheet": "let_in", "back": "let_in"}

    @expose("/list/<int:pk>")
    @has_access
    def list(self, pk, status=200, told=""):
        run, reason = _found(ImportRun, pk), _reason()
        leaf = page_data.waiting(run, reason)
        if not (leaf.rows or told) and request.args:  # what was asked for is mended meanwhile
            return redirect(_list(pk, reason if "page" in request.args else None))
        page = self.render_template(
            "imports/waiting.html", title=_("Waiting to be mended"), run=run, leaf=leaf, told=told,
            reasons=page_data.reasons_of(run), asked=reason, looked_through=LOOKED_THROUGH,
            may_mend=g.user.id != run.read_by_id, problems_of=page_data.problems_of, lines_of=fix_form.lines_of,
            **of_page(page_data.job_of(run, uploads.SHEETS)),
        )  # fmt: skip
        return make_response(page, status)

    @expose("/mend/<int:pk>", methods=["GET", "POST"])
    @has_access
    def mend(self, pk):
        entry = _found(ImportEntry, pk)
        if entry.state != WAITS:
            flash(gettext("This entry waits no more."), "info")
            return redirect(_list(entry.run_id, _reason()))
        run_id = entry.run_id
        if g.user.id == entry.run.read_by_id:
            return self.list(run_id, CONFLICT, actions.SECOND)
        more, typed = [one for one in request.form.getlist("more") if one], None
        if request.method == "POST":
            typed = fix_form.cells_typed(entry, request.form, more)
        if typed and "box" not in request.form:
            if actions.mend(entry, typed):
                flash(gettext("Brought in."), "success")
                return redirect(_list(run_id, _reason()))
            entry, typed = _found(ImportEntry, pk), None
        page = self.render_template(
            "imports/mend.html",
            title=gettext("Row %(row)s", row=dates.say_number(entry.row, language())),
            entry=entry,
            rows=fix_form.boxes_of(entry, typed, more),
            more=more,
            reason=_reason(),
            others=fix_form.others_of(entry, more),
            problems=page_data.problems_of(entry.run, entry.problems, entry.row),
        )
        return make_response(page, UNPROCESSABLE if request.method == "POST" and not typed else 200)

    @expose("/sheet/<int:pk>")
    @has_access
    def sheet(self, pk):
        """All that waits as a workbook, to be mended there; who took it, and for what, stands in the log."""
        access_log.need_purpose()
        run = _found(ImportRun, pk)
        path, count = fix_sheet_export.sheet_of(run)
        recorder.tell("import.sheet", "import_run", run.id, count=count)
        answer = send_file(path, mimetype=SHEET, as_attachment=True, download_name=f"import-{run.id}.xlsx")
        answer.headers.update(HEADERS | {"Cache-Control": "no-store"})
        return answer

    @expose("/back/<int:pk>", methods=["POST"])
    @has_access
    def back(self, pk):
        """The mended sheet comes back; how far a large one is stands on the page of its job."""
        run, sent = _found(ImportRun, pk), request.files.get("file")
        if g.user.id == run.read_by_id:
            return self.list(pk, CONFLICT, actions.SECOND)
        if sent is None or not sent.filename:
            return self.list(
                pk, UNPROCESSABLE, gettext("No file came along. Choose a file and send it again.")
            )
        try:
            came = fix_sheet_import.take(run, g.user.id, sent.stream)
            db.session.commit()
        except (readers.Unusable, actions.Refused) as fault:
            db.session.rollback()
            return self.list(
                pk, UNPROCESSABLE if isinstance(fault, readers.Unusable) else CONFLICT, str(fault)
            )
        if isinstance(came, Job):
            return redirect(url_for("JobView.show", pk=came.id))
        flash(actions.said(*came), "success")
        return redirect(_list(pk))


def _list(run_id, reason=None):
    return url_for("WaitingView.list", pk=run_id, reason=reason)


def _reason():
    """Those of which reason the reader goes through."""
    return Reason.asked(request.args.get("reason"))


def _found(model, pk):
    """Within the part of the reader: who does not act for the nation finds none."""
    return (db.session.get(model, pk) if pk < LARGEST else None) or abort(404)
