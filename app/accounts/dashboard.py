"""Boards of the first page for whoever looks after accounts: what waits for his decision, and his next review."""

from flask import g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.accounts import access_reviews, staff_actions
from app.accounts import staff_queries as people
from app.kernel.schema.display import language
from app.kernel.screens.dashboard import Shown, board
from app.kernel.text import dates


@board(10, _("Waits for a second administrator"), "users", ("can_list", "StaffRequest"))
def requests():
    me = people.granter()
    count = sum(staff_actions.may_decide(me, one) for one in people.waiting())
    number = dates.say_number(count, language())
    return Shown(number, gettext("to be decided"), url_for("StaffRequestView.list"), late=count > 0)


@board(11, _("Quarterly review"), "list-checks", ("can_list", "StaffReview"))
def review():
    """Of the own unit; of whom nobody else judges, where the whole nation is looked after."""
    state = access_reviews.state(g.user.unit_code, people.granter().reach is None)
    day = dates.say_date(state.due, language())
    return Shown(
        day, gettext("to be signed off by then"), url_for("StaffReviewView.list"), late=state.overdue
    )
