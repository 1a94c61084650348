"""The home page."""

from collections import Counter

from flask import g, redirect, url_for
from flask_appbuilder import IndexView, expose
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select

from app.accounts import entry_right
from app.accounts.authentication import find_previous_sign_in
from app.accounts.unit_choice import within_chosen_unit
from app.cases import deadlines, drafts, offence_summary
from app.cases.models import Case
from app.extensions import db
from app.inbox import unread_counts
from app.inbox.message_texts import format_message
from app.inbox.models import TASK
from app.kernel.actor import actor_of
from app.kernel.screens import dashboard
from app.web.page_frame import find_daily_pages

SHOWN_DRAFTS = SHOWN_CASES = 4
PLACES = 8  # of cards, in two rows on one screen
LETTERS, ANSWERS, TASKS, NOTICES, OVERDUE = "letters", "answers", "tasks", "notices", "overdue"
# What the reader finds new since the last sign-in, in this order.
NEW = {
    OVERDUE: _("Overdue"), LETTERS: _("New letters"), ANSWERS: _("New answers"), TASKS: _("New tasks"),
    NOTICES: _("New notices"),
}  # fmt: skip
# Keys of message texts; the others are tasks or notices.
GROUPS = {"letter.received": LETTERS, "letter.overdue": OVERDUE} | dict.fromkeys(
    ("letter.answered", "letter.declined", "letter.forward_agreed", "letter.forward_refused"), ANSWERS
)


class HomeView(IndexView):
    """The home page: open tasks, own drafts, numbers that wait, and the latest cases. Its cost is constant."""

    index_template = "home.html"

    @expose("/")
    def index(self):
        if not current_user.is_authenticated:
            return redirect(self.appbuilder.get_url_for_login)
        has_access = self.appbuilder.sm.has_access
        own_drafts = cases = closing = ()
        may_enter = entry_right.may_enter(g.get("entry_right"))
        if has_access("can_save", "Entry") or not may_enter:
            own_drafts = drafts.list_drafts(g.user, SHOWN_DRAFTS)
        permissions = self.appbuilder.sm.get_reader_permissions()
        # No statement for a reader without an open message.
        has_open = unread_counts.count_waiting(g.user.id, permissions, g.user.unit_code)
        tasks = unread_counts.load_open_messages(g.user.id, permissions, g.user.unit_code) if has_open else ()
        with within_chosen_unit() as unit:
            if has_access("can_edit", "Case") and g.user.unit_code:
                closing = db.session.scalars(deadlines.select_locking_soon(unit or g.user.unit_code)).all()
            cards = dashboard.build_reader_cards(unit)
            places = PLACES - 2 * (bool(tasks) + bool(closing)) - has_access("can_save", "Entry")
            shown, more, places = _fill([one for one in cards if not one[1].is_empty], places)
            has_room = places >= 2
            if has_room and has_access("can_list", "Case"):
                cases = db.session.scalars(_select_recent_cases()).all()
        return self.render_template(
            self.index_template,
            title="",
            tasks=[(one, format_message(one)) for one in tasks],
            since=find_previous_sign_in(),
            new=self._list_new(permissions) if has_open else (),
            drafts=deadlines.add_time_left(own_drafts),
            cases=cases,
            offences=offence_summary.summarize_offences([case.id for case in cases]),
            closing=closing,
            format_state=deadlines.format_state,
            has_room=has_room,
            cards=shown,
            more_cards=more,
            empty_cards=[one for one in cards if one[1].is_empty],
            has_units=any(card.of_units for card, _shown in cards),
            unit=unit,
            daily=find_daily_pages(),
        )

    def _list_new(self, permissions):
        """Return (label, number, URL) of what is new since the last sign-in."""
        since = find_previous_sign_in()
        if since is None:
            return ()
        numbers = Counter()
        for key, kind, is_new, is_late, number in unread_counts.count_new(
            g.user.id, permissions, g.user.unit_code, since
        ):
            group = GROUPS.get(key, TASKS if kind == TASK else NOTICES)
            numbers[OVERDUE] += number * is_late
            numbers[group] += number * is_new
        inbox = url_for("InboxView.list")
        has_letters = self.appbuilder.sm.has_access("can_list", "Letter")
        urls = {LETTERS: url_for("LetterView.list", box="in")} if has_letters else {}
        return [
            (label, dashboard.format_capped_count(numbers[key]), urls.get(key, inbox))
            for key, label in NEW.items()
            if numbers[key]
        ]


def _fill(cards, places):
    """Return the cards that fit, the others, and the free places. A card with a chart takes two, like a list."""
    shown, more = [], []
    for one in cards:
        size = 2 if one[1].chart else 1
        if size <= places:
            shown.append(one)
            places -= size
        else:
            more.append(one)
    return shown, more, places


def _select_recent_cases():
    """Return the select of the latest cases in the area of the reader or of the chosen unit."""
    statement = (
        select(Case)
        .where(Case.voided_at.is_(None))
        .order_by(Case.occurred_from.desc(), Case.id.desc())
        .limit(SHOWN_CASES)
    )
    scope = actor_of(db.session).scope
    return statement.where(Case.province_code == scope.area[:2]) if scope and scope.area else statement
