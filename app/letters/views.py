"""The screens of letters: the lists, the draft, the letter with its thread and receipts, and its steps."""

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.files import store
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.screens import table_html
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.list_filters import ListFilter, words_filter
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.scans import ScanUploadMixin
from app.kernel.text import dates
from app.letters import actions, forwarding, officers, opened_cases, refusals, replies, rights, shares
from app.letters.facts import load_facts
from app.letters.models import (
    ANSWER,
    CLOSED,
    CORRECTION,
    DRAFT,
    FORWARD,
    FREE,
    QUESTION,
    REQUEST,
    SENT,
    WAITING,
    Letter,
    LetterFile,
    LetterRecipient,
)
from app.reference.list_filters import unit_filter
from app.reference.models import Unit
from app.reference.unit_paths import list_own_units

MAX_REASON = 400
MAX_LISTED = 100  # letters of a thread, recipients of a circular
STEPS = {
    "submit",
    "take_back",
    "sign",
    "return",
    "withdraw",
    "decline",
    "delete",
    "end_share",
    "agree_forward",
    "refuse_forward",
    ANSWER,
    FORWARD,
    QUESTION,
    CORRECTION,
}
MANY = 500  # letters of a box
IN, OUT, LATE = "in", "out", "late"


def _received(*conditions):
    """Return the condition that the letter has a recipient that meets the conditions.

    Few letters are read first. Of many, each row of the list is checked, and the first page is soon full.
    """
    found = select(LetterRecipient.letter_id).where(*conditions)
    number = select(func.count()).select_from(found.limit(MANY + 1).subquery())
    if db.session.scalar(number) > MANY:
        return found.where(LetterRecipient.letter_id == Letter.id).exists()
    return Letter.id.in_(found)


def _of_box(key):
    own = list_own_units(g.user.unit_code) if g.user.unit_code else ("",)
    if key == OUT:
        return Letter.unit_code.in_(own)
    if key == IN:
        return _received(LetterRecipient.to_unit_code.in_(own))
    return _received(*LetterRecipient.select_overdue())  # of all units in the scope of the reader


BOXES = ListFilter(
    _("Letters"),
    choices={IN: _("Incoming letters"), OUT: _("Outgoing letters"), LATE: _("Overdue")},
    build=_of_box,
)


