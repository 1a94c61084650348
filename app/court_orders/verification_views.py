"""The page on which a second officer finds in the register whom an order names, and so makes it active."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.court_orders import identification, lookups, queries, rules, state_machine, verification
from app.court_orders.models import OrderEvent
from app.court_orders.verification import CheckBoxes
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.forms.record_form import RecordForm
from app.kernel.schema.rules import RuleBroken, ask
from app.kernel.validation import warning_overrides


class CheckForm(CheckBoxes, RecordForm):
    """The same, on a page."""

    def laid_out(self):
        self.person.width, self.new.width, self.note.width = 6, 6, 12
        return self


class CheckView(BaseView):
    """Paper and register side by side."""

    route_base = "/order-check"
    default_view = "check"
    class_permission_name = "OrderEvent"
    method_permission_name = {"check": "add"}

    @expose("/<pk>", methods=["GET", "POST"])
    @has_access
    def check(self, pk):
        access_log.need_purpose()
        order = lookups.get(pk) or abort(404)
        if order.status != state_machine.RECEIVED:
            return redirect(url_for("CourtOrderView.show", pk=order.id))
        if request.method == "GET":
            return self._page(order, CheckForm(formdata=None))
        form = CheckForm()
        if not (form.validate() and self._accept(order, form)):
            db.session.rollback()
            return self._page(lookups.get(pk), form, UNPROCESSABLE)
        flash(gettext("Checked. The order stands from now on."), "success")
        return redirect(url_for("CourtOrderView.show", pk=pk))

    def _accept(self, order, form):
        """Whether the check was written down; what stands in its way is said at the form."""
        try:
            act = OrderEvent(kind="checked", note=form.note.data)
            problems = verification.begin(act, order, form)
            with db.session.no_autoflush:
                problems += ask(rules.ACT, act, queries.facts_of_act(act))
            if not form.hear(problems, request.form):
                return False
            db.session.add(act)
            db.session.flush()
            warning_overrides.keep(form.passed, act)
            db.session.commit()
        except RuleBroken as refusal:
            form.hear(refusal.problems, request.form)
            return False
        return True

    def _page(self, order, form, status=200):
        found = identification.candidates(order)
        access_log.searched("check", order.named, [one.card.id for one in found])
        page = self.render_template(
            "orders/check.html",
            title=gettext("Check by a second officer"),
            order=order,
            form=form.laid_out(),
            candidates=found,
            own=order.recorded_by_id == g.user.id,
        )
        return make_response(page, status)
