"""Boards of orders on the first page: open ones by age, hits that wait, what has to be validated or returned."""

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.court_orders import due_dates, queries, worklist
from app.court_orders.worklist import Asked
from app.kernel.schema.display import language
from app.kernel.screens.dashboard import COUNTED, Line, Shown, board, told
from app.kernel.text import dates


@board(20, _("Open orders by age"), "target", ("can_list", "WorkList"))
def open_orders():
    numbers = worklist.counts([Asked(band=key) for key, _most, _words in due_dates.BANDS], queries.scope())
    counts = [
        (key, words, count) for (key, _most, words), count in zip(due_dates.BANDS, numbers, strict=True)
    ]
    longest = max(count for _key, _words, count in counts) or 1
    lines = [
        Line(str(words), told(count), url_for("WorkListView.list", band=key), round(100 * count / longest))
        for key, words, count in counts
    ]
    number = dates.say_number(sum(min(count, COUNTED) for _key, _words, count in counts), language())
    more = any(count > COUNTED for _key, _words, count in counts)
    return Shown(f"{number}+" if more else number, gettext("orders"), url_for("WorkListView.list"), lines)


@board(30, _("Hits that wait for an answer"), "siren", ("can_list", "Hit"))
def hits():
    count = worklist.hits_waiting(queries.scope())
    note = gettext("A hit is no proof. Confirm it before an arrest.")
    return Shown(told(count), gettext("hits"), url_for("HitView.list"), [], note, count > 0)


@board(40, _("Orders with something overdue"), "history", ("can_list", "WorkList"))
def overdue():
    lists = (
        ("validate", gettext("to be validated with the court")),
        ("return", gettext("executed, to be returned")),
        ("check", gettext("received, to be checked")),
    )
    asked = [Asked(list=key) for key in ("overdue", *(key for key, _words in lists))]
    late, *numbers = worklist.counts(asked, queries.scope())
    lines = [
        Line(words, told(count), url_for("WorkListView.list", list=key))
        for (key, words), count in zip(lists, numbers, strict=True)
    ]
    return Shown(
        told(late),
        gettext("late with the next step"),
        url_for("WorkListView.list", list="overdue"),
        lines,
        "",
        late > 0,
    )
