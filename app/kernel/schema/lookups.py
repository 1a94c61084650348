"""Finding one record of many by typing: what every large select box of the register is instead.

A feature registers its lookups by name; a `link()` names the lookup that fills it. FAB's AJAX select has no
endpoint in 5.x and accepts any key; here the same `get` that shows a record decides whether it may be chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access

from app.kernel.audit import access_log
from app.kernel.schema import code_lists
from app.kernel.text import khmer

LONGEST = 100  # characters of a question; more is no name of anything

_lookups = {}


@dataclass(frozen=True)
class Lookup:
    """How one kind of record is found: `find(text)` → items, `get(key)` → record or None.

    An item is a dict with id, text, detail, mark, icon, and for a person `about`, his number in the register, which
    stays here. `private` lookups speak of people: their text must
    not stand in a URL or a log, so they are asked by POST. `words(key)`, where a lookup has it, names a record
    from memory, so that lists need no statement for it. `every()`, where it has it, gives (key, words) of all that can
    be chosen.
    """

    find: Callable
    get: Callable
    private: bool = False
    words: Callable | None = None
    every: Callable | None = None


def register(name, find, get, private=False, words=None, every=None):
    _lookups[name] = Lookup(find, get, private, words, every)


def named(name):
    """The lookup of that name; `code.<list>` finds in a code list through the lookup `code`, `codes.<list>` also what is
    retired there.
    """
    listed, _dot, codes_name = name.partition(".")
    if listed in ("code", "codes"):
        return _in_list(codes_name, retired=listed == "codes")
    return _lookups[name]


@cache
def _in_list(codes_name, retired):
    def find(text):
        return _lookups["code"].find(codes_name, text, retired=retired)

    return Lookup(
        find,
        lambda key: key if key in code_lists.keys(codes_name) else None,
        words=partial(code_lists.label, codes_name),
        every=partial(code_lists.choices, codes_name),
    )


class LookupView(BaseView):
    """Answers the lookups of every form."""

    route_base = "/lookup"
    default_view = "find"
    class_permission_name = "Lookup"

    @expose("/<name>", methods=["GET", "POST"])
    @has_access
    def find(self, name):
        try:
            lookup = named(name)
        except KeyError:
            abort(404)
        if lookup.private and (
            request.method != "POST" or not self.appbuilder.sm.has_access("can_list", "Person")
        ):
            abort(405 if request.method != "POST" else 403)
        text = _read((request.form if lookup.private else request.args).get("q", ""))
        if lookup.private:
            return self._people(name, lookup, text)
        answer = jsonify(items=lookup.find(text) if text else [], more=False)
        answer.headers["Cache-Control"] = "private, max-age=300"
        return answer

    def _people(self, name, lookup, text):
        """Whom a lookup proposes, once that is written down. An entry of a case (`draft`) is its own purpose."""
        draft = (
            request.form.get("draft", "")[:40] if self.appbuilder.sm.has_access("can_save", "Entry") else ""
        )
        if not draft:
            access_log.need_purpose()
        items = lookup.find(text) if text else []
        if text:
            access_log.suggested(name, text, [item.pop("about") for item in items], draft)
        else:
            access_log.left()
        answer = jsonify(items=items, more=False)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _read(typed):
    try:
        return khmer.normal(typed[:LONGEST])
    except khmer.Refused:
        return ""
