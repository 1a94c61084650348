"""Entry page: one page and one save for a whole case, with a draft that survives every failure."""

import secrets
from contextlib import suppress

from flask import abort, flash, g, jsonify, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from app.cases import deadlines, drafts
from app.cases.entry import SECTIONS, Entry
from app.cases.models import Case
from app.cases.offline_page import FORM_VERSION, get_form_version
from app.extensions import db
from app.kernel.access.row_level_security import use_generic_plans
from app.kernel.audit.signing_key import AuditWriteFailed
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.database.transactions import rollback
from app.kernel.forms.record_form import FieldMessage

SHOWN_DRAFTS = 5
MAX_DRAFT_LENGTH = 400_000  # characters
CONFLICTING_VALUE = _(
    "Not saved: another record already has this value, or another user has just changed this record."
)
OLD_FORM = _(
    "Not saved yet: E-Crime was updated after this page was opened. This is the new page with your entries. Check it and save again."
)
NO_RESPONSE = _("Not saved yet: the database did not respond. Your entries are kept. Save again.")


class EntryPages(BaseView):
    """What the page of a new case and the page of new rows share: save, check and refusal.

    A subclass has `_redirect_if_saved`, `_redirect_to_case` and `_show`.
    """

    def _save(self, make, token, draft):
        """Save the entry that `make` reads, and return the response. Of two saves of one page the second finds the first."""
        entry = make()
        try:
            if draft is not None:
                draft.check_seen(request.form)
        except drafts.ChangedElsewhere as change:
            return self._show_changed(entry, token, change)
        if request.form.get(FORM_VERSION, get_form_version()) != get_form_version():
            flash(str(OLD_FORM), "warning")
            return self._show_refused(entry, token, CONFLICT)
        case, valid = self._build(entry)
        if not valid:
            rollback()
            # The rules find the case or the rows of the first of two clicks as duplicates.
            return self._redirect_if_saved(token) or self._show_refused(entry, token, UNPROCESSABLE)
        if not self._may_register():
            return self._send_to_clerks(token)
        try:
            with unit_of_work(where=type(self).__name__):
                message = entry.save(case, token)
                pk = case.id
        except SaveRejected as rejection:
            if rejection.is_conflict:
                if saved := self._redirect_if_saved(token):
                    return saved
                entry = make()
                case, valid = self._build(entry)  # the rules see what another user has saved just before
            if valid:
                _show_rejection(entry, case, rejection)
            return self._show_refused(entry, token, rejection.status)
        flash(message, "success")
        return self._redirect_to_case(pk, token)

    def _build(self, entry):
        """Return (case, whether it may be saved). The messages are shown at their fields."""
        readable = entry.validate()
        with db.session.no_autoflush:
            case = entry.build()
            return case, entry.check_rules(case, g.user.unit) and readable

    def _show_refused(self, entry, token, status):
        """Roll back, save what was typed as a draft, and show it with the messages."""
        rollback()
        seen = None
        with suppress(SaveRejected, drafts.ChangedElsewhere):  # the page still has all entries
            seen = drafts.save_draft(token, list(request.form.items(multi=True)))
        return make_response(self._show(entry, token, failed=True, seen=seen or ""), status)

    def _show_changed(self, entry, token, change):
        """Show what was typed. The draft of the other window stays; the page asks which of the two to keep."""
        rollback()
        seen = request.form.get(drafts.SEEN, "")
        return make_response(
            self._show(entry, token, failed=True, seen=seen, changed=change.version), CONFLICT
        )

    def _check(self, entry):
        """Return the messages of all rules for the page as typed. Writes nothing but the log of a new comparison."""
        self._build(entry)
        rollback()
        return jsonify(problems=collect_messages(entry))

    def _restore_overrides(self, entry):
        """Show the reasons of a reopened draft for the warnings that it overrides."""
        with db.session.no_autoflush:
            entry.restore_overrides(g.user.unit)
        rollback()

    def _check_owner(self, draft):
        """Return the draft. Abort with 404 if it belongs to another user."""
        if draft is not None and draft.user_id != g.user.id:
            abort(404)
        return draft

    def _may_register(self):
        return self.appbuilder.sm.has_access("can_register", "Entry")


