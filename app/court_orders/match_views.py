"""The hits of a unit: those it has to answer, and those whose answer it waits for."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.court_orders import match_answers, queries, worklist
from app.court_orders.action_views import AssignView
from app.court_orders.match_answers import AnswerBoxes
from app.court_orders.matches import ANSWERS, CONFIRMED
from app.court_orders.models import CourtOrder, Hit
from app.court_orders.models.matches import DONE, OPEN, is_among
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.forms.record_form import RecordForm
from app.kernel.schema.rules import RuleBroken
from app.kernel.screens.dashboard import leaf
from app.people.models import Person

MOST = 100  # hits on the page


class AnswerForm(AnswerBoxes, RecordForm):
    """The answer on its page."""

    def laid_out(self):
        self.reason.width, self.minutes.width = 12, 4
        return self


class HitView(BaseView):
    """A hit is no proof: the page sets paper and entry side by side, and asks for one of three answers."""

    route_base = "/hits"
    default_view = "list"
    class_permission_name = "Hit"
    method_permission_name = {"list": "list", "show": "list", "answer": "answer"}

    @expose("/list/")
    @has_access
    def list(self):
        done = request.args.get("done") == "1"
        states = DONE if done else OPEN
        ids = worklist.hit_ids(states, queries.scope())
        found = leaf(ids, MOST, read=lambda some: worklist.hits(states, some))
        return self.render_template(
            "orders/hits.html",
            title=_("Hits"),
            leaf=found,
            hits=found.rows,
            done=done,
            waiting=self._waiting(),
        )

    def _waiting(self):
        """The hits whose answer the reader's own unit waits for; their orders lie elsewhere."""
        mine = Hit.unit_code == g.user.unit_code, Hit.owner_unit_code != g.user.unit_code, is_among(OPEN)
        some = select(Hit).where(*mine).options(joinedload(Hit.case)).order_by(Hit.due_at, Hit.id).limit(MOST)
        return db.session.scalars(some).all()

    @expose("/<int:pk>")
    @has_access
    def show(self, pk):
        return self._page(self._find(pk), AnswerForm(formdata=None))

    @expose("/<int:pk>/answer", methods=["POST"])
    @has_access
    def answer(self, pk):
        hit, form, kind = self._find(pk), AnswerForm(), request.form.get("kind", "")
        if kind not in ANSWERS or not match_answers.may_answer(g.user, hit):
            abort(403)
        if not form.validate():
            return self._page(hit, form, UNPROCESSABLE)
        try:
            match_answers.answer(db.session, hit, kind, form.reason.data, form.minutes.data)
            db.session.commit()
        except RuleBroken as refusal:
            db.session.rollback()
            form.hear(refusal.problems, request.form)
            late = isinstance(refusal, match_answers.TooLate)
            return self._page(self._find(pk), form, CONFLICT if late else UNPROCESSABLE)
        flash(gettext("The answer was sent to the unit that waits for it."), "success")
        return redirect(url_for("HitView.list"))

    def _find(self, pk):
        access_log.need_purpose()
        hit = db.session.scalar(select(Hit).where(Hit.id == pk)) if pk < 2**31 else None
        return hit or abort(404)

    def _page(self, hit, form, status=200):
        order = db.session.scalar(select(CourtOrder).where(CourtOrder.id == hit.order_id))
        person = db.session.scalar(select(Person).where(Person.id == hit.person_id))
        if order is not None:
            access_log.opened(order)
        page = self.render_template(
            "orders/hit.html",
            title=_("Hit"),
            hit=hit,
            order=order,
            person=person,
            lines=queries.side_by_side(order, person),
            form=form.laid_out(),
            may_pass_on=hit.state == CONFIRMED
            and order is not None
            and order.owner_unit_code != hit.unit_code
            and self.appbuilder.sm.has_access("can_add", "OrderEvent")
            and AssignView.fits(order),
            may_answer=match_answers.may_answer(g.user, hit)
            and self.appbuilder.sm.has_access("can_answer", self.class_permission_name),
        )
        return make_response(page, status)
