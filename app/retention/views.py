"""The screens of retention acts and of the reviews of ended periods."""

from flask import current_app, g, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_

from app.accounts.reauthentication import require_fresh_sign_in
from app.confirmations.views import ConfirmedView
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.people.models import Person
from app.retention import acts, reviews
from app.retention.models import KEEP, PROPOSE, RetentionAct, RetentionReview
from app.retention.rules import ENDS, HOLD

MAX_REASON = 400
WAITING = "waiting"
STATES = {WAITING: _("Waits for a decision"), PROPOSE: _("Agreed to the proposal")}


def list_holds(record):
    """Return the legal holds on a person or a case as a note for the top of its page, for readers of retention acts."""
    if not current_app.appbuilder.sm.has_access("can_list", "RetentionAct"):
        return []
    find = acts.find_holds_of_person if isinstance(record, Person) else acts.find_holds_of_case
    holds = find(db.session, record.id)
    text = gettext("Legal hold: %(numbers)s", numbers=", ".join(holds))
    return [(text, url_for("RetentionActView.list", _flt_0_kind=HOLD))] if holds else []


class RetentionActView(ConfirmedView):
    datamodel = SQLAInterface(RetentionAct)
    class_permission_name = "RetentionAct"
    needs_purpose = frozenset((access_log.LIST,))
    list_title, show_title, add_title = _("Retention acts"), _("Retention act"), _("Enter a retention act")
    list_columns = ["kind", "person", "case", "ends", "authority", "document_no", "until", "confirmation"]
    add_columns = [
        "kind",
        "person",
        "case",
        "ends",
        "authority",
        "document_no",
        "document_date",
        "until",
        "reason",
    ]
    omitted_columns = {"unit": "the unit of the officer who entered the act"}
    show_template = "retention/act.html"
    list_links = ("person", "case", "ends")
    cell_kinds = {"kind": "lead", "case": "id", "ends": "id", "document_no": "id", "until": "id"}
    base_order = ("id", "desc")
    empty_text = _("A legal hold stops the end of a record. Two officers lift it.")

    def facts(self, record):
        return acts.load_facts(db.session, record)

    def prefill(self, form):
        super().prefill(form)
        if form.ends.data is not None:
            form.kind.data = next(
                (kind for kind, ended in ENDS.items() if ended == form.ends.data.kind), None
            )

    def show_context(self, record, extra_rows):
        may_write = not g.read_only and self.may_do("add")
        may_end = record.kind in ENDS.values() and acts.can_end(db.session, record)
        return super().show_context(record, extra_rows) | {
            "end_url": url_for("RetentionActView.add", ends=record.id) if may_write and may_end else "",
        }

    @expose("/decide/<pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def decide(self, pk):
        return super().decide(pk)


def _has_state(state):
    if state == PROPOSE:
        return and_(RetentionReview.voided_at.is_(None), RetentionReview.decision == PROPOSE)
    today = dates.now().date()
    over = and_(RetentionReview.decision == KEEP, RetentionReview.keep_until < today)
    return and_(RetentionReview.voided_at.is_(None), or_(RetentionReview.decision.is_(None), over))


class RetentionReviewView(RecordView):
    datamodel = SQLAInterface(RetentionReview)
    class_permission_name = "RetentionReview"
    base_permissions = ["can_list", "can_show", "can_decide"]
    method_permission_name = RecordView.method_permission_name | {"decide": "decide"}
    needs_purpose = frozenset((access_log.LIST,))
    list_title, show_title = _("Ended retention periods"), _("Ended retention period")
    list_columns = ["period", "person", "case", "due_on", "decision", "keep_until"]
    omitted_columns = {"unit": "the unit that entered the row of the case"}
    show_template = "retention/review.html"
    list_links = ("period", "person", "case")
    cell_kinds = {"period": "lead", "case": "id", "due_on": "id", "keep_until": "id"}
    base_order = ("due_on", "asc")
    list_filters = {
        "state": ListFilter(_("Review"), choices=STATES, build=_has_state),
    }
    empty_text = _("No retention period has ended.")

    def show_context(self, record, extra_rows):
        may_write = not g.read_only and self.may_do("decide")
        return super().show_context(record, extra_rows) | {
            "may_decide": may_write and reviews.is_due(record),
            "holds": acts.find_holds_of_person(db.session, record.person_id),
            "agreed_url": url_for("RetentionReviewView.list", _flt_0_state=PROPOSE),
            "typed": request.form,
        }

    @expose("/decide/<pk>", methods=["POST"])
    @has_access
    def decide(self, pk):
        """Keep the record until a day, or propose what its period proposes."""
        record, form = self.find(pk), request.form

        def act():
            reviews.decide(db.session, record, form.get("decision", ""), _read_day(form), read_text())

        return self.take_action(pk, act)


def _read_day(form):
    """Return the typed day, or None if it is empty or no day."""
    try:
        return dates.parse_date(form.get("keep_until", ""))
    except ValueError:
        return None
