"""The screens of corrections: the list, the page of one with its steps, and the form by which a chief asks."""

from functools import cached_property

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.reauthentication import needs_fresh_sign_in
from app.corrections import actions, correctable_records
from app.corrections.errors import NotYours, Refused
from app.corrections.models import ASKED, Correction
from app.corrections.request_form import Asking
from app.corrections.template_globals import kind_of_record, lines_of, record_url, steps_of
from app.extensions import db
from app.inbox.record_links import page_of
from app.kernel.audit import access_log
from app.kernel.concurrency import database_errors
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.schema.display import said
from app.kernel.schema.rules import RuleBroken
from app.kernel.screens.record_view import RecordView


class CorrectionView(RecordView):
    datamodel = SQLAInterface(Correction)
    class_permission_name = "Correction"
    base_permissions = ["can_list", "can_show", "can_ask", "can_decide", "can_carry_out"]
    list_title, show_title = _("Corrections"), _("Correction")
    nothing_told = _("After 48 hours a record is shut: its chief asks for a correction on its page.")
    list_columns = ["number", "kind", "record", "state", "asked_at", "due_at"]
    extra_columns = ("entity", "entity_id", "open_until")
    label_columns = {"number": _("Correction"), "record": _("Record")}
    cell_kinds = {"number": "id", "state": "short", "asked_at": "id", "due_at": "id"}
    show_template = "corrections/correction.html"
    method_permission_name = RecordView.method_permission_name | {
        "ask": "ask",
        "decide": "decide",
        "carry_out": "carry_out",
    }

    def cell(self, record, name):
        if name == "number":
            return record.number
        if name == "record":
            return kind_of_record(record.entity)
        if name == "state" and record.has_lapsed:
            return gettext("Time over")
        return super().cell(record, name)

    # Reading one

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._page(self.find(pk))

    @cached_property
    def _joins(self):
        people = (Correction.asked_by, Correction.decided_by, Correction.carried_by)
        return selectinload(Correction.fields), *(joinedload(one) for one in people)

    def _page(self, correction, status=200, told="", typed="", problem=""):
        record = correctable_records.find(correction.entity, correction.entity_id)
        if record is not None:
            access_log.opened_for(access_log.CORRECTING, correction.number, record)
        may = self.appbuilder.sm.has_access
        waits = correction.state == ASKED or correction.has_lapsed
        page = self.render_template(
            self.show_template,
            title=correction.number,
            correction=correction,
            heading=kind_of_record(correction.entity),
            record_url=record_url(correction, record),
            lines=lines_of(correction, record),
            steps=steps_of(correction),
            changed=actions.changed_since(correction) if record is not None and waits else (),
            told=told,
            typed=typed,
            problem=problem,
            about=record,
            decides=waits and may("can_decide", "Correction"),
            carries=correction.is_open and may("can_carry_out", "Correction"),
        )
        return make_response(page, status)

    # The three steps

    @expose("/ask/<entity>/<int:pk>", methods=["GET", "POST"])
    @has_access
    def ask(self, entity, pk):
        record = correctable_records.find(entity, pk)
        if record is None:
            abort(404)
        if not actions.may_ask(g.user, record):
            abort(403)
        access_log.opened_for(access_log.CORRECTING, "", record)
        asking = Asking(record, request.form if request.method == "POST" else None, request.args)
        if request.method == "GET":
            return self._ask_page(asking)
        try:
            if not asking.hear():
                return self._ask_page(asking, UNPROCESSABLE)
            correction = asking.send(g.user)
            db.session.commit()
        except IntegrityError:
            return self._asked_before(entity, pk)
        except Refused as refusal:
            db.session.rollback()
            asking.told = refusal.text
            return self._ask_page(asking, CONFLICT)
        flash(gettext("The request went to the head of planning."), "success")
        return redirect(url_for("CorrectionView.show", pk=correction.id))

    def _ask_page(self, asking, status=200):
        asking.reload()
        page = self.render_template(
            "corrections/ask.html",
            title=_("Ask for a correction"),
            asking=asking,
            back=page_of(asking.entity, asking.record.id),
        )
        return make_response(page, status)

    def _asked_before(self, entity, pk):
        """By the first of two clicks, or by somebody else at the same moment."""
        db.session.rollback()
        there = select(Correction.id).where(
            Correction.entity == entity,
            Correction.entity_id == pk,
            Correction.state.in_(("asked", "approved")),
        )
        found = db.session.scalar(there)
        if found is None:
            abort(CONFLICT)
        flash(gettext("A correction of this record is under way already: this one."), "warning")
        return redirect(url_for("CorrectionView.show", pk=found))

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def decide(self, pk):
        correction = self.find(str(pk))
        reason = " ".join(request.form.get("decision", "").split())
        if request.form.get("verdict") not in ("approve", "refuse"):
            abort(400)
        if len(reason) < actions.SHORTEST_REASON:
            problem = gettext(
                "Give the reason of the decision in at least %(n)s characters.",
                n=said(actions.SHORTEST_REASON),
            )
            typed = request.form.get("decision", "")
            return self._page(correction, UNPROCESSABLE, typed=typed, problem=problem)
        approve = request.form["verdict"] == "approve"
        done = _("Approved: the technical working group has four hours.") if approve else _("Refused.")
        return self._step(correction, done, lambda: actions.decide(g.user, correction, approve, reason))

    @expose("/carry-out/<int:pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def carry_out(self, pk):
        correction = self.find(str(pk))
        done = _("Carried out. The record is shut again.")
        return self._step(correction, done, lambda: actions.carry_out(g.user, correction))

    def _step(self, correction, done, act):
        pk = correction.id
        try:
            act()
            db.session.commit()
        except NotYours as refusal:
            db.session.rollback()
            return self._page(self.find(str(pk)), 403, refusal.text)
        except (Refused, RuleBroken, StaleDataError) as refusal:
            db.session.rollback()
            return self._page(self.find(str(pk)), _status(refusal), _words(refusal))
        except SQLAlchemyError as fault:
            db.session.rollback()
            status, sentence = database_errors.meaning(fault, type(self).__name__)
            return self._page(self.find(str(pk)), status, sentence)
        flash(str(done), "success")
        return redirect(url_for("CorrectionView.show", pk=pk))


def _status(refusal):
    return UNPROCESSABLE if isinstance(refusal, RuleBroken) else CONFLICT


def _words(refusal):
    if isinstance(refusal, RuleBroken):
        return " ".join(str(problem.text) for problem in refusal.problems)
    if isinstance(refusal, Refused):
        return refusal.text
    return gettext("Somebody else took this step at the same moment. See what was done.")
