"""The page of one merge: both records, the two officers and their steps, the decision, and the request to undo it."""

from functools import cached_property

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.reauthentication import require_fresh_sign_in
from app.corrections.template_globals import get_record_type_label, get_record_type_labels, get_user_name
from app.duplicates import actions, approvers, comparison, notifications
from app.duplicates.merge_step_view import MergeStepView, read_reason
from app.duplicates.models import DONE, MERGE, MERGED, REFUSED, REQUESTED, PersonMerge, PersonMergeRow
from app.duplicates.person_references import list_person_links
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.schema.display import format_value


class MergeView(MergeStepView):
    """The list of merge requests, and the page of one with its decision and its undoing."""

    datamodel = SQLAInterface(PersonMerge)
    class_permission_name = "Merge"
    base_permissions = ["can_list", "can_show", "can_propose", "can_decide"]
    list_title, show_title = _("Merged records"), _("Two records of one person")
    empty_text = _("Merge two records from the page of one of them, or from the likely duplicates.")
    list_columns = ["number", "kind", "state", "requested_at", "decided_at"]
    label_columns = {"number": _("Merge")}
    cell_kinds = {"number": "id", "state": "short", "requested_at": "id", "decided_at": "id"}
    needs_purpose = frozenset((access_log.OPEN,))
    show_template = "duplicates/merge.html"
    method_permission_name = MergeStepView.method_permission_name | {
        "request_undo": "propose", "decide": "decide",
    }  # fmt: skip

    def format_cell(self, record, name):
        return record.number if name == "number" else super().format_cell(record, name)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._page(self.find(pk))

    @cached_property
    def _joins(self):
        return tuple(
            joinedload(one)
            for one in (PersonMerge.requested_by, PersonMerge.decided_by, PersonMerge.duplicate)
        )

    def _page(self, merge, status=200, error=""):
        pk, changed = merge.id, actions.find_changes(merge)
        sides = comparison.load_sides((merge.surviving_id, merge.merged_id))
        visible = {side.number for side in sides if side and not side.outside}
        is_open = merge.state == REQUESTED and merge.requested_by_id != g.user.id  # another officer decides
        can_undo = merge.kind == MERGE and merge.state == DONE and merge.duplicate.state == MERGED
        page = self.render_template(
            self.show_template,
            title=merge.number,
            merge=merge,
            numbers=[
                notifications.format_person_number(one) for one in (merge.surviving_id, merge.merged_id)
            ],
            sides=sides,
            fields=list(comparison.compare_fields(*sides)),
            has_changed=bool(changed),
            changed=[one for one in changed if one[0] in visible],
            moved=_count_moved_rows(pk),
            steps=_list_steps(merge),
            error=error,
            may_decide=is_open and self.may_do("decide") and approvers.may_decide(merge.province_code),
            may_undo=can_undo and self.may_do("propose"),
            open_undo=_find_open_undo(pk) if can_undo else None,
        )
        return make_response(page, status)

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def decide(self, pk):
        merge, verdict = self.find(str(pk)), request.form.get("verdict")
        if verdict not in ("approve", "refuse"):
            abort(400)
        return self._run_step(
            lambda: actions.decide_request(g.user, merge, verdict == "approve", read_reason("decision")),
            lambda _result: self._after_decision(pk, verdict),
            lambda status, error: self._page(self.find(str(pk)), status, error),
        )

    def _after_decision(self, pk, verdict):
        approved = verdict == "approve"
        flash(gettext("Done. The result is listed below.") if approved else gettext("Refused."), "success")
        return redirect(url_for("MergeView.show", pk=pk))

    @expose("/undo/<int:pk>", methods=["POST"])
    @has_access
    def request_undo(self, pk):
        merge = self.find(str(pk))
        return self._run_step(
            lambda: actions.propose_undo(g.user, merge, read_reason("reason")),
            self._after_request,
            lambda status, error: self._page(self.find(str(pk)), status, error),
            lambda: self._show_open_undo(pk),
        )

    def _after_request(self, merge):
        flash(gettext("The proposal was sent. Another officer decides."), "success")
        return redirect(url_for("MergeView.show", pk=merge.id))

    def _show_open_undo(self, pk):
        found = _find_open_undo(pk)
        if found is None:
            return None
        flash(gettext("This was already requested. See the request here."), "warning")
        return redirect(url_for("MergeView.show", pk=found))


def _find_open_undo(merge_id):
    """Return the id of the open request to undo a merge, or None."""
    return db.session.scalar(
        select(PersonMerge.id).where(PersonMerge.undo_of_id == merge_id, PersonMerge.state == REQUESTED)
    )


def _count_moved_rows(merge_id):
    """Return [(kind of record, count)] of the rows that a merge moved.

    Only counts are shown, because some rows are outside the reader's area.
    """
    links = {(model.__tablename__, column) for model, column in list_person_links()}
    counted = (
        select(PersonMergeRow.entity, PersonMergeRow.column_name, func.count())
        .where(PersonMergeRow.merge_id == merge_id)
        .group_by(PersonMergeRow.entity, PersonMergeRow.column_name)
        .order_by(PersonMergeRow.entity)
    )
    return [
        (get_record_type_label(entity), count)
        for entity, column, count in db.session.execute(counted)
        if (entity, column) in links and column == "person_id" and entity in get_record_type_labels()
    ]


def _list_steps(merge):
    """Return [(title, officer or role, time, state)] of the two steps."""
    refused, decided = merge.state == REFUSED, merge.state != REQUESTED
    role, _unit = approvers.find_approver(merge)
    return [
        (_("Requested"), get_user_name(merge.requested_by), format_value(merge.requested_at), "done"),
        (
            _("Refused") if refused else _("Decided and applied"),
            get_user_name(merge.decided_by) if decided else str(approvers.ROLE_LABELS[role]),
            format_value(merge.decided_at) if decided else gettext("another officer"),
            "stopped" if refused else "done" if decided else "now",
        ),
    ]