class LetterView(ScanUploadMixin, RecordView):
    datamodel = SQLAInterface(Letter)
    class_permission_name = "Letter"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    method_permission_name = RecordView.method_permission_name | {
        "scan": "edit", "take_step": "edit", "show_received": "show",
    }  # fmt: skip
    list_title, show_title = _("Letters"), _("Letter")
    add_title, edit_title = _("Write a letter"), _("Edit the draft of a letter")
    empty_text = _("Write to another unit: ask for a photo, a document or an address, or announce a release.")
    list_columns = ["number", "subject", "kind", "unit", "to_unit", "state", "due_at", "sent_at", "urgent"]
    related_columns = ["number", "subject", "unit", "to_unit", "state", "due_at", "sent_at"]
    add_columns = [
        "template", "to_unit", "case", "person", "order", "exhibit", "subject", "text", "due_at", "urgent", "handling",
        "share_until", "share_parts", "to_below",
    ]  # fmt: skip
    edit_columns = add_columns
    rule_required = ("template", "to_unit")
    omitted_columns = {
        "unit": "the unit of the officer who writes it",
        "about": "on the page of the letter",
        **dict.fromkeys(("subject", "state"), "above the fields"),
        **dict.fromkeys(
            ("recorded_at", "voided_at", "void_reason"), "a letter is dated by its sending, and never void"
        ),
    }
    show_columns = [
        "number", "template", "kind", "unit", "to_unit", "to_below", "about", "case", "person", "order", "exhibit", "sent_at", "due_at", "urgent",
        "handling", "share_until", "share_parts", "needs_signature", "relation", "return_reason",
    ]  # fmt: skip
    cell_kinds = {"number": "id", "subject": "lead", "state": "short", "kind": "short"}
    show_template, edit_template, list_template = (
        "letters/letter.html",
        "letters/edit.html",
        "letters/list.html",
    )
    base_order = ("id", "desc")
    order_columns, order_by = ["due_at"], {"due_at": "due_order"}
    list_filters = {
        "box": BOXES,
        "words": words_filter(
            Letter.subject, Letter.text, Letter.about, label=_("Words of the letter, or number of its record")
        ),
        "receiver": unit_filter(Letter.to_unit_code, label=_("Receiving unit and units below it")),
    }

    def build_list_page(self, within=(), **options):
        access_log.require_purpose_outside_area()
        return super().build_list_page(within, **options)

    def column_values(self, keys):
        """Show what the receiving units did instead of the state of a letter that was sent."""
        return {"state": _list_receipts(keys) if keys else {}}

    def facts(self, record):
        return load_facts(db.session, record, g.user)

    def prefill(self, form):
        """Preset the unit that the record belongs to."""
        super().prefill(form)
        form.handling.data = FREE
        case, order = form.case.data, form.order.data
        owner = case.unit_code if case is not None else order.owner_unit_code if order is not None else None
        if owner and form.to_unit.data is None and owner not in list_own_units(g.user.unit_code):
            form.to_unit.data = db.session.get(Unit, owner)

    def _get_add_widget(self, form, exclude_cols=None, widgets=None):
        return super()._get_add_widget(form, self._unused_fields(form), widgets)

    def _get_edit_widget(self, form, exclude_cols=None, widgets=None):
        """Show no template on the draft of a reply: only the first letter has one. A person with a card only stays.

        The focus of a new reply is on its text.
        """
        unused = self._unused_fields(form)
        if request.method == "GET" and not form.text.data:
            form.text.render_kw = {"data-focus-now": True}
        if form.person.data is None and not form.person.errors and self._has_unseen_person():
            unused.append("person")
        if form.template.data is None and not form.template.errors:
            unused.append("template")
        return super()._get_edit_widget(form, unused, widgets)

    def _has_unseen_person(self):
        letter = db.session.get(Letter, request.view_args["pk"])
        return letter is not None and letter.names_unseen_person

    def _unused_fields(self, form):
        """Return the fields of a share, for an officer who may share no case. A field with an error stays visible."""
        if self.appbuilder.sm.has_access("can_share", "Share"):
            return []
        return [name for name in ("share_until", "share_parts") if not (form[name].errors or form[name].data)]

    def build_scan(self, record, columns):
        if not record.is_draft or not rights.is_author(g.user, record):
            raise store.FileRefused(gettext("Attach files to a draft of your own."))
        return LetterFile(letter=record, **columns)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        letter = self.find(pk)
        if not letter.is_draft or not rights.is_author(g.user, letter):
            flash(str(refusals.LOCKED if letter.state != DRAFT else refusals.NOT_AUTHOR), "warning")
            return redirect(self.record_url(pk))
        return super().edit(pk)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        letter = self.find(pk, reads=_load_shown)
        if not self._is_first_look(letter):
            return super().show(pk)
        try:
            with unit_of_work(where="LetterView"):
                actions.open_letter(db.session, letter, g.user)
        except SaveRejected as rejection:
            if not rejection.is_lost_race:  # a colleague opened it, or its sender withdrew it
                raise
        return super().show(pk)

    def _is_first_look(self, letter):
        recipient = rights.find_recipient(g.user, letter)
        return recipient is not None and recipient.opened_at is None and recipient.is_pending

    @expose("/received/<int:pk>", methods=["GET"])
    @has_access
    def show_received(self, pk):
        """Redirect from an entry of the inbox to its letter."""
        found = select(LetterRecipient.letter_id).where(LetterRecipient.id == pk) if pk < 2**31 else None
        letter_id = db.session.scalar(found) if found is not None else None
        if letter_id is None:
            abort(404)
        if db.session.get(Letter, letter_id) is None:
            flash(gettext("The sender has withdrawn this letter."), "warning")
            return redirect(url_for("LetterView.list"))
        return redirect(self.record_url(letter_id))

    def _row_actions(self):
        """Link the page of a letter only: most letters of a list never change."""
        return table_html.RowActions(f"{request.script_root}{self.route_base}/show/", "")

    def show_context(self, record, extra_rows):
        may_write = self.may_do("edit") and rights.may_write(g.user, record)
        mine = rights.find_recipient(g.user, record)
        asking = forwarding.find_asking(record)
        corrected_by = forwarding.find_correction(db.session, record)
        correction = db.session.get(Letter, corrected_by) if corrected_by is not None else None
        may_act = self.may_do("edit") and mine is not None and mine.is_pending and record.kind == REQUEST
        return super().show_context(record, extra_rows) | {
            "thread": _load_thread(record),
            "recipients": record.recipients[:MAX_LISTED],
            "opened": sum(one.opened_at is not None for one in record.recipients),
            "opened_parts": opened_cases.list_opened_parts(g.user, record),
            "may_write_letter": may_write and record.state == DRAFT and rights.is_author(g.user, record),
            "may_take_back": may_write and record.state == WAITING and rights.is_author(g.user, record),
            "may_sign_letter": record.state == WAITING
            and self.appbuilder.sm.has_access("can_sign", "Letter")
            and rights.may_sign(g.user, record),
            "may_withdraw_letter": self.may_do("edit")
            and record.state == SENT
            and rights.may_withdraw(g.user, record)
            and record.relation not in (ANSWER, FORWARD)
            and all(one.opened_at is None for one in record.recipients),
            "may_correct_letter": may_write and record.state in (SENT, CLOSED) and corrected_by is None,
            "may_end_share": may_write and record.state in (SENT, CLOSED) and record.is_share_open,
            "is_corrected": corrected_by is not None,
            "correction": correction,
            "is_unread": record.state in (DRAFT, WAITING)
            and record.to_unit is not None
            and not record.to_below
            and officers.is_unread(record.to_unit.code),
            "may_answer_letter": may_act,
            "may_forward_letter": may_act and forwarding.is_forwardable(db.session, record),
            "asking": asking
            if may_write and asking is not None and forwarding.may_decide(g.user, asking)
            else None,
            "most": MAX_REASON,
        }

    @expose("/step/<pk>", methods=["POST"])
    @has_access
    def take_step(self, pk):
        """Send, sign, return, withdraw, decline or answer the letter."""
        letter, step = self.find(pk), request.form.get("step", "")
        if step not in STEPS:
            abort(400)
        if step in ("sign", "return") and not self.appbuilder.sm.has_access("can_sign", "Letter"):
            abort(403)
        return self.take_action(pk, lambda: self._take(letter, step))

    def _take(self, letter, step):
        """Take the step and return the message and the URL to open next."""
        reason = read_text(most=MAX_REASON)
        if step in (ANSWER, FORWARD, QUESTION, CORRECTION):
            draft = replies.start_reply(db.session, letter, g.user, step)
            return "", url_for("LetterView.edit", pk=draft.id)
        if step == "delete":
            actions.delete_draft(db.session, letter)
            return gettext("The draft was deleted."), url_for(
                "LetterView.list" if self.may_do("list") else "InboxView.list"
            )
        text = gettext("Saved.")
        if step in ("submit", "sign") and letter.state in (SENT, CLOSED):
            text = gettext("This letter was sent already.")  # a second click
        elif step == "submit" and letter.state == WAITING:
            text = gettext("The letter waits for the signature.")
        elif step == "submit":
            is_sent = actions.submit(db.session, letter, g.user)
            text = (
                gettext("The letter was sent.") if is_sent else gettext("The letter waits for the signature.")
            )
            if letter.is_draft:
                text = gettext("The sender was asked to agree. You are notified of the decision.")
        elif step == "sign":
            actions.sign(db.session, letter, g.user, request.form.get("version", type=int))
            text = gettext("The letter was signed and sent.")
        elif step == "take_back":
            actions.take_back(db.session, letter)
        elif step == "return":
            actions.return_letter(db.session, letter, reason, request.form.get("version", type=int))
        elif step in ("agree_forward", "refuse_forward"):
            asker = request.form.get("forward_asked_by_id", type=int)
            asked = request.form.get("forward_to_code"), asker
            actions.decide_forwarding(db.session, letter, g.user, step == "agree_forward", reason, asked)
        elif step == "withdraw":
            actions.withdraw(db.session, letter)
        elif step == "end_share":
            shares.end_share(db.session, letter)
        else:
            actions.decline(db.session, letter, g.user, reason)
        return text, self.record_url(letter.id)


