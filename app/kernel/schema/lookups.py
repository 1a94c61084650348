"""Lookups: find one of many records by typing. They replace every large select field.

A feature registers its lookups by name, and a `link()` field names the lookup that fills it. FAB's AJAX select has no
endpoint in 5.x and accepts any key. Here the `get` that shows a record also decides whether the user may select it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from sqlalchemy import select

from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.text import khmer

MAX_QUERY_LENGTH = 100  # characters; no name is longer

_lookups = {}


@dataclass(frozen=True)
class Lookup:
    """Finds one kind of record: `find(text)` returns items, `get(key)` a record or None.

    An item is a dict with id, text, detail, mark and icon. The item of a person also has `about`, their id, which is not
    sent to the browser. `private` lookups find people. Their text must not appear in a URL or a log, so they use POST.
    `explain(record)`, if present, returns why a new record cannot name this one, or None.
    `resource` names the records of which the user needs the list (FAB permission `can_list`).
    `words(key)`, if present, returns a label from memory, so that a list needs no statement for it. `every()`, if present,
    returns (key, label) of all possible choices.
    """

    find: Callable
    get: Callable
    private: bool = False
    words: Callable | None = None
    every: Callable | None = None
    explain: Callable | None = None
    resource: str | None = None

    def list_choices(self):
        """Return items for all possible choices; none if there are too many to list."""
        return [
            {"id": key, "text": label, "detail": "", "mark": None, "icon": "list"}
            for key, label in (self.every() if self.every else ())
        ]


def register(name, find, get, **options):
    """Register a lookup under `name`; the arguments are those of `Lookup`."""
    _lookups[name] = Lookup(find, get, **options)


def register_numbered(name, model, prefix, describe):
    """Register a lookup of the records of `model` by their number, such as PO-000012; `describe(record)` is the detail."""

    def get(key):
        if not key.isdecimal() or len(key) >= 10:
            return None
        return db.session.scalars(select(model).where(model.id == int(key))).unique().one_or_none()

    def find(text):
        number = khmer.to_latin_digits(khmer.normalize(text)).upper().removeprefix(prefix).lstrip("-")
        row = get(number)
        if row is None:
            return []
        item = {"id": str(row.id), "text": row.number, "detail": describe(row), "mark": None}
        return [item | {"icon": "file-text"}]

    register(name, find, get, resource=model.__name__)


def get_lookup(name):
    """Return the lookup of that name; raise KeyError.

    `code.<list>` searches a code list through the lookup `code`. `codes.<list>` also finds its retired values.
    """
    kind, _dot, codes_name = name.partition(".")
    if kind in ("code", "codes"):
        return _code_lookup(codes_name, retired=kind == "codes")
    return _lookups[name]


@cache
def _code_lookup(codes_name, retired):
    def find(text):
        return _lookups["code"].find(codes_name, text, retired=retired)

    return Lookup(
        find,
        lambda key: key if key in code_lists.keys(codes_name) else None,
        words=partial(code_lists.label, codes_name),
        every=partial(code_lists.choices, codes_name),
    )
