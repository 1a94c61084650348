"""The boards of the first page: numbers that open their lists. Each feature adds its own.

What a board costs does not grow with the register: it counts by an index, and up to a limit. As far as a number is
counted its list can be turned over, leaf by leaf.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app, request, url_for

from app.extensions import db
from app.kernel.schema.display import language
from app.kernel.text import dates

COUNTED = 1000  # no number and no list goes further; beyond it stands «1000+»

_boards = []


def told(count):
    """A number as a board says it."""
    text = dates.say_number(min(count, COUNTED), language())
    return f"{text}+" if count > COUNTED else text


@dataclass(frozen=True)
class Leaf:
    """Some rows of the list behind a number, and the addresses of the leaves before and after, where there are any."""

    rows: list
    before: str | None
    after: str | None
    cut: int | None  # how many can be turned over, where the list goes on beyond them


def _here(number):
    return url_for(request.endpoint, **request.args.to_dict() | {"page": number})


def leaf(statement, size, most=COUNTED, read=lambda some: some, url=_here):
    """The leaf of `size` rows that this request asks for; rows of one entity come without their tuple.

    `read(some)` gives the statement that reads them, where `statement` finds only which ones. `url(number)` is the
    address of another leaf, where that is not the one that was asked for.
    """
    sent, last = request.args.get("page", "1"), most // size
    number = min(max(int(sent), 1), last) if sent.isdecimal() and len(sent) < 10 else 1
    some = read(statement.limit(size + 1).offset((number - 1) * size))
    found = db.session.execute(some).unique().all()
    rows = [row[0] if len(row) == 1 else row for row in found[:size]]
    more = len(found) > size

    return Leaf(
        rows=rows,
        before=url(number - 1) if number > 1 else None,
        after=url(number + 1) if more and number < last else None,
        cut=most if more and number == last else None,
    )


@dataclass(frozen=True)
class Line:
    """One number below the board's own, with the list that it opens; `share` of the longest bar, 0 to 100."""

    label: str
    number: str
    url: str
    share: int = 0
    late: bool = False


@dataclass(frozen=True)
class Shown:
    """What a board says to its reader now."""

    number: str
    words: str
    url: str
    lines: list = field(default_factory=list)
    note: str = ""
    late: bool = False


@dataclass(frozen=True)
class Board:
    """A board: its place among the others, title, icon, the permission it needs and what makes it."""

    place: int
    title: str
    icon: str
    permission: tuple
    make: Callable


def board(place, title, icon, permission):
    """Decorates `make()` → `Shown`, asked for whoever has the permission (act, resource)."""

    def keep(make):
        _boards.append(Board(place, title, icon, permission, make))
        return make

    return keep


def for_reader():
    """(board, what it shows) of every board that this reader may see."""
    may = current_app.appbuilder.sm.has_access
    seen = sorted((one for one in _boards if may(*one.permission)), key=lambda one: one.place)
    return [(one, one.make()) for one in seen]
