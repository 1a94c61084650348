"""The pages of exports: asking for one, how far it is, and the decision of a second person above the limit."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.reauthentication import needs_fresh_sign_in
from app.exports import actions, datasets, limits
from app.exports.forms import DataSetForm, DecisionForm, ExportForm, MoreForm
from app.exports.models import ASKED, CASE, DATA_SET, LIST, MADE, OVER, PERSON, Export
from app.extensions import db
from app.inbox.actions import open_about
from app.jobs.models import Job
from app.jobs.views import of_page
from app.kernel.actor import actor_of
from app.kernel.audit import access_log, denied_requests
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.screens.filters import Filters
from app.kernel.screens.search_tokens import read_slip
from app.people.break_glass_guard import is_opened_only

MOST = 50  # exports on the page
PAGES = (
    "after_",
    "before_",
    "end_",
    "page_",
    "psize_",
    "slip",
)  # of a list's address: where in it somebody stood
OF = {CASE: "CaseView", PERSON: "PersonView"}


class ExportView(BaseView):
    """Everybody sees what he asked for; who decides sees what waits for him."""

    route_base = "/export"
    default_view = "list"
    class_permission_name = "Export"
    method_permission_name = {
        "list": "show", "show": "show", "of_list": "export", "of_record": "export", "data_set": "export", "more": "export",
        "begin": "export", "decide": "decide",
    }  # fmt: skip

    # Asking

    @expose("/of/<name>", methods=["GET", "POST"])
    @has_access
    def of_list(self, name):
        """The list of that view as the address filters it."""
        view = datasets.view_named(name)
        filters = {key: value for key, value in request.args.items() if not key.startswith(PAGES)}
        if request.args.get("slip"):
            filters |= read_slip(request.args["slip"])
        chips = Filters(view.datamodel.obj, view.search_columns, filters).chips
        told = [one.label if one.private else f"{one.label} {one.operator} {one.value}" for one in chips]
        title = " · ".join([str(view.list_title), *told])
        return self._ask(LIST, title, ExportForm, view=name, filters=filters)

    @expose("/<any('case', 'person'):what>/<int(max=2147483647):pk>", methods=["GET", "POST"])
    @has_access
    def of_record(self, what, pk):
        view = datasets.view_named(OF[what])
        record = db.session.get(view.datamodel.obj, pk)
        if record is None:
            denied_requests.about(what, pk)
            abort(404)
        if is_opened_only(record):  # to be read for hours; a file would last
            denied_requests.about(what, pk)
            flash(gettext("This person was opened by break-glass: to be read only."), "warning")
            return redirect(url_for(f"{OF[what]}.show", pk=pk))
        return self._ask(what, f"{view.show_title} {record.number}", ExportForm, pk=pk)

    @expose("/data-set", methods=["GET", "POST"])
    @has_access
    def data_set(self):
        datasets.view_named("CaseView")
        return self._ask(DATA_SET, gettext("Cases of a period, with all rows"), DataSetForm)

    def _ask(self, what, title, made, **arguments):
        access_log.need_purpose()
        form = made(data={"case_number": actor_of(db.session).case_number})
        form.once = idempotency.of_form()
        if not form.validate_on_submit():
            page = self.render_template(
                "exports/ask.html", title=_("Export"), what=title, form=form, limit=limits.of_reader()
            )
            return make_response(page, UNPROCESSABLE if form.is_submitted() else 200)
        arguments |= form.arguments
        export = idempotency.made(
            Export,
            request.form,
            lambda: actions.ask(what, title, form.format.data, form.case_number.data, **arguments),
            actions.came_to_something,
        )
        return redirect(url_for("ExportView.show", pk=export.id))

    # Looking after them

    @expose("/list/")
    @has_access
    def list(self):
        mine = select(Export).where(Export.asked_by_id == g.user.id).order_by(Export.id.desc()).limit(MOST)
        waiting = select(Export).where(Export.state == ASKED).order_by(Export.id).limit(MOST * 4)
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
        export = self._seen(pk)
        if export.asked_by_id == g.user.id:
            open_about(db.session, Export.__tablename__, pk, g.user.id)  # the decision
            job = db.session.get(Job, export.job_id) if export.job_id else None
            if job is not None and not job.is_open:
                open_about(db.session, Job.__tablename__, job.id, g.user.id)
            db.session.commit()
        return self._one(export)

    @expose("/more/<int:pk>", methods=["POST"])
    @has_access
    def more(self, pk):
        """Ask a second person, where the rows are too many."""
        export, form = self._mine(pk), MoreForm()
        if export.state != OVER:
            abort(409)
        if not form.validate():
            return self._one(export, more=form)
        actions.ask_for_more(export, form.reason.data)
        db.session.commit()
        flash(gettext("It was asked for. A message comes with the decision."), "success")
        return redirect(url_for("ExportView.show", pk=pk))

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    def decide(self, pk):
        export, form, verdict = self._seen(pk), DecisionForm(), request.form.get("verdict")
        if not self._may_decide(export) or export.state != ASKED:
            denied_requests.about(Export.__tablename__, pk)
            abort(403)
        if verdict not in ("approve", "refuse"):
            abort(400)
        if not form.validate():
            return self._one(export, decision=form)
        actions.decide(export, g.user, verdict == "approve", form.decision.data)
        db.session.commit()
        flash(gettext("The decision is kept."), "success")
        return redirect(url_for("ExportView.show", pk=pk))

    @expose("/begin/<int:pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def begin(self, pk):
        """Make what was approved."""
        export = self._mine(pk)
        if not actions.can_begin(export):
            abort(409)
        actions.begin(export)
        db.session.commit()
        return redirect(url_for("ExportView.show", pk=pk))

    def _one(self, export, more=None, decision=None):
        is_mine = export.asked_by_id == g.user.id
        shows_job = export.job_id and export.state in (MADE, OVER)  # once asked for, its refusal is over
        job = db.session.get(Job, export.job_id) if shows_job else None
        page = self.render_template(
            "exports/export.html",
            title=f"{export.serial} · {export.title}",
            export=export,
            **of_page(job),
            more=more or (MoreForm(formdata=None) if is_mine and export.state == OVER else None),
            decision=decision or (DecisionForm(formdata=None) if self._may_decide(export) else None),
            can_begin=is_mine and actions.can_begin(export),
            approved_rows=limits.WITH_APPROVAL,
        )
        return make_response(page, UNPROCESSABLE if more or decision else 200)

    def _may_decide(self, export):
        may = self.appbuilder.sm.has_access("can_decide", "Export") and export.state == ASKED
        return may and limits.may_decide(g.user, self.appbuilder.sm.held_by_reader().role_names, export)

    def _mine(self, pk):
        export = self._seen(pk)
        return export if export.asked_by_id == g.user.id else abort(404)

    def _seen(self, pk):
        export = db.session.get(Export, pk) if pk < 2**31 else None
        if export is None or not (export.asked_by_id == g.user.id or self._has_to_do_with(export)):
            abort(404)
        return export

    def _has_to_do_with(self, export):
        return export.decided_by_id == g.user.id or self._may_decide(export)
