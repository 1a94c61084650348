"""Pages of imports: list, upload, steps of a file, and column mapping."""

from flask import abort, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.accounts.reauthentication import require_fresh_sign_in
from app.imports import (
    actions,
    column_mapping,
    computed_columns,
    outcome_report,
    page_data,
    profiles,
    readers,
    uploads,
)
from app.imports.models import BEFORE_APPROVAL, CHECKED, DONE, RUNNING, ImportRun
from app.jobs.views import build_page_context, mark_notices_read
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.database.transactions import commit
from app.kernel.screens.record_view import RecordView

NO_FILE = _("No file was received. Choose a file and send it again.")


class ImportView(RecordView):
    """Files of earlier systems, from upload to the last row."""

    datamodel = SQLAInterface(ImportRun)
    class_permission_name = "Import"
    base_permissions = ["can_list", "can_show", "can_add", "can_approve"]
    list_title, show_title, add_title = _("Imports"), _("Import"), _("Read a file")
    empty_text = _("Press «Add» to read a file from an earlier system.")
    list_columns = ["title", "kind", "state", "entered", "waiting", "read_at"]
    cell_kinds = {"title": "lead", "state": "short", "entered": "num", "waiting": "num", "read_at": "id"}
    search_columns = ["kind", "state"]
    method_permission_name = RecordView.method_permission_name | {
        "choose": "add", "undo": "add", "propose": "add", "values": "add", "check": "add", "approve": "approve", "resume": "approve", "report": "show",
    }  # fmt: skip

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self):
        if request.method == "GET":
            return self._add_page()
        upload, profile = request.files.get("file"), actions.find_profile(request.form.get("profile", ""))
        if upload is None or not upload.filename:
            return self._add_page(UNPROCESSABLE, NO_FILE)
        if profile is None:
            return self._add_page(UNPROCESSABLE, gettext("Choose what the file contains."))
        try:
            run = actions.create_import(g.user.id, upload.stream, upload.filename, profile)
        except readers.UnreadableFile as error:
            return self._add_page(UNPROCESSABLE, error)
        commit()
        known = set(profile.columns.values()) & set(page_data.Preview(run).headings)
        if not known or not profile.columns:
            return redirect(url_for("ImportView.choose", pk=run.id))
        return redirect(url_for("ImportView.show", pk=run.id))

    def _add_page(self, status=200, message=""):
        page = self.render_template(
            "imports/upload.html",
            title=self.add_title,
            message=message,
            choices=page_data.list_profile_choices(),
            largest=uploads.MAX_MEGABYTES,
            chosen=request.form.get("profile", ""),
        )
        return make_response(page, status)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        run = self.find(pk)
        mark_notices_read()
        return self._page(run)

    def _page(self, run, status=200, message=""):
        preview = page_data.Preview(run) if run.state in BEFORE_APPROVAL else None
        may = self.appbuilder.sm.has_access
        page = self.render_template(
            "imports/import.html",
            title=run.title,
            run=run,
            message=message,
            preview=preview,
            report=page_data.TrialSummary(run),
            **self._build_job_context(run),
            may_try=run.state in BEFORE_APPROVAL and may("can_add", "Import"),
            may_approve=run.state == CHECKED
            and g.user.id not in (run.uploaded_by_id, run.read_by_id)
            and may("can_approve", "Import"),
            may_continue=run.state == RUNNING and run.approved_by_id == g.user.id,
            ended=run.state == DONE,
            has_report=outcome_report.has_report(run),
        )
        return make_response(page, status)

    @staticmethod
    def _build_job_context(run):
        """Return the open job with its progress for the owner, and whether the import was stopped."""
        job = page_data.find_running_job(run, "import", "import_check", uploads.FIX_SHEET_JOB)
        return {"stopped": run.state == RUNNING and job is None, **build_page_context(job)}

    @expose("/columns/<pk>", methods=["GET", "POST"])
    @has_access
    def choose(self, pk):
        """Map the columns of a file that is not approved yet."""
        run = self.find(pk)
        table = page_data.MappingTable(run)
        column_form = column_mapping.ColumnForm(
            run.profile, table.surveys, request.form if request.method == "POST" else None, table.sheets
        )
        is_valid = request.method == "POST" and (
            not column_form.problems if "again" in request.form else column_form.validate()
        )
        if not is_valid:
            page = self.render_template(
                "imports/columns.html",
                title=gettext("Map columns"),
                run=run,
                form=column_form,
                table=table,
                eras=profiles.ERAS,
                methods=computed_columns.LABELS,
                may_undo=bool(run.earlier_settings),
            )
            return make_response(page, UNPROCESSABLE if column_form.problems else 200)
        profile = column_form.profile
        stays = "again" in request.form or not table.surveys or profile.reads_otherwise(run.profile)
        unknown = not stays and page_data.has_unknown_values(run, profile)
        return self._run_step(
            run,
            lambda: actions.choose_columns(run, profile, column_form.name, g.user.id),
            "ImportView.choose" if stays else "ImportView.values" if unknown else "ImportView.show",
        )

    @expose("/undo/<pk>", methods=["POST"])
    @has_access
    def undo(self, pk):
        """Restore the settings before the last change."""
        run = self.find(pk)
        return self._run_step(run, lambda: actions.undo_columns(run, g.user.id), "ImportView.choose")

    @expose("/propose/<pk>", methods=["POST"])
    @has_access
    def propose(self, pk):
        """Propose the meaning of every column again."""
        run = self.find(pk)
        return self._run_step(run, lambda: actions.propose_columns(run, g.user.id), "ImportView.choose")

    @expose("/values/<pk>", methods=["GET", "POST"])
    @has_access
    def values(self, pk):
        """Give a meaning to the values that no code list or register has."""
        run = self.find(pk)
        table = page_data.ValueTable(run)
        if request.method == "GET":
            page = self.render_template(
                "imports/values.html", title=gettext("Meaning of values"), run=run, table=table
            )
            return make_response(page)
        profile = table.apply_form(request.form)
        then = "ImportView.values" if "more" in request.form else "ImportView.show"
        return self._run_step(
            run, lambda: actions.choose_columns(run, profile, profile.own_name, g.user.id), then
        )

    @expose("/check/<pk>", methods=["POST"])
    @has_access
    def check(self, pk):
        run = self.find(pk)
        return self._run_step(run, lambda: actions.start_trial_run(run))

    @expose("/approve/<pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def approve(self, pk):
        run = self.find(pk)
        return self._run_step(
            run, lambda: actions.approve_import(run, g.user, request.form.get("mapping", ""))
        )

    @expose("/resume/<pk>", methods=["POST"])
    @has_access
    def resume(self, pk):
        run = self.find(pk)
        return self._run_step(run, lambda: actions.resume_import(run, g.user.id))

    @expose("/report/<pk>", methods=["POST"])
    @has_access
    def report(self, pk):
        """Start the job that writes the report of all rows, as a workbook or as a PDF to sign."""
        access_log.require_purpose()
        run, format = self.find(pk), request.form.get("format", "")
        if format not in outcome_report.TYPES or not outcome_report.has_report(run):
            abort(400)
        with unit_of_work(where="ImportView"):
            job = outcome_report.start_job(run, format)
        return redirect(url_for("JobView.show", pk=job.id))

    def _run_step(self, run, run_action, then="ImportView.show"):
        pk = run.id
        try:
            with unit_of_work(where="ImportView"):
                run_action()
        except (actions.StepRefused, readers.UnreadableFile, SaveRejected) as error:
            text = str(actions.ALREADY_DONE if isinstance(error, SaveRejected) else error)
            return self._page(self.find(str(pk)), CONFLICT, text)
        return redirect(url_for(then, pk=pk))