def _list_receipts(keys):
    """Return key → text of the receipts of these letters. Each unit reads those of its scope."""
    one = LetterRecipient
    late = func.max(case((and_(*one.select_overdue()), 1), else_=0))
    counts = func.count(one.id), func.count(one.opened_at), func.min(one.state), late
    found = select(Letter.id, Letter.state, *counts).outerjoin(Letter.recipients).where(Letter.id.in_(keys))
    texts, language = {}, reader_language()
    for key, state, number, opened, receipt, is_late in db.session.execute(
        found.group_by(Letter.id, Letter.state)
    ):
        text = (
            code_lists.label("letter_receipt", receipt) if number else code_lists.label("letter_state", state)
        )
        if number > 1:
            read, of = (dates.format_number(count, language) for count in (opened, number))
            text = gettext("read by %(n)s of %(all)s", n=read, all=of)
        texts[key] = f"{gettext('Overdue')} · {text}" if is_late else text
    return texts


def _load_shown(letter):
    """Load the recipients and attachments of a letter."""
    return letter.recipients, letter.files


def _load_thread(letter):
    """Return the letters of the thread that the reader may see, the oldest first; none if it has only one."""
    root = letter.root_id
    found = (
        select(Letter)
        .where(or_(Letter.id == root, Letter.thread_id == root))
        .options(joinedload(Letter.unit), joinedload(Letter.to_unit))
        .order_by(Letter.id)
        .limit(MAX_LISTED)
    )
    letters = db.session.scalars(found).unique().all()
    return letters if len(letters) > 1 else []
