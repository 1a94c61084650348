"""The screens of imports: the list, a file and its steps, its columns, and what waits to be mended."""

from flask import g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError

from app.accounts.reauthentication import needs_fresh_sign_in
from app.extensions import db
from app.imports import actions, column_mapping, page_data, profiles, readers, uploads
from app.imports.models import CHECKED, DONE, READ, REFUSED, RUNNING, ImportRun
from app.jobs.views import of_page, read_here
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.screens.record_view import RecordView

NO_FILE = _("No file came along. Choose a file and send it again.")


class ImportView(RecordView):
    """Files of earlier registers, from their reading to the last row."""

    datamodel = SQLAInterface(ImportRun)
    class_permission_name = "Import"
    base_permissions = ["can_list", "can_show", "can_add", "can_let_in"]
    list_title, show_title, add_title = _("Imports"), _("Import"), _("Read a file")
    nothing_told = _("Press «Add» to read a file of an earlier register.")
    list_columns = ["title", "kind", "state", "entered", "waiting", "read_at"]
    cell_kinds = {"title": "lead", "state": "short", "entered": "num", "waiting": "num", "read_at": "id"}
    search_columns = ["kind", "state"]
    method_permission_name = RecordView.method_permission_name | {
        "choose": "add", "check": "add", "let_in": "let_in", "go_on": "let_in",
    }  # fmt: skip

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self):
        if request.method == "GET":
            return self._add_page()
        sent, profile = request.files.get("file"), actions.profile_named(request.form.get("profile", ""))
        if sent is None or not sent.filename:
            return self._add_page(UNPROCESSABLE, NO_FILE)
        if profile is None:
            return self._add_page(UNPROCESSABLE, gettext("Choose what the file holds."))
        try:
            run = actions.read_file(g.user.id, sent.stream, sent.filename, profile)
        except readers.Unusable as fault:
            return self._add_page(UNPROCESSABLE, fault)
        db.session.commit()
        known = set(profile.columns.values()) & set(page_data.Preview(run).headings)
        if not known:
            return redirect(url_for("ImportView.choose", pk=run.id))
        return redirect(url_for("ImportView.show", pk=run.id))

    def _add_page(self, status=200, told=""):
        page = self.render_template(
            "imports/add.html",
            title=self.add_title,
            told=told,
            choices=page_data.choices(),
            largest=uploads.MEGABYTES,
            chosen=request.form.get("profile", ""),
        )
        return make_response(page, status)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        run = self.find(pk)
        read_here()
        return self._page(run)

    def _page(self, run, status=200, told=""):
        preview = page_data.Preview(run) if run.state in (READ, CHECKED, REFUSED) else None
        may = self.appbuilder.sm.has_access
        page = self.render_template(
            "imports/import.html",
            title=run.title,
            run=run,
            told=told,
            preview=preview,
            report=page_data.Report(run),
            **self._work_on(run),
            may_try=run.state in (READ, CHECKED, REFUSED) and may("can_add", "Import"),
            may_let_in=run.state == CHECKED and run.read_by_id != g.user.id and may("can_let_in", "Import"),
            may_go_on=run.state == RUNNING and run.let_in_by_id == g.user.id,
            ended=run.state == DONE,
        )
        return make_response(page, status)

    @staticmethod
    def _work_on(run):
        """The work on it that is under way, how far it is for its owner, and whether it stands still half way."""
        job = page_data.job_of(run, "import", "import_check", uploads.SHEETS)
        return {"stopped": run.state == RUNNING and job is None, **of_page(job)}

    @expose("/choose/<pk>", methods=["GET", "POST"])
    @has_access
    def choose(self, pk):
        """Which column is what, of a file that was not let in."""
        run = self.find(pk)
        preview = page_data.Preview(run)
        form = column_mapping.Columns(
            run.profile, preview.headings, request.form if request.method == "POST" else None
        )
        if request.method == "GET" or not form.hear():
            page = self.render_template(
                "imports/columns.html",
                title=gettext("Match the columns"),
                run=run,
                form=form,
                preview=preview,
                eras=profiles.ERAS,
            )
            return make_response(page, UNPROCESSABLE if form.problems else 200)
        then = "show" if form.headings else "choose"
        return self._step(
            run, lambda: actions.choose_columns(run, form.profile, form.name, g.user.id), f"ImportView.{then}"
        )

    @expose("/check/<pk>", methods=["POST"])
    @has_access
    def check(self, pk):
        run = self.find(pk)
        return self._step(run, lambda: actions.try_it(run))

    @expose("/let-in/<pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def let_in(self, pk):
        run = self.find(pk)
        return self._step(run, lambda: actions.let_in(run, g.user.id))

    @expose("/go-on/<pk>", methods=["POST"])
    @has_access
    def go_on(self, pk):
        run = self.find(pk)
        return self._step(run, lambda: actions.go_on(run, g.user.id))

    def _step(self, run, act, then="ImportView.show"):
        pk = run.id
        try:
            act()
            db.session.commit()
        except (actions.Refused, IntegrityError) as refusal:
            db.session.rollback()
            text = str(refusal) if isinstance(refusal, actions.Refused) else str(actions.UNCHANGED)
            return self._page(self.find(str(pk)), CONFLICT, text)
        return redirect(url_for(then, pk=pk))