class EntryView(EntryPages):
    """Pages to enter a case: begin, page, save, save draft, check and drop."""

    route_base = "/entry"
    default_view = "begin"
    class_permission_name = "Entry"
    method_permission_name = {
        "begin": "save",
        "page": "save",
        "save": "save",
        "save_draft": "save",
        "check": "save",
        "drop": "save",
        "show_offline": "save",
        "list_drafts": "save",
        "take_over": "register",
    }

    @expose("/")
    @has_access
    def begin(self):
        """Redirect to a new page with its own address, so that reload, back and a second tab keep the draft."""
        previous = request.args.get("after", type=int)
        return redirect(url_for("EntryView.page", token=secrets.token_urlsafe(12), after=previous))

    @expose("/<string(maxlength=40):token>", methods=["GET"])
    @has_access
    def page(self, token):
        registered, draft = drafts.find_by_token(token)
        if registered is not None:
            return self._redirect_to_case(registered.id, token)
        self._check_owner(draft)
        if draft is not None and draft.case_id is not None:
            return redirect(url_for("AdditionView.page", pk=draft.case_id, token=token))
        if draft is None:
            entry = Entry(user_id=g.user.id)
            entry.prefill(_find_own_case(request.args.get("after", 0, type=int)))
        else:
            entry = self._read_entry(MultiDict(draft.payload["fields"]), token)
            self._restore_overrides(entry)
        return self._show(entry, token, draft=draft)

    @expose("/offline/")
    @has_access
    def show_offline(self):
        """Return the empty page that the browser keeps for a lost connection (static/worker/offline.js).

        It names no record, draft, purpose or time. Its script makes the token of the draft. The CSRF token is in a header,
        so that the kept page has none.
        """
        entry = Entry(user_id=g.user.id)
        entry.prefill()
        entry.case_form.reported_at.data = None
        csrf_token = generate_csrf()
        page = self._show(entry, "__token__", offline=True).replace(csrf_token, "")
        return page, {"X-CSRFToken": csrf_token}

    @expose("/<string(maxlength=40):token>", methods=["POST"])
    @has_access
    def save(self, token):
        use_generic_plans(db.session())  # a save looks up rows by their keys only
        registered, draft = drafts.find_by_token(token)
        if registered is not None:
            return self._redirect_to_registered(registered)
        self._check_owner(draft)
        return self._save(lambda: self._read_entry(request.form, token), token, draft)

    def _read_entry(self, formdata, token):
        return Entry(formdata, g.user.id, token, compares=self._may_register())

    def _send_to_clerks(self, token):
        """Save the entry as a draft, and send it to the clerks of the unit. Nothing is registered."""
        rollback()
        try:
            drafts.save_draft(token, list(request.form.items(multi=True)))
        except drafts.ChangedElsewhere as change:
            return self._show_changed(self._read_entry(request.form, token), token, change)
        except SaveRejected as rejection:
            flash(rejection.message, "danger")
            return self._show_refused(self._read_entry(request.form, token), token, rejection.status)
        with unit_of_work(where="EntryView"):
            draft = self._check_owner(drafts.find_by_token(token)[1])
            if draft.unit_code is None:
                drafts.send_to_clerks(g.user, draft)
        flash(gettext("The draft was sent. A clerk of the unit checks it and registers the case."), "success")
        return redirect(self.appbuilder.get_url_for_index)

    @expose("/sent/<int:pk>", methods=["GET", "POST"])
    @has_access
    def take_over(self, pk):
        """Show a draft that was sent to the user's unit. A POST makes the user its author and opens it."""
        draft = drafts.find_sent_draft(g.user, pk)
        if draft is None:
            return self._open_taken_draft(pk)
        if request.method == "GET":
            return self.render_template(
                "cases/sent_draft.html", title=gettext("A draft was sent to your unit"), draft=draft
            )
        with unit_of_work(where="EntryView"):
            drafts.take_over(g.user, draft)
        return redirect(url_for("EntryView.page", token=draft.token))

    def _open_taken_draft(self, pk):
        """Redirect to a draft that the user has taken over already: a second click, or the back button."""
        draft = drafts.find_own_draft(g.user, pk) or abort(404)
        return redirect(url_for("EntryView.page", token=draft.token))

    def _redirect_if_saved(self, token):
        registered = drafts.find_registered_case(token)
        return self._redirect_to_registered(registered) if registered is not None else None

    def _redirect_to_registered(self, case):
        """Redirect after a second click, a retry after a lost response, or an edit after the save."""
        flash(
            gettext(
                "This entry is already registered as case %(number)s. Changes made on the page after saving are not in it. Edit the case, or add a supplement.",
                number=case.number,
            ),
            "warning",
        )
        return self._redirect_to_case(case.id, case.draft_token)

    def _redirect_to_case(self, pk, token):
        return redirect(url_for("CaseView.show", pk=pk))

    def _show(self, entry, token, draft=None, failed=False, offline=False, seen="", changed=""):
        other_drafts = []
        if draft is None and not failed and not offline:
            other_drafts = drafts.list_drafts(g.user, SHOWN_DRAFTS)
        return self.render_template(
            "cases/entry.html",
            title=gettext("Enter an offence"),
            entry=entry,
            token=token,
            draft=draft,
            failed=failed,
            seen=seen,
            changed=changed,
            offline=offline,
            case=None,
            drafts=deadlines.add_time_left(other_drafts),
            may_register=self._may_register(),
            sections=SECTIONS,
            deadline=deadlines.compute_entry_deadline(entry.case_form),
        )

    @expose("/<string(maxlength=40):token>/draft", methods=["POST"])
    @has_access
    def save_draft(self, token):
        """Save the draft. The page calls this shortly after the last key."""
        fields = list(request.form.items(multi=True))
        if sum(len(key) + len(value) for key, value in fields) > MAX_DRAFT_LENGTH:
            return jsonify(error=gettext("This draft is too long to be saved. Shorten it.")), 413
        try:
            version = drafts.save_draft(token, fields)
        except drafts.ChangedElsewhere as change:
            return jsonify(changed=change.version), CONFLICT
        except SaveRejected as rejection:
            return jsonify(error=rejection.message), rejection.status
        if version is None:
            return jsonify(error=gettext("This entry is already registered.")), CONFLICT
        return jsonify(kept=True, seen=version)

    @expose("/<string(maxlength=40):token>/check", methods=["POST"])
    @has_access
    def check(self, token):
        return self._check(self._read_entry(request.form, token))

    @expose("/<string(maxlength=40):token>/delete", methods=["POST"])
    @has_access
    def drop(self, token):
        """Delete the user's own draft."""
        draft = self._check_owner(drafts.find_by_token(token)[1])
        if draft is not None:
            with unit_of_work():
                drafts.delete_draft(draft)
        return redirect(url_for("EntryView.list_drafts"))

    @expose("/drafts/")
    @has_access
    def list_drafts(self):
        """Show all own drafts, with their deadline and what is missing."""
        own = deadlines.add_time_left(drafts.list_drafts(g.user))
        return self.render_template("cases/drafts.html", title=gettext("Your drafts"), drafts=own)


