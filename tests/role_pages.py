"""Which roles may open which page: the list that tests/house/test_roles.py compares with the application.

A test that asks every page by every role leaves out what a role may not open, which that test refuses. In `.ci/run`,
one of the roles that may open a page asks it, and another role asks it on the next day: as many days as roles try all.
"""

from functools import cache
from pathlib import Path

from app import roles
from tests import nightly

GOLDEN = Path(__file__).parent / "house" / "roles_golden.txt"


EVERYBODY = ("everybody",)


@cache
def read_written():
    """Return page → roles of the list."""
    parts = (part.splitlines() for part in GOLDEN.read_text("utf-8").strip().split("\n\n"))
    return {page.strip(): tuple(who.split(", ")) for who, *pages in parts for page in pages}


def name_page(method, rule):
    return f"{method:4} {rule.rule}"


def list_readers(method, rule):
    """Return the roles that may open a page; all roles for a page that is not in the list."""
    who = read_written().get(name_page(method, rule), EVERYBODY)
    return tuple(roles.TABLE) if who[0].startswith("everybody") else who


def is_asked_by(role, number, method, rule, among, parts=1):
    """Return whether this role asks the page with this number: it may open it, and it is its turn `among` the roles.

    Of two `parts`, only one is asked each day, and twice as many days try all.
    """
    readers = [one for one in among if one in list_readers(method, rule)]
    turns = readers + [None] * len(readers) * (parts - 1)
    return role in nightly.some_of(turns, number, days=len(turns))
