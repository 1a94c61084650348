"""Dashboard cards for orders: open orders by age, open matches, and overdue steps."""

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.court_orders import due_dates, queries, worklist
from app.court_orders.models.matches import OPEN_STATES
from app.court_orders.worklist import WorklistQuery
from app.kernel.schema.display import reader_language
from app.kernel.screens.dashboard import (
    COUNT_LIMIT,
    CardContent,
    CardLine,
    dashboard_card,
    format_capped_count,
)
from app.kernel.text import dates

OVERDUE_LISTS = {
    "validate": _("to be validated with the court"),
    "return": _("executed, to be returned"),
    "check": _("received, to be checked"),
}


def _select_counted(**query):
    return worklist.select_counted_orders(WorklistQuery(**query), queries.current_scope())


def _list_open_statements():
    return [_select_counted(band=key) for key, _most, _words in due_dates.BANDS]


def _list_match_statements():
    return [worklist.select_match_ids(OPEN_STATES, queries.current_scope())]


def _list_overdue_statements():
    return [_select_counted(list=key) for key in ("overdue", *OVERDUE_LISTS)]


@dashboard_card(
    20, _("Open orders by age"), "target", ("can_list", "WorkList"), _list_open_statements, of_units=True
)
def build_open_orders_card(*numbers):
    """Return the card that counts the open orders in each age band."""
    counts = [
        (key, words, count) for (key, _most, words), count in zip(due_dates.BANDS, numbers, strict=True)
    ]
    longest = max(count for _key, _words, count in counts) or 1
    lines = [
        CardLine(
            str(words),
            format_capped_count(count),
            url_for("WorkListView.list", band=key),
            round(100 * count / longest),
        )
        for key, words, count in counts
    ]
    number = dates.format_number(
        sum(min(count, COUNT_LIMIT) for _key, _words, count in counts), reader_language()
    )
    more = any(count > COUNT_LIMIT for _key, _words, count in counts)
    return CardContent(
        f"{number}+" if more else number, gettext("orders"), url_for("WorkListView.list"), lines
    )


@dashboard_card(
    30,
    _("Matches waiting for confirmation"),
    "siren",
    ("can_list", "OrderMatch"),
    _list_match_statements,
    of_units=True,
)
def build_matches_card(count):
    """Return the card that counts the matches without an answer."""
    note = gettext("A match is not proof. Confirm it before an arrest.")
    return CardContent(
        format_capped_count(count), gettext("matches"), url_for("OrderMatchView.list"), [], note, count > 0
    )


@dashboard_card(
    40, _("Overdue orders"), "history", ("can_list", "WorkList"), _list_overdue_statements, of_units=True
)
def build_overdue_card(late, *numbers):
    """Return the card that counts the orders with an overdue next step."""
    lines = [
        CardLine(str(words), format_capped_count(count), url_for("WorkListView.list", list=key))
        for (key, words), count in zip(OVERDUE_LISTS.items(), numbers, strict=True)
    ]
    return CardContent(
        format_capped_count(late),
        gettext("next step overdue"),
        url_for("WorkListView.list", list="overdue"),
        lines,
        "",
        late > 0,
    )
