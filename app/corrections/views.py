"""Views of corrections: the list, the page of one with its steps, and the request form."""

from functools import cached_property

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.reauthentication import require_fresh_sign_in
from app.corrections import actions, correctable_records
from app.corrections.errors import ActionRefused, NotAllowed
from app.corrections.models import Correction
from app.corrections.request_form import CorrectionRequest, list_causes
from app.corrections.template_globals import (
    describe_fields,
    describe_steps,
    find_corrected_record_url,
    get_record_type_label,
)
from app.extensions import db
from app.inbox.record_links import find_record_url
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.database.transactions import rollback
from app.kernel.schema.display import format_value
from app.kernel.screens.record_view import RecordView


class CorrectionView(RecordView):
    datamodel = SQLAInterface(Correction)
    class_permission_name = "Correction"
    base_permissions = ["can_list", "can_show", "can_request", "can_decide", "can_apply"]
    list_title, show_title = _("Corrections"), _("Correction")
    empty_text = _(
        "Records lock after 48 hours. The provincial chief can request a correction on the page of the record."
    )
    list_columns = ["number", "kind", "cause", "record", "state", "requested_at", "due_at"]
    omitted_columns = {"letter_no": "on the page of the correction"}
    extra_columns = ("entity", "entity_id", "exempt_until")
    label_columns = {"number": _("Correction"), "record": _("Record")}
    cell_kinds = {"number": "id", "state": "short", "requested_at": "id", "due_at": "id"}
    show_template = "corrections/correction.html"
    method_permission_name = RecordView.method_permission_name | {
        "request_correction": "request",
        "decide": "decide",
        "apply": "apply",
    }

    def format_cell(self, record, name):
        if name == "number":
            return record.number
        if name == "record":
            return get_record_type_label(record.entity)
        if name == "state" and record.has_lapsed:
            return gettext("Deadline passed")
        return super().format_cell(record, name)

    # One correction

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._render_correction(self.find(pk))

    @cached_property
    def _joins(self):
        people = (Correction.requested_by, Correction.decided_by, Correction.applied_by)
        return selectinload(Correction.fields), *(joinedload(one) for one in people)

    def _render_correction(self, correction, status=200, message="", typed="", problem=""):
        record = correctable_records.find_record(correction.entity, correction.entity_id)
        if record is not None:
            access_log.log_view_for(access_log.DATA_QUALITY, correction.number, record)
        may = self.appbuilder.sm.has_access
        waits = actions.waits_for_decision(correction)
        page = self.render_template(
            self.show_template,
            title=correction.number,
            correction=correction,
            heading=get_record_type_label(correction.entity),
            record_url=find_corrected_record_url(correction, record),
            lines=describe_fields(correction, record),
            steps=describe_steps(correction),
            changed=actions.find_changed_fields(correction) if record is not None and waits else (),
            message=message,
            typed=typed,
            problem=problem,
            about=record,
            decides=waits and may("can_decide", "Correction"),
            carries=correction.is_open and may("can_apply", "Correction"),
        )
        return make_response(page, status)

    # The three steps

    @expose("/request/<entity>/<int:pk>", methods=["GET", "POST"])
    @has_access
    def request_correction(self, entity, pk):
        record = correctable_records.find_record(entity, pk)
        if record is None:
            abort(404)
        if not actions.may_request(g.user, record):
            abort(403)
        access_log.log_view_for(access_log.DATA_QUALITY, "", record)
        correction_request = CorrectionRequest(
            record, request.form if request.method == "POST" else None, request.args.get("kind")
        )
        if request.method == "GET":
            return self._render_request(correction_request)
        try:
            if not correction_request.validate():
                return self._render_request(correction_request, UNPROCESSABLE)
            with unit_of_work(where="CorrectionView"):
                correction = correction_request.submit(g.user)
        except SaveRejected:
            return self._redirect_to_existing(entity, pk)
        except ActionRefused as refusal:
            rollback()
            correction_request.message = refusal.text
            return self._render_request(correction_request, CONFLICT)
        flash(gettext("The request was sent to the head of planning."), "success")
        return redirect(url_for("CorrectionView.show", pk=correction.id))

    def _render_request(self, correction_request, status=200):
        correction_request.reload()
        page = self.render_template(
            "corrections/request_form.html",
            title=_("Request correction"),
            correction_request=correction_request,
            causes=list_causes(),
            back=find_record_url(correction_request.entity, correction_request.record.id),
        )
        return make_response(page, status)

    def _redirect_to_existing(self, entity, pk):
        """Redirect to the correction that a double click or a simultaneous request already created."""
        statement = select(Correction.id).where(
            Correction.entity == entity,
            Correction.entity_id == pk,
            Correction.state.in_(("requested", "approved")),
        )
        found = db.session.scalar(statement)
        if found is None:
            abort(CONFLICT)
        flash(gettext("This correction of the record is already in progress."), "warning")
        return redirect(url_for("CorrectionView.show", pk=found))

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def decide(self, pk):
        correction = self.find(str(pk))
        reason = " ".join(request.form.get("decision", "").split())
        if request.form.get("verdict") not in ("approve", "refuse"):
            abort(400)
        if len(reason) < actions.MIN_REASON_LENGTH:
            problem = gettext(
                "Enter a reason for the decision, at least %(n)s characters.",
                n=format_value(actions.MIN_REASON_LENGTH),
            )
            typed = request.form.get("decision", "")
            return self._render_correction(correction, UNPROCESSABLE, typed=typed, problem=problem)
        approve = request.form["verdict"] == "approve"
        done = (
            _("Approved. The technical working group has 4 hours to apply it.") if approve else _("Refused.")
        )
        return self._run_step(
            correction, done, lambda: actions.decide_correction(g.user, correction, approve, reason)
        )

    @expose("/apply/<int:pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def apply(self, pk):
        correction = self.find(str(pk))
        done = _("Applied. The record is locked again.")
        return self._run_step(correction, done, lambda: actions.apply_correction(g.user, correction))

    def _run_step(self, correction, done, act):
        pk = correction.id
        try:
            with unit_of_work(where="CorrectionView"):
                act()
        except NotAllowed as refusal:
            return self._render_correction(self.find(str(pk)), 403, refusal.text)
        except ActionRefused as refusal:
            return self._render_correction(self.find(str(pk)), CONFLICT, refusal.text)
        except SaveRejected as rejection:
            return self._render_correction(self.find(str(pk)), rejection.status, rejection.message)
        flash(str(done), "success")
        return redirect(url_for("CorrectionView.show", pk=pk))
