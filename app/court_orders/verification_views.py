"""Page for the check by a second officer, who finds the person of the order and so makes it active."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.court_orders import identification, lookups, queries, rules, verification
from app.court_orders.flush_hooks import HIDDEN_IDENTITY
from app.court_orders.models import OrderEvent
from app.court_orders.verification import CheckFields
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.database.transactions import rollback
from app.kernel.forms.record_form import RecordForm
from app.kernel.schema.rules import RuleViolation, check_rules
from app.kernel.validation import warning_overrides


class CheckForm(CheckFields, RecordForm):
    """The check form of the page."""

    def set_widths(self):
        self.person.width, self.new.width, self.note.width = 6, 6, 12
        return self


class CheckView(BaseView):
    """Shows the order next to the registered people with the same name."""

    route_base = "/order-verification"
    default_view = "check"
    class_permission_name = "OrderEvent"
    method_permission_name = {"check": "add"}

    @expose("/<pk>", methods=["GET", "POST"])
    @has_access
    def check(self, pk):
        access_log.require_purpose()
        order = lookups.get_order(pk) or abort(404)
        if order.hides_identity:
            flash(str(HIDDEN_IDENTITY), "warning")
            return redirect(url_for("CourtOrderView.show", pk=order.id))
        if not order.needs_identification:
            return redirect(url_for("CourtOrderView.show", pk=order.id))
        if request.method == "GET":
            return self._page(order, CheckForm(formdata=None))
        form = CheckForm()
        if not (form.validate() and self._accept(order, form)):
            rollback()
            return self._page(lookups.get_order(pk), form, UNPROCESSABLE)
        flash(gettext("Checked. The order is now in force."), "success")
        return redirect(url_for("CourtOrderView.show", pk=pk))

    def _accept(self, order, form):
        """Store the check and return True, or add the problems to the form and return False."""
        try:
            event = OrderEvent(kind="checked", note=form.note.data)
            problems = verification.fill_check(event, order, form)
            with db.session.no_autoflush:
                problems += check_rules(rules.EVENT, event, queries.load_event_facts(event))
            if not form.show_problems(problems, request.form):
                return False
            with unit_of_work(record=event, form=form, where="CheckView"):
                db.session.add(event)
                db.session.flush()
                warning_overrides.save_overrides(form.overrides, event)
        except SaveRejected as rejection:
            form.show_problems(rejection.problems, request.form)
            return False
        except RuleViolation as violation:
            form.show_problems(violation.problems, request.form)
            return False
        return True

    def _page(self, order, form, status=200):
        found = identification.find_candidates(order)
        access_log.log_search("check", order.named, [one.card.id for one in found])
        page = self.render_template(
            "court_orders/verification.html",
            title=gettext("Check by a second officer"),
            order=order,
            named=queries.NAMED_FIELDS,
            form=form.set_widths(),
            candidates=found,
            own=order.recorded_by_id == g.user.id,
        )
        return make_response(page, status)
