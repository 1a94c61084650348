"""The page of one joining: the two side by side, the two people and their steps, the decision, the way back."""

from functools import cached_property

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.reauthentication import needs_fresh_sign_in
from app.corrections.template_globals import KINDS, kind_of_record, name_of
from app.duplicates import actions, approvers, comparison
from app.duplicates.merge_step_view import Stepping, reason_typed
from app.duplicates.models import ASKED, DONE, JOIN, JOINED, REFUSED, Joining, JoiningRow
from app.duplicates.person_references import links
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.schema.display import said


class JoiningView(Stepping):
    datamodel = SQLAInterface(Joining)
    class_permission_name = "Joining"
    base_permissions = ["can_list", "can_show", "can_propose", "can_decide"]
    list_title, show_title = _("Joined records"), _("Two records of one person")
    nothing_told = _("Two records are joined on the page of one of them, or under likely duplicates.")
    list_columns = ["number", "kind", "state", "asked_at", "decided_at"]
    label_columns = {"number": _("Joining")}
    cell_kinds = {"number": "id", "state": "short", "asked_at": "id", "decided_at": "id"}
    needs_purpose = frozenset((access_log.OPEN,))
    show_template = "duplicates/joining.html"
    method_permission_name = Stepping.method_permission_name | {"part": "propose", "decide": "decide"}

    def cell(self, record, name):
        return record.number if name == "number" else super().cell(record, name)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._page(self.find(pk))

    @cached_property
    def _joins(self):
        return tuple(joinedload(one) for one in (Joining.asked_by, Joining.decided_by, Joining.duplicate))

    def _page(self, joining, status=200, told="", typed=""):
        pk, changed = joining.id, actions.changed_since(joining)
        sides = comparison.side_by_side((joining.staying_id, joining.going_id))
        seen = {side.number for side in sides if side and not side.outside}
        waits = joining.state == ASKED and joining.asked_by_id != g.user.id  # somebody else decides
        can_part = joining.kind == JOIN and joining.state == DONE and joining.duplicate.state == JOINED
        asked = select(Joining.id).where(Joining.parts_id == pk, Joining.state == ASKED)
        page = self.render_template(
            self.show_template,
            title=joining.number,
            joining=joining,
            numbers=[actions.telling.number_of(one) for one in (joining.staying_id, joining.going_id)],
            sides=sides,
            lines=list(comparison.lines_of(*sides)),
            has_changed=bool(changed),
            changed=[one for one in changed if one[0] in seen],
            moved=_moved(pk),
            steps=_steps(joining),
            told=told,
            typed=typed,
            decides=waits and self.may("decide") and approvers.may_decide(joining.province_code),
            parts=can_part and self.may("propose"),
            under_way=db.session.scalar(asked) if can_part else None,
        )
        return make_response(page, status)

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def decide(self, pk):
        joining, verdict = self.find(str(pk)), request.form.get("verdict")
        if verdict not in ("approve", "refuse"):
            abort(400)
        reason, told = reason_typed("decision")
        if told:
            return self._page(joining, UNPROCESSABLE, told, request.form.get("decision", ""))
        return self._step(
            lambda: actions.decide(g.user, joining, verdict == "approve", reason),
            lambda _done: self._decided(pk, verdict),
            lambda status, told: self._page(
                self.find(str(pk)), status, told, request.form.get("decision", "")
            ),
        )

    def _decided(self, pk, verdict):
        words = gettext("Done. What was moved stands below.") if verdict == "approve" else gettext("Refused.")
        flash(words, "success")
        return redirect(url_for("JoiningView.show", pk=pk))

    @expose("/part/<int:pk>", methods=["POST"])
    @has_access
    def part(self, pk):
        joined = self.find(str(pk))
        reason, told = reason_typed("reason")
        if told:
            return self._page(joined, UNPROCESSABLE, told, request.form.get("reason", ""))
        return self._step(
            lambda: actions.propose_parting(g.user, joined, reason),
            self._sent,
            lambda status, told: self._page(self.find(str(pk)), status, told, request.form.get("reason", "")),
            lambda: self._asked_before(pk),
        )

    def _sent(self, joining):
        flash(gettext("The proposal was sent. Somebody else decides."), "success")
        return redirect(url_for("JoiningView.show", pk=joining.id))

    def _asked_before(self, pk):
        found = db.session.scalar(select(Joining.id).where(Joining.parts_id == pk, Joining.state == ASKED))
        if found is None:
            return None
        flash(gettext("This is asked for already: see here."), "warning")
        return redirect(url_for("JoiningView.show", pk=found))


def _moved(joining_id):
    """(kind of record, how many) of what a joining has moved. Numbers alone: some of it lies outside the reader's part."""
    names = {(model.__tablename__, column) for model, column in links()}
    counted = (
        select(JoiningRow.entity, JoiningRow.column_name, func.count())
        .where(JoiningRow.joining_id == joining_id)
        .group_by(JoiningRow.entity, JoiningRow.column_name)
        .order_by(JoiningRow.entity)
    )
    return [
        (kind_of_record(entity), count)
        for entity, column, count in db.session.execute(counted)
        if (entity, column) in names and column == "person_id" and entity in KINDS
    ]


def _steps(joining):
    """(title, who, when, state) of the two steps."""
    refused, decided = joining.state == REFUSED, joining.state != ASKED
    role, _unit = approvers.decides(joining)
    return [
        (_("Asked"), name_of(joining.asked_by), said(joining.asked_at), "done"),
        (
            _("Refused") if refused else _("Decided and carried out"),
            name_of(joining.decided_by) if decided else str(approvers.WORDS[role]),
            said(joining.decided_at) if decided else gettext("another person"),
            "stopped" if refused else "done" if decided else "now",
        ),
    ]