def _find_own_case(pk):
    """Return the case with this key if the user has registered it, or None."""
    case = db.session.get(Case, pk) if 0 < pk < 2**31 else None
    return case if case is not None and case.recorded_by_id == g.user.id else None


def _show_rejection(entry, case, rejection):
    """Show why the database refused a save: at its fields, or as a message of the page."""
    if rejection.status == UNPROCESSABLE:
        entry.show_problems(rejection.problems, case)
    elif rejection.status == CONFLICT:
        flash(str(CONFLICTING_VALUE), "danger")
    else:  # the audit log and a wrong clock have a reason of their own
        of_log = isinstance(rejection.__cause__, AuditWriteFailed)
        flash(rejection.message if of_log else str(NO_RESPONSE), "danger")


def collect_messages(entry):
    """Return all messages of the page, as its script shows them."""
    return [_message_json(field_id, name, message) for field_id, name, message in _iterate_messages(entry)]


def _iterate_messages(entry):
    for section, problems in entry.section_problems.items():
        yield from ((f"section-{section}", f"section-{section}", message) for message in problems)
    for form in entry.forms:
        for field in form:
            yield from ((field.id, field.name, message) for message in [*field.errors, *field.warnings])


def _message_json(field_id, name, message):
    if not isinstance(message, FieldMessage):  # the field's own message: its value could not be read
        message = FieldMessage(message)
    return {
        "box": field_id,
        "name": name,
        "text": str(message),
        "rule": message.rule,
        "kind": message.severity,
        "reasons": message.reasons,
        "reason": message.reason,
        "stops": message.blocks_save,
    }
