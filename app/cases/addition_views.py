"""Page to add rows to a registered case, with the fields, the draft and the checks of the entry page."""

import secrets

from flask import abort, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.cases import drafts
from app.cases.addition import ROW_SECTIONS, Addition
from app.cases.entry_forms import ROWS
from app.cases.entry_views import collect_messages, save_refused, show_rejection
from app.cases.flush_hooks import VOID_CASE
from app.cases.models import Case
from app.extensions import db
from app.kernel.access.write_scope import READ_ONLY, is_read_only
from app.kernel.audit import access_log
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.database.transactions import discard

TOKEN = "/<int:pk>/<string(maxlength=40):token>"


class AdditionView(BaseView):
    """Pages to add rows to a case: begin, page, save and check. The draft is that of the entry page."""

    route_base = "/addition"
    class_permission_name = "Entry"
    method_permission_name = dict.fromkeys(("begin", "page", "save", "check"), "register")

    @expose("/<int:pk>")
    @has_access
    def begin(self, pk):
        """Redirect to a new page with its own address, so that reload, back and a second tab keep the draft."""
        add = request.args.get("add")
        chosen = {"add": add} if add in ROWS else {}
        return redirect(url_for("AdditionView.page", pk=pk, token=secrets.token_urlsafe(12), **chosen))

    @expose(TOKEN, methods=["GET"])
    @has_access
    def page(self, pk, token):
        case, draft = self._find_case(pk), self._find_draft(token)
        if idempotency.find_key(token) is not None:
            return self._redirect_to_case(pk, token)
        if draft is None:
            addition = Addition(pk, user_id=g.user.id)
            addition.add_empty_row(request.args.get("add"))
        else:
            addition = Addition(pk, MultiDict(draft.payload["fields"]), g.user.id, token)
            with db.session.no_autoflush:
                addition.restore_overrides(g.user.unit)
            discard()
            case = self._find_case(pk)
        return self._show(addition, case, token, draft)

    @expose(TOKEN, methods=["POST"])
    @has_access
    def save(self, pk, token):
        self._find_case(pk)
        draft = self._find_draft(token)
        if idempotency.find_key(token) is not None:
            return self._redirect_to_saved(pk, token)
        addition = Addition(pk, request.form, g.user.id, token)
        readable = addition.validate()
        with db.session.no_autoflush:
            case = addition.build()
            valid = addition.check_rules(case, g.user.unit) and readable
        if not valid:
            discard()
            if idempotency.find_key(token) is not None:  # saved by the first of two clicks
                return self._redirect_to_saved(pk, token)
            return self._show_refused(addition, pk, token, draft, UNPROCESSABLE)
        try:
            with unit_of_work(where="AdditionView"):
                addition.save(case, token)
        except SaveRejected as rejection:
            if rejection.is_conflict and idempotency.find_key(token) is not None:
                return self._redirect_to_saved(pk, token)
            show_rejection(addition, case, rejection)
            return self._show_refused(addition, pk, token, draft, rejection.status)
        flash(gettext("Saved."), "success")
        return self._redirect_to_case(pk, token)

    @expose(f"{TOKEN}/check", methods=["POST"])
    @has_access
    def check(self, pk, token):
        """Return the messages of all rules for the rows as typed. Writes nothing but the log of a new comparison."""
        self._find_case(pk)
        addition = Addition(pk, request.form, g.user.id, token)
        addition.validate()
        with db.session.no_autoflush:
            addition.check_rules(addition.build(), g.user.unit)
        discard()
        return jsonify(problems=collect_messages(addition))

    def _find_case(self, pk):
        """Return the case. Abort with 404 if the reader does not see it, or redirect to it if nothing can be added."""
        case = db.session.get(Case, pk) if pk < 2**31 else None
        if case is None:
            abort(404)
        access_log.log_view(case)
        refusal = VOID_CASE if case.is_void else READ_ONLY if is_read_only(case) else ""
        if refusal:
            flash(str(refusal), "warning")
            abort(redirect(url_for("CaseView.show", pk=pk)))
        return case

    def _find_draft(self, token):
        """Return the draft or None. Abort with 404 if it belongs to another user or to the entry of a case."""
        registered, draft = drafts.find_by_token(token)
        if registered is not None or (draft is not None and draft.user_id != g.user.id):
            abort(404)
        return draft

    def _redirect_to_saved(self, pk, token):
        """Redirect after a second click, a retry after a lost response, or a change after the save."""
        flash(
            gettext("This form was already saved. Changes made after saving are not in the record."),
            "warning",
        )
        return self._redirect_to_case(pk, token)

    def _redirect_to_case(self, pk, token):
        return redirect(url_for("CaseView.show", pk=pk, saved=token))

    def _show_refused(self, addition, pk, token, draft, status):
        save_refused(token)
        return self._show(addition, self._find_case(pk), token, draft, failed=True), status

    def _show(self, addition, case, token, draft, failed=False):
        return self.render_template(
            "cases/entry.html",
            title=gettext("Add to case %(number)s", number=case.number),
            entry=addition,
            case=case,
            token=token,
            draft=draft,
            failed=failed,
            drafts=(),
            may_register=True,
            sections=ROW_SECTIONS,
            deadline=None,
        )
