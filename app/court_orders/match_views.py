"""Pages of matches: those a unit must answer, and those it waits for."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.unit_choice import within_chosen_unit
from app.court_orders import match_answers, queries, worklist
from app.court_orders.action_views import AssignView
from app.court_orders.match_answers import AnswerFields
from app.court_orders.matches import ANSWERS, CONFIRMED, is_taken_back
from app.court_orders.models import CourtOrder, OrderMatch
from app.court_orders.models.matches import DONE_STATES, OPEN_STATES, in_states
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.forms.record_form import RecordForm
from app.kernel.screens.dashboard import paginate
from app.people.models import Person
from app.reference.unit_paths import list_own_units

MAX_ROWS = 100  # matches on the page


class AnswerForm(AnswerFields, RecordForm):
    """The answer form of the page."""

    def set_widths(self):
        self.reason.width, self.compared.width, self.minutes.width = 12, 12, 4
        return self


class OrderMatchView(BaseView):
    """Compares the order with the matched person and takes one of three answers. A match is not proof."""

    route_base = "/matches"
    default_view = "list"
    class_permission_name = "OrderMatch"
    method_permission_name = {"list": "list", "show": "list", "answer": "answer"}

    @expose("/list/")
    @has_access
    def list(self):
        done = request.args.get("done") == "1"
        states = DONE_STATES if done else OPEN_STATES
        with within_chosen_unit() as unit:
            ids = worklist.select_match_ids(states, queries.current_scope())
            found = paginate(ids, MAX_ROWS, load=lambda some: worklist.select_matches(states, some))
        return self.render_template(
            "court_orders/matches.html",
            title=_("Matches"),
            pager=found,
            matches=found.rows,
            done=done,
            unit=unit,
            waiting=() if unit else self._waiting(),
        )

    def _waiting(self):
        """Return the open matches that the user's unit waits for. Other units are in charge of their orders."""
        own = list_own_units(g.user.unit_code)
        conditions = (
            OrderMatch.unit_code.in_(own),
            OrderMatch.owner_unit_code.not_in(own),
            in_states(OPEN_STATES),
        )
        statement = (
            select(OrderMatch)
            .where(*conditions)
            .options(joinedload(OrderMatch.case))
            .order_by(OrderMatch.due_at, OrderMatch.id)
            .limit(MAX_ROWS)
        )
        return db.session.scalars(statement).all()

    @expose("/<int:pk>")
    @has_access
    def show(self, pk):
        return self._page(self._find(pk), AnswerForm(formdata=None))

    @expose("/<int:pk>/answer", methods=["POST"])
    @has_access
    def answer(self, pk):
        match, form, kind = self._find(pk), AnswerForm(), request.form.get("kind", "")
        if kind not in ANSWERS or not match_answers.may_answer(g.user, match):
            abort(403)
        if not form.validate():
            return self._page(match, form, UNPROCESSABLE)
        # The language of the text is that of the user. The commit forgets the user.
        text = gettext("The answer was sent to the waiting unit.")
        try:
            with unit_of_work(where="OrderMatchView"):
                match_answers.record_answer(
                    db.session, match, kind, form.reason.data, form.minutes.data, form.compared.data
                )
        except SaveRejected as rejection:
            form.show_problems(rejection.problems, request.form)
            late = isinstance(rejection.__cause__, match_answers.AlreadyAnswered)
            return self._page(self._find(pk), form, CONFLICT if late else rejection.status)
        flash(text, "success")
        return redirect(url_for("OrderMatchView.list"))

    def _find(self, pk):
        access_log.require_purpose()
        match = db.session.scalar(select(OrderMatch).where(OrderMatch.id == pk)) if pk < 2**31 else None
        return match or abort(404)

    def _page(self, match, form, status=200):
        order = db.session.scalar(select(CourtOrder).where(CourtOrder.id == match.order_id))
        person = db.session.scalar(select(Person).where(Person.id == match.person_id))
        if order is not None:
            access_log.log_view(order)
        page = self.render_template(
            "court_orders/match.html",
            title=_("Match"),
            match=match,
            order=order,
            person=person,
            is_taken_back=is_taken_back(db.session, match),
            lines=queries.compare_identity(order, person),
            form=form.set_widths(),
            may_forward=match.state == CONFIRMED
            and order is not None
            and order.owner_unit_code != match.unit_code
            and self.appbuilder.sm.has_access("can_add", "OrderEvent")
            and AssignView.is_available(order),
            may_answer=match_answers.may_answer(g.user, match)
            and self.appbuilder.sm.has_access("can_answer", self.class_permission_name),
        )
        return make_response(page, status)
