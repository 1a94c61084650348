"""Dashboard tiles for administrators of accounts: pending requests and the next access review."""

from flask import g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.accounts import access_reviews, second_person
from app.accounts import staff_queries as people
from app.kernel.schema.display import reader_language
from app.kernel.screens.dashboard import CardContent, dashboard_card
from app.kernel.text import dates


@dashboard_card(10, _("Waiting for a second person"), "users", ("can_list", "StaffRequest"))
def show_pending_requests():
    pending = people.list_pending_requests(g.user)
    count = sum(second_person.may_decide(g.user, one) for one in pending)
    number = dates.format_number(count, reader_language())
    return CardContent(number, gettext("to be decided"), url_for("StaffRequestView.list"), late=count > 0)


@dashboard_card(11, _("Quarterly review"), "list-checks", ("can_list", "StaffReview"))
def show_next_review():
    """Show the due date of the reader's unit, or of the national review if they manage every unit."""
    state = access_reviews.get_review_state(g.user.unit_code, people.get_granter().managed_units is None)
    day = dates.format_date(state.due, reader_language())
    return CardContent(
        day, gettext("deadline for sign-off"), url_for("StaffReviewView.list"), late=state.overdue
    )
