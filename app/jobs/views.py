"""The reader's jobs: progress, results and cancellation."""

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.inbox.actions import open_record_messages
from app.inbox.models import Message
from app.jobs import enqueue, registry, results
from app.jobs.models import DONE, Job
from app.kernel.actor import actor_of
from app.kernel.audit import denied_requests, recorder
from app.kernel.database.transactions import commit, rollback
from app.kernel.files.views import HEADERS

MAX_JOBS = 50  # jobs on the page


def build_rows_context(jobs, one=None):
    """Return the variables of `jobs/rows.html`; `one` is the id of the job on a page of its own."""
    return {
        "jobs": jobs,
        "get_label": registry.get_label,
        "get_record_url": registry.get_record_url,
        "poll": url_for("JobView.rows", one=one),
    }


def build_page_context(job):
    """Return the template variables for the job of a record. Only the owner of the job sees its progress."""
    mine = [job] if job is not None and job.owner_id == g.user.id else []
    return {"job": job, **build_rows_context(mine, job and job.id)}


def mark_notices_read():
    """Mark the reader's notices about finished jobs of this page's record as opened: the page shows the result."""
    notices = Message.entity == Job.__tablename__, Message.to_user_id == g.user.id, Message.done_at.is_(None)
    finished = select(Job).where(Job.id.in_(select(Message.entity_id).where(*notices)), Job.state == DONE)
    for job in db.session.scalars(finished).all():
        if registry.get_record_url(job) == request.path:
            open_record_messages(db.session, Job.__tablename__, job.id, g.user.id)
    commit()


class JobView(BaseView):
    """The list and pages of jobs. Users see only their own jobs."""

    route_base = "/jobs"
    default_view = "list"
    class_permission_name = "Job"
    method_permission_name = dict.fromkeys(("list", "show", "rows", "cancel", "fetch"), "list")

    @expose("/list/")
    @has_access
    def list(self):
        return self._page(_("My background work"), self._list_own_jobs())

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk):
        job = self._get_own_job(pk)
        if not job.is_open:
            open_record_messages(db.session, Job.__tablename__, pk, g.user.id)
            commit()
        return self._page(job.title, [job], one=pk)

    def _page(self, title, jobs, one=None):
        return self.render_template("jobs/list.html", title=title, one=one, **build_rows_context(jobs, one))

    @expose("/rows")
    @expose("/rows/<int:one>")
    @has_access
    def rows(self, one=None):
        """Return the current rows for the polling page, or 304 if nothing has changed."""
        g.pop("seen_sign_in", None)  # polling of an open page is no activity of the user
        jobs = [self._get_own_job(one)] if one else self._list_own_jobs()
        answer = make_response(self.render_template("jobs/rows.html", **build_rows_context(jobs, one)))
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.add_etag()
        return answer.make_conditional(request)

    @expose("/cancel/<int:pk>", methods=["POST"])
    @has_access
    def cancel(self, pk):
        job = self._get_own_job(pk)
        rollback()
        enqueue.stop_job(job.id)
        flash(gettext("This job stops at its next step."), "info")
        return redirect(url_for("JobView.show", pk=pk))

    @expose("/download/<int:pk>")
    @has_access
    def fetch(self, pk):
        """Send the result to its owner until it expires."""
        job = self._get_own_job(pk)
        path = results.get_result_path(job.result_file) if job.has_result else None
        if path is None or not path.exists():
            abort(404, gettext("This result is no longer available. Request it again."))
        known = registry.get_kind(job.kind)
        is_same = job.result_access == results.describe_access(actor_of(db.session))
        if not (known and known.is_allowed and is_same):
            denied_requests.set_denied_record(Job.__tablename__, pk)
            abort(403, gettext("This result was made for another unit or role of yours. Request it again."))
        recorder.record_now("job.downloaded", Job.__tablename__, pk, job=job.kind)
        answer = send_file(path, mimetype=job.result_type, as_attachment=True, download_name=job.result_name)
        answer.headers.update(HEADERS | {"Cache-Control": "no-store"})
        return answer

    def _list_own_jobs(self):
        mine = select(Job).where(Job.owner_id == g.user.id).order_by(Job.id.desc()).limit(MAX_JOBS)
        return db.session.scalars(mine).all()

    def _get_own_job(self, pk):
        found = select(Job).where(Job.id == pk, Job.owner_id == g.user.id) if pk < 2**31 else None
        job = db.session.scalar(found) if found is not None else None
        return job if job is not None else abort(404)
