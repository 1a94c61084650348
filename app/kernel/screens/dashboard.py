"""Dashboard cards of the home page: numbers that link to their lists. Each feature registers its own cards.

The cost of a card does not grow with the database: it counts by an index and stops at COUNT_LIMIT. The list behind
a number has pages up to the same limit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice

from flask import current_app, request
from sqlalchemy import func, select

from app.extensions import db
from app.kernel.schema.display import reader_language
from app.kernel.screens.urls import add_query
from app.kernel.text import dates

COUNT_LIMIT = 1000  # no count and no list goes further; beyond it the card shows «1000+»
ZERO = ("0", "០")  # in both scripts

_cards = []


def format_capped_count(count):
    """Return `count` in the reader's digits, as «1000+» beyond COUNT_LIMIT."""
    text = dates.format_number(min(count, COUNT_LIMIT), reader_language())
    return f"{text}+" if count > COUNT_LIMIT else text


def count_rows(*statements):
    """Return the number of rows of each statement, at most `COUNT_LIMIT` + 1, in one statement."""
    # Keep the order of a statement: without it, SQLite scans the table instead of an index.
    limited = (one.limit(COUNT_LIMIT + 1).subquery() for one in statements)
    numbers = [select(func.count()).select_from(one).scalar_subquery() for one in limited]
    return tuple(db.session.execute(select(*numbers)).one()) if numbers else ()


@dataclass(frozen=True)
class Page:
    """One page of the list behind a number, with the URLs of its neighbours or None."""

    rows: list
    previous_url: str | None
    next_url: str | None
    shown_limit: int | None  # number of rows that can be paged through, if the list has more


def _page_url(number):
    return add_query(f"{request.script_root}{request.path}", request.args.to_dict() | {"page": number})


def paginate(statement, size, limit=COUNT_LIMIT, load=lambda selected: selected, url=_page_url):
    """Return the page of `size` rows that this request asks for; rows of one entity come without their tuple.

    `statement` may select keys only; `load(statement)` then returns the statement that loads the rows. `url(number)`
    returns the address of another page of the list.
    """
    requested, last = request.args.get("page", "1"), limit // size
    number = 1
    if requested.isdecimal() and len(requested) < 10:
        number = min(max(int(requested), 1), last)
    selected = statement.limit(size + 1).offset((number - 1) * size)
    found = db.session.execute(load(selected)).unique().all()
    rows = [row[0] if len(row) == 1 else row for row in found[:size]]
    more = len(found) > size

    return Page(
        rows=rows,
        previous_url=url(number - 1) if number > 1 else None,
        next_url=url(number + 1) if more and number < last else None,
        shown_limit=limit if more and number == last else None,
    )


@dataclass(frozen=True)
class CardLine:
    """One number below the card's main number, with the list that it opens; `share` of the longest bar, 0 to 100."""

    label: str
    number: str
    url: str
    share: int = 0
    late: bool = False


@dataclass(frozen=True)
class CardContent:
    """The content of a card for the current reader."""

    number: str
    caption: str
    url: str
    lines: list = field(default_factory=list)
    note: str = ""
    late: bool = False
    chart: object = None  # an SVG below the lines

    @property
    def is_empty(self):
        """Return True if nothing waits: the home page then shows the title and its list in one line."""
        return self.chart is None and all(
            text in ZERO for text in (self.number, *(one.number for one in self.lines))
        )


@dataclass(frozen=True)
class DashboardCard:
    """A dashboard card: its position, title, icon, required right and the function that builds its content.

    `build` receives the numbers of rows of the statements that `list_statements` returns: the home page counts the rows
    of all cards in one statement.
    """

    position: int
    title: str
    icon: str
    permission: tuple
    build: Callable
    list_statements: Callable
    of_units: bool  # its numbers and their lists can be narrowed to a unit


def dashboard_card(position, title, icon, permission, list_statements=list, of_units=False):
    """Decorate a function that returns the CardContent for readers with the right `permission` (action, resource)."""

    def register(build):
        _cards.append(DashboardCard(position, title, icon, permission, build, list_statements, of_units))
        return build

    return register


def build_reader_cards(unit=""):
    """Return pairs (card, content) of all cards that the current reader may see, in order.

    With the code of a chosen `unit` only the cards with numbers of units; their links keep it.
    """
    has_access = current_app.extensions["appbuilder"].sm.has_access
    cards = [card for card in _cards if has_access(*card.permission) and (card.of_units or not unit)]
    cards.sort(key=lambda card: card.position)
    statements = [card.list_statements() for card in cards]
    numbers = iter(count_rows(*(one for some in statements for one in some)))
    built = [
        (card, card.build(*islice(numbers, len(some)))) for card, some in zip(cards, statements, strict=True)
    ]
    return [(card, _add_unit(shown, unit)) for card, shown in built] if unit else built


def _add_unit(shown, unit):
    lines = [replace(line, url=_url_of_unit(line.url, unit)) for line in shown.lines]
    return replace(shown, url=_url_of_unit(shown.url, unit), lines=lines)


def _url_of_unit(url, unit):
    return f"{url}{'&' if '?' in url else '?'}unit={unit}"
