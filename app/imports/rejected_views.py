"""Pages of rejected entries: list by reason, fix form, spreadsheet download and upload, and approval of fixes."""

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.imports import (
    actions,
    batch_writer,
    fix_form,
    fix_sheet_export,
    fix_sheet_import,
    page_data,
    readers,
    uploads,
)
from app.imports.models import WAITING, ImportEntry, ImportRun
from app.imports.rejection_reasons import MAX_SCANNED, Reason
from app.jobs.models import Job
from app.jobs.views import build_page_context
from app.kernel.audit import access_log, recorder
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import unit_of_work
from app.kernel.database.transactions import rollback
from app.kernel.files.views import HEADERS
from app.kernel.schema.display import reader_language
from app.kernel.text import dates

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ID = 2**31


class RejectedEntryView(BaseView):
    """The entries of one import that are not registered yet."""

    route_base = "/rejected-entries"
    default_view = "list"
    class_permission_name = "Import"
    base_permissions = ["can_list", "can_show", "can_add", "can_approve"]
    method_permission_name = dict.fromkeys(
        ("list", "fix", "sheet", "upload", "fixed", "approve", "return_row"), "approve"
    )

    @expose("/list/<int:pk>")
    @has_access
    def list(self, pk, status=200, message=""):
        run, reason = _get_or_404(ImportRun, pk), _parse_reason()
        page_of_entries = page_data.paginate_waiting(run, reason)
        if not (page_of_entries.rows or message) and request.args:
            # The requested entries were fixed in the meantime.
            return redirect(_build_list_url(pk, reason if "page" in request.args else None))
        page = self.render_template(
            "imports/rejected.html",
            title=_("Rows to fix"),
            run=run,
            pager=page_of_entries,
            message=message,
            reasons=page_data.list_reasons(run),
            asked=reason,
            max_scanned=MAX_SCANNED,
            problems_of=page_data.format_problems,
            lines_of=fix_form.summarize_entry,
            **build_page_context(page_data.find_running_job(run, uploads.FIX_SHEET_JOB)),
        )
        return make_response(page, status)

    @expose("/fix/<int:pk>", methods=["GET", "POST"])
    @has_access
    def fix(self, pk):
        entry = _get_or_404(ImportEntry, pk)
        if entry.state != WAITING:
            flash(gettext("This entry is no longer waiting."), "info")
            return redirect(_build_list_url(entry.run_id, _parse_reason()))
        run_id = entry.run_id
        more, typed = [one for one in request.form.getlist("more") if one], None
        if request.method == "POST":
            typed = fix_form.parse_form(entry, request.form, more)
        if typed and "box" not in request.form:
            if actions.fix_entry(entry, typed):
                flash(gettext("Fixed. Another officer must approve the row."), "success")
                return redirect(_build_list_url(run_id, _parse_reason()))
            entry, typed = _get_or_404(ImportEntry, pk), None
        page = self.render_template(
            "imports/fix_form.html",
            title=gettext("Row %(row)s", row=dates.format_number(entry.row, reader_language())),
            entry=entry,
            rows=fix_form.build_rows(entry, typed, more),
            more=more,
            reason=_parse_reason(),
            others=fix_form.list_other_targets(entry, more),
            problems=page_data.format_problems(entry.run, entry.problems, entry.row),
        )
        return make_response(page, UNPROCESSABLE if request.method == "POST" and not typed else 200)

    @expose("/sheet/<int:pk>")
    @has_access
    def sheet(self, pk):
        """Download all rejected entries as a workbook; the audit log records officer and purpose."""
        access_log.require_purpose()
        run = _get_or_404(ImportRun, pk)
        path, count = fix_sheet_export.build_workbook(run)
        recorder.record_now("import.sheet_downloaded", "import_run", run.id, count=count)
        response = send_file(
            path, mimetype=XLSX_TYPE, as_attachment=True, download_name=f"import-{run.id}.xlsx"
        )
        response.headers.update(HEADERS | {"Cache-Control": "no-store"})
        return response

    @expose("/upload/<int:pk>", methods=["POST"])
    @has_access
    def upload(self, pk):
        """Receive the fixed spreadsheet; the page of its job shows the progress of a large one."""
        run, upload = _get_or_404(ImportRun, pk), request.files.get("file")
        if upload is None or not upload.filename:
            return self.list(
                pk, UNPROCESSABLE, gettext("No file was received. Choose a file and send it again.")
            )
        try:
            with unit_of_work(where="RejectedEntryView"):
                result = fix_sheet_import.receive_sheet(run, g.user.id, upload.stream)
        except (readers.UnreadableFile, actions.StepRefused) as error:
            return self.list(
                pk, UNPROCESSABLE if isinstance(error, readers.UnreadableFile) else CONFLICT, str(error)
            )
        if isinstance(result, Job):
            return redirect(url_for("JobView.show", pk=result.id))
        flash(actions.format_fix_result(*result), "success")
        return redirect(_build_list_url(pk))

    @expose("/fixed/<int:pk>")
    @has_access
    def fixed(self, pk, status=200, message=""):
        """Show fixed rows with the values of the file that they replace, for another officer to approve."""
        run = _get_or_404(ImportRun, pk)
        page_of_entries = page_data.paginate_fixed(run)
        others = [entry for entry in page_of_entries.rows if entry.fixed_by_id != g.user.id]
        page = self.render_template(
            "imports/fixed.html",
            title=gettext("Fixed rows to approve"),
            run=run,
            pager=page_of_entries,
            message=message,
            others=others,
            shown_hash=batch_writer.hash_values(sorted(others, key=lambda entry: entry.id)),
            values_of=fix_form.compare_values,
            problems_of=page_data.format_problems,
        )
        return make_response(page, status)

    @expose("/approve/<int:pk>", methods=["POST"])
    @has_access
    def approve(self, pk):
        """Import the fixed rows of the page."""
        run = _get_or_404(ImportRun, pk)
        ids = sorted({int(one) for one in request.form.getlist("entry") if one.isdecimal() and len(one) < 10})
        try:
            entered = actions.approve_fixes(
                run, g.user, ids[: page_data.FIXED_PAGE_SIZE], request.form.get("hash", "")
            )
        except actions.StepRefused as refusal:
            return self.fixed(pk, CONFLICT, refusal)
        run = _get_or_404(ImportRun, pk)
        flash(actions.format_result(entered, run.waiting), "success")
        return redirect(url_for("RejectedEntryView.fixed" if run.fixed else "RejectedEntryView.list", pk=pk))

    @expose("/return/<int:pk>", methods=["POST"])
    @has_access
    def return_row(self, pk):
        """Return a fixed row to the rows to fix."""
        entry = _get_or_404(ImportEntry, pk)
        try:
            with unit_of_work(where="RejectedEntryView"):
                actions.return_fix(entry)
        except actions.StepRefused as refusal:
            rollback()
            return self.fixed(_get_or_404(ImportEntry, pk).run_id, CONFLICT, refusal)
        return redirect(url_for("RejectedEntryView.fixed", pk=entry.run_id))


def _build_list_url(run_id, reason=None):
    return url_for("RejectedEntryView.list", pk=run_id, reason=reason)


def _parse_reason():
    """Return the reason by which the list is filtered, or None."""
    return Reason.parse(request.args.get("reason"))


def _get_or_404(model, pk):
    """Return the record; abort with 404 outside the reader's scope. Imports need national scope."""
    return (db.session.get(model, pk) if pk < MAX_ID else None) or abort(404)
