"""The unit that a reader chooses on the first page or on a work list: only what is in its area is counted and listed."""

from contextlib import contextmanager

from flask import g, request

from app.extensions import db
from app.kernel.actor import actor_of, within_area
from app.reference.search import get_unit_area, list_subunits


def list_choices():
    """Return (code, name) of the units directly below the reader's unit with an area of their own."""
    scope = actor_of(db.session).scope
    if scope is None or not g.user.unit_code:
        return []
    return [
        (code, name)
        for code, name in list_subunits(g.user.unit_code)
        if get_unit_area(code) != scope.area and get_unit_area(code).startswith(scope.area)
    ]


def find_chosen_unit():
    """Return the code of the unit in the URL if the reader may choose it, or an empty text."""
    code = request.args.get("unit", "")
    return code if code in dict(list_choices()) else ""


@contextmanager
def within_chosen_unit():
    """Narrow what is read in this block to the area of the chosen unit. Yield its code, empty if none is chosen."""
    code = find_chosen_unit()
    with within_area(db.session, get_unit_area(code)):
        yield code
