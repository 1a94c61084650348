"""The boards of the first page: numbers that open their lists. Each feature adds its own.

What a board costs does not grow with the register: it counts by an index, and up to a limit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app

_boards = []


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
