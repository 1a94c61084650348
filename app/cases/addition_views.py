"""Page to add rows to a registered case, with the fields, the draft and the checks of the entry page."""

import secrets

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.cases import drafts
from app.cases.addition import ROW_SECTIONS, Addition
from app.cases.entry_forms import ROWS
from app.cases.entry_views import EntryPages
from app.cases.flush_hooks import VOID_CASE
from app.cases.models import Case
from app.extensions import db
from app.kernel.access.row_level_security import use_generic_plans
from app.kernel.access.write_scope import READ_ONLY, is_read_only
from app.kernel.audit import access_log
from app.kernel.concurrency import idempotency

TOKEN = "/<int:pk>/<string(maxlength=40):token>"


class AdditionView(EntryPages):
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
        self._find_case(pk)
        draft = self._find_draft(token)
        if idempotency.find_key(token) is not None:
            return self._redirect_to_case(pk, token)
        if draft is None:
            addition = Addition(pk, user_id=g.user.id)
            addition.add_empty_row(request.args.get("add"))
        else:
            addition = Addition(pk, MultiDict(draft.payload["fields"]), g.user.id, token)
            self._restore_overrides(addition)
        return self._show(addition, token, draft)

    @expose(TOKEN, methods=["POST"])
    @has_access
    def save(self, pk, token):
        use_generic_plans(db.session())  # a save looks up rows by their keys only
        self._find_case(pk)
        draft = self._find_draft(token)
        return self._redirect_if_saved(token) or self._save(
            lambda: Addition(pk, request.form, g.user.id, token), token, draft
        )

    @expose(f"{TOKEN}/check", methods=["POST"])
    @has_access
    def check(self, pk, token):
        """Return the messages of all rules for the rows as typed. Writes nothing but the log of a new comparison."""
        access_log.log_view(self._find_case(pk))
        return self._check(Addition(pk, request.form, g.user.id, token))

    def _find_case(self, pk):
        """Return the case. Abort with 404 if the reader does not see it, or redirect to it if nothing can be added."""
        case = db.session.get(Case, pk) if pk < 2**31 else None
        if case is None:
            abort(404)
        refusal = VOID_CASE if case.is_void else READ_ONLY if is_read_only(case) else ""
        if refusal:
            flash(str(refusal), "warning")
            abort(redirect(url_for("CaseView.show", pk=pk)))
        return case

    def _find_draft(self, token):
        """Return the draft or None. Abort with 404 if it belongs to another user or to the entry of a case."""
        registered, draft = drafts.find_by_token(token)
        if registered is not None:
            abort(404)
        return self._check_owner(draft)

    def _redirect_if_saved(self, token):
        """Redirect after a second click, a retry after a lost response, or a change after the save."""
        if idempotency.find_key(token) is None:
            return None
        flash(
            gettext("This form was already saved. Changes made after saving are not in the record."),
            "warning",
        )
        return self._redirect_to_case(request.view_args["pk"], token)

    def _redirect_to_case(self, pk, token):
        return redirect(url_for("CaseView.show", pk=pk, saved=token))

    def _show(self, addition, token, draft=None, failed=False, seen="", changed=""):
        case = self._find_case(addition.case_id)
        access_log.log_view(case)
        return self.render_template(
            "cases/entry.html",
            title=gettext("Add to case %(number)s", number=case.number),
            entry=addition,
            case=case,
            token=token,
            draft=draft,
            failed=failed,
            seen=seen,
            changed=changed,
            drafts=(),
            may_register=True,
            sections=ROW_SECTIONS,
            deadline=None,
        )
