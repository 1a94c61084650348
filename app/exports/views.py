"""Pages of exports: request, progress, and approval above the row limit."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.reauthentication import require_fresh_sign_in
from app.exports import actions, limits
from app.exports.forms import ApprovalRequestForm, DataSetForm, DecisionForm, ExchangeForm, ExportForm
from app.exports.models import CASE, CREATED, DATA_SET, EXCHANGE, LIST, OVER_LIMIT, PERSON, REQUESTED, Export
from app.extensions import db
from app.inbox.actions import open_record_messages
from app.jobs.models import Job
from app.jobs.views import build_page_context
from app.kernel.access.write_scope import READ_ONLY, is_temporary
from app.kernel.actor import actor_of
from app.kernel.audit import access_log, denied_requests
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.database.transactions import commit
from app.kernel.schema.display import format_value
from app.kernel.screens import selection
from app.kernel.screens.filters import Filters
from app.kernel.screens.record_lists import get_list_view
from app.kernel.screens.search_tokens import load_search

MAX_LISTED = 50  # exports on the list page
# Query parameters that select the page of a list.
PAGINATION_PREFIXES = ("after_", "before_", "end_", "page_", "psize_", "search", "view", selection.FIELD)
RECORD_VIEWS = {CASE: "CaseView", PERSON: "PersonView"}


class ExportView(BaseView):
    """Users see their own exports; approvers see pending requests."""

    route_base = "/export"
    default_view = "list"
    class_permission_name = "Export"
    method_permission_name = {
        "list": "show", "show": "show", "of_list": "export", "of_selection": "export", "of_record": "export", "data_set": "export", "exchange": "export", "more": "export",
        "begin": "export", "decide": "decide",
    }  # fmt: skip

    # Request

    @expose("/table/<name>", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def of_list(self, name):
        """Export the list of that view with the filters of the URL."""
        view = get_list_view(name)
        ids = selection.read_keys(view, request.args)
        filters = {
            key: value for key, value in request.args.items() if not key.startswith(PAGINATION_PREFIXES)
        }
        if request.args.get("search"):
            filters |= load_search(request.args["search"])
        title = " · ".join([str(view.list_title), *Filters(view, filters).texts])
        chosen = {"ids": ids} if ids else {}
        if ids:
            title = gettext("%(list)s: %(n)s selected", list=title, n=format_value(len(ids)))
        return self._show_request_form(LIST, title, ExportForm, view=name, filters=filters, **chosen)

    @expose("/selection/<name>", methods=["POST"])
    @has_access
    def of_selection(self, name):
        """Lead to the export of the selected rows of that view."""
        keys = selection.read_keys(get_list_view(name), request.form)
        if not keys:
            abort(400, gettext("Select at least one row."))
        return redirect(url_for("ExportView.of_list", name=name, rowid=keys))

    @expose("/<any('case', 'person'):what>/<int(max=2147483647):pk>", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def of_record(self, what, pk):
        view = get_list_view(RECORD_VIEWS[what])
        record = db.session.get(view.datamodel.obj, pk)
        if record is None:
            denied_requests.set_denied_record(what, pk)
            abort(404)
        if is_temporary(record):  # break-glass access ends after hours, but a file remains
            denied_requests.set_denied_record(what, pk)
            flash(str(READ_ONLY), "warning")
            return redirect(url_for(f"{RECORD_VIEWS[what]}.show", pk=pk))
        return self._show_request_form(what, f"{view.show_title} {record.number}", ExportForm, pk=pk)

    @expose("/data-set", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def data_set(self):
        get_list_view("CaseView")
        return self._show_request_form(DATA_SET, gettext("Cases of a period, with all rows"), DataSetForm)

    @expose("/exchange", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def exchange(self):
        """Export the set of a prosecution, a court or a prison."""
        return self._show_request_form(
            EXCHANGE, gettext("Data for a prosecution, court or prison"), ExchangeForm
        )

    def _show_request_form(self, what, title, form_class, **arguments):
        access_log.require_purpose()
        form = form_class(data={"case_number": actor_of(db.session).case_number})
        form.idempotency_key = idempotency.form_key()
        if not form.validate_on_submit():
            page = self.render_template(
                "exports/request_form.html",
                title=_("Export"),
                what=title,
                form=form,
                limit=limits.get_row_limit(),
            )
            return make_response(page, UNPROCESSABLE if form.is_submitted() else 200)
        arguments |= form.arguments
        full_title = " · ".join([title, *map(str, form.details)])
        export = idempotency.run_once(
            Export,
            request.form,
            lambda: actions.request_export(
                what, full_title, form.format.data, form.case_number.data, **arguments
            ),
            actions.is_reusable,
        )
        return redirect(url_for("ExportView.show", pk=export.id))

    # Status and approval

    @expose("/list/")
    @has_access
    def list(self):
        mine = (
            select(Export)
            .where(Export.requested_by_id == g.user.id)
            .order_by(Export.id.desc())
            .limit(MAX_LISTED)
        )
        waiting = select(Export).where(Export.state == REQUESTED).order_by(Export.id).limit(MAX_LISTED * 4)
        return self.render_template(
            "exports/list.html",
            title=_("Exports"),
            mine=db.session.scalars(mine).all(),
            waiting=[one for one in db.session.scalars(waiting) if self._may_decide(one)],
            may_export=self.appbuilder.sm.has_access("can_export", "Export"),
        )

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk):
        export = self._get_visible(pk)
        if export.requested_by_id == g.user.id:
            # Marks the decision message as read.
            open_record_messages(db.session, Export.__tablename__, pk, g.user.id)
            job = db.session.get(Job, export.job_id) if export.job_id else None
            if job is not None and not job.is_open:
                open_record_messages(db.session, Job.__tablename__, job.id, g.user.id)
            commit()
        return self._show_export(export)

    @expose("/request-approval/<int:pk>", methods=["POST"])
    @has_access
    def more(self, pk):
        """Request approval for an export above the row limit."""
        export, form = self._get_own(pk), ApprovalRequestForm()
        actions.lock_export(export)
        if export.state != OVER_LIMIT:
            return self._refuse_stale(export)
        if not form.validate():
            return self._show_export(export, more=form)
        actions.request_approval(export, form.reason.data)
        commit()
        flash(gettext("Approval was requested. You will receive a message with the decision."), "success")
        return redirect(url_for("ExportView.show", pk=pk))

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    def decide(self, pk):
        export, form, verdict = self._get_visible(pk), DecisionForm(), request.form.get("verdict")
        actions.lock_export(export)
        if not self._may_decide(export):
            denied_requests.set_denied_record(Export.__tablename__, pk)
            abort(403)
        if export.state != REQUESTED:
            return self._refuse_stale(export)
        if verdict not in ("approve", "refuse"):
            abort(400)
        if not form.validate():
            return self._show_export(export, decision=form)
        actions.record_decision(export, g.user, verdict == "approve", form.decision.data)
        commit()
        flash(gettext("The decision was saved."), "success")
        return redirect(url_for("ExportView.show", pk=pk))

    @expose("/start/<int:pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def begin(self, pk):
        """Start the job of an approved export."""
        export = self._get_own(pk)
        actions.lock_export(export)
        if not actions.can_start_job(export):
            return self._refuse_stale(export)
        actions.start_job(export)
        commit()
        return redirect(url_for("ExportView.show", pk=pk))

    def _refuse_stale(self, export):
        """Show the export as it is: another request has changed it since the page of the form was opened."""
        flash(gettext("This export has changed meanwhile. The page shows its current state."), "warning")
        return make_response(self._show_export(export), 409)

    def _show_export(self, export, more=None, decision=None):
        is_mine = export.requested_by_id == g.user.id
        decides = export.state == REQUESTED and self._may_decide(export)
        # After an approval request the failed job is obsolete.
        shows_job = export.job_id and export.state in (CREATED, OVER_LIMIT)
        job = db.session.get(Job, export.job_id) if shows_job else None
        page = self.render_template(
            "exports/export.html",
            title=f"{export.serial} · {export.title}",
            export=export,
            **build_page_context(job),
            more=more
            or (ApprovalRequestForm(formdata=None) if is_mine and export.state == OVER_LIMIT else None),
            decision=decision or (DecisionForm(formdata=None) if decides else None),
            can_begin=is_mine and actions.can_start_job(export),
            answer=actions.find_answer(export),
            may_answer=is_mine and export.subject == EXCHANGE and export.sha256 is not None,
        )
        return make_response(page, UNPROCESSABLE if more or decision else 200)

    def _may_decide(self, export):
        return self.appbuilder.sm.has_access("can_decide", "Export") and limits.may_decide(
            g.user, self.appbuilder.sm.get_reader_permissions().role_names, export
        )

    def _get_own(self, pk):
        export = self._get_visible(pk)
        return export if export.requested_by_id == g.user.id else abort(404)

    def _get_visible(self, pk):
        export = db.session.get(Export, pk) if pk < 2**31 else None
        if export is None or not (
            g.user.id in (export.requested_by_id, export.decided_by_id) or self._may_decide(export)
        ):
            abort(404)
        return export
