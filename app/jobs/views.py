"""My jobs: what runs for the reader behind the pages, how far it is, and what came of it."""

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.inbox.actions import open_about
from app.inbox.models import Message
from app.jobs import enqueue, registry, results
from app.jobs.models import DONE, Job
from app.kernel.audit import denied_requests, recorder
from app.kernel.files.views import HEADERS

MOST = 50  # jobs on the page


def shown(jobs, one=None):
    """What `jobs/rows.html` tells of these jobs; `one` is the number of the job to which its page belongs."""
    return {
        "jobs": jobs,
        "label_of": registry.label_of,
        "page_of": registry.page_of,
        "poll": url_for("JobView.rows", one=one),
    }


def of_page(job):
    """What the page of a record tells of its job: how far it is, to whoever asked for it; to others that it is there."""
    mine = [job] if job is not None and job.owner_id == g.user.id else []
    return {"job": job, **shown(mine, job and job.id)}


def read_here():
    """Whoever opens the page of a record needs no notice of the work on it that is done: the page tells what came of it."""
    notices = Message.entity == Job.__tablename__, Message.to_user_id == g.user.id, Message.done_at.is_(None)
    told = select(Job).where(Job.id.in_(select(Message.entity_id).where(*notices)), Job.state == DONE)
    for job in db.session.scalars(told).all():
        if registry.page_of(job) == request.path:
            open_about(db.session, Job.__tablename__, job.id, g.user.id)
    db.session.commit()


class JobView(BaseView):
    """Everybody sees his own jobs and nobody else's."""

    route_base = "/jobs"
    default_view = "list"
    class_permission_name = "Job"
    method_permission_name = dict.fromkeys(("list", "show", "rows", "cancel", "fetch"), "list")

    @expose("/list/")
    @has_access
    def list(self):
        return self._page(_("My background work"), self._jobs())

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk):
        job = self._mine(pk)
        if not job.is_open:
            open_about(db.session, Job.__tablename__, pk, g.user.id)
            db.session.commit()
        return self._page(job.title, [job], one=pk)

    def _page(self, title, jobs, one=None):
        return self.render_template("jobs/list.html", title=title, one=one, **shown(jobs, one))

    @expose("/rows")
    @expose("/rows/<int:one>")
    @has_access
    def rows(self, one=None):
        """The jobs as they stand now, for the page that shows them: 304 while nothing has changed."""
        g.pop("seen_sign_in", None)  # a page that was left open is no sign that somebody sits there
        jobs = [self._mine(one)] if one else self._jobs()
        answer = make_response(self.render_template("jobs/rows.html", **shown(jobs, one)))
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.add_etag()
        return answer.make_conditional(request)

    @expose("/cancel/<int:pk>", methods=["POST"])
    @has_access
    def cancel(self, pk):
        job = self._mine(pk)
        db.session.rollback()
        enqueue.stop(job.id)
        flash(gettext("It stops at its next step."), "info")
        return redirect(url_for("JobView.show", pk=pk))

    @expose("/fetch/<int:pk>")
    @has_access
    def fetch(self, pk):
        """The result, for its owner, until its time is over."""
        job = self._mine(pk)
        path = results.path_of(job.result_file) if job.can_be_fetched else None
        if path is None or not path.exists():
            abort(404, gettext("This result is no longer kept. Ask for it again."))
        known = registry.named(job.kind)
        if not (known and known.is_allowed) or job.unit_code != g.user.unit_code:
            denied_requests.about(Job.__tablename__, pk)
            abort(403, gettext("This was made for another unit or role of yours. Ask for it again."))
        recorder.tell("job.fetched", Job.__tablename__, pk, job=job.kind)
        answer = send_file(path, mimetype=job.result_type, as_attachment=True, download_name=job.result_name)
        answer.headers.update(HEADERS | {"Cache-Control": "no-store"})
        return answer

    def _jobs(self):
        mine = select(Job).where(Job.owner_id == g.user.id).order_by(Job.id.desc()).limit(MOST)
        return db.session.scalars(mine).all()

    def _mine(self, pk):
        found = select(Job).where(Job.id == pk, Job.owner_id == g.user.id) if pk < 2**31 else None
        job = db.session.scalar(found) if found is not None else None
        return job if job is not None else abort(404)
