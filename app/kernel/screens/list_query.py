"""One page of one table: what the URL asks for, made safe, and read at a cost that does not grow with it.

Pages go by key, not by OFFSET: `after` and `before` carry the last row's order value and primary key. The
count stops at 10,000, of a list without a filter at 5,000. Only declared columns order and filter; anything else in the URL is a 400.
FAB keeps one mutable `_filters` per view for all threads; here everything belongs to the request.
"""

import base64
import json
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urlencode

from flask import abort, request
from flask_babel import gettext
from sqlalchemy import and_, case, false, func, literal, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.access import row_filter
from app.kernel.actor import actor_of
from app.kernel.schema.load_options import loads_of
from app.kernel.screens import keyset
from app.kernel.screens.filters import HIGHEST, Filters
from app.kernel.screens.keyset import Walk
from app.kernel.text import collation, khmer

COUNTED = 10_000
UNFILTERED = 5_000  # of a whole list: nobody waits for the rest of a number that tells him nothing
LOOKED_UP = 1_000  # rows at most that are looked up one by one to be counted
SIZES = (25, 50, 100)
LEGIBLE = "!$'()*,/:;?@"  # what a question of a URL need not hide


class Listing:
    """The rows of `view` that `args` asks for; `within` are conditions that always hold."""

    def __init__(self, view, args, within=()):
        self.view, self.args, self.within = view, args, list(within)
        self.model = view.datamodel.obj
        self.name = type(view).__name__
        self.pk = getattr(self.model, self.model.__mapper__.primary_key[0].key)
        self.size = self._size()
        self.filters = Filters(self.model, view.search_columns, args)
        self.order, self.falling = self._order()
        self.direction, self.position = self._position()
        self.where = [*self.within, *self.filters.conditions]
        self.candidates = None  # how many rows fit, where that is known before they are read
        self._answer()

    # What was asked for

    def _size(self):
        asked = self.args.get(f"psize_{self.name}", str(SIZES[0]))
        if not asked.isdecimal() or not int(asked[:6]):
            abort(400, gettext("This page size is not a number."))
        return min(int(asked[:6]), SIZES[-1])

    def _order(self):
        column = self.args.get(f"_oc_{self.name}")
        if column is None:
            # What is asked for by its beginning stands in its own order: one index finds and sorts it.
            own = (*self.view.order_columns, *self.view.begun_order)
            begun = next((name for name in own if name in self.filters.begun), None)
            column, direction = (begun, "asc") if begun else self.view.base_order or (self.pk.key, "desc")
        else:
            direction = self.args.get(f"_od_{self.name}", "asc")
            if column not in self.view.order_columns or direction not in ("asc", "desc"):
                abort(400, gettext("This list cannot be put in that order."))
        return getattr(self.model, self.view.order_by.get(column, column)), direction == "desc"

    def _position(self):
        if self.args.get(f"page_{self.name}", "0") != "0":
            abort(400, gettext("This page does not exist. Begin at the first page of the list."))
        for direction in ("after", "before", "end"):
            token = self.args.get(f"{direction}_{self.name}")
            if token is not None:
                return direction, None if direction == "end" else self._read_token(token)
        return "start", None

    def _read_token(self, token):
        try:
            value, key = json.loads(base64.urlsafe_b64decode(token.encode()))
            return self._as_value_of(self.order, value), self._as_value_of(self.pk, key)
        except (ValueError, TypeError, RecursionError):
            abort(400, gettext("This page does not exist. Begin at the first page of the list."))

    @staticmethod
    def _as_value_of(column, value):
        """A value of a token, which anybody can write, as its column can hold it. Raises ValueError, TypeError."""
        python_type = column.type.python_type
        if python_type in (date, datetime):
            return python_type.fromisoformat(value)
        if type(value) is not python_type or (python_type is int and abs(value) >= 2**31):
            raise ValueError(value)
        return khmer.normal(value) if python_type is str and not value.isprintable() else value

    def _token(self, row):
        value = getattr(row, self.order.key)
        value = value.isoformat() if isinstance(value, (date, datetime)) else value
        packed = json.dumps([value, getattr(row, self.pk.key)], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode()

    # What the database answers

    def _answer(self):
        """Read the page, and count how many rows there are in all as far as that costs little."""
        looked_up = row_filter.looked_up(self.model, actor_of(db.session).scope)
        if self.filters.conditions:
            counted = self._counted() if looked_up is None else self._seen(looked_up)
            self.candidates, self.count, self.capped = counted
            if self.candidates > COUNTED:
                self._walk_less()
            self.rows, self.more = self._read()[:2] if self.count or self.capped else ([], False)
        else:
            self.rows, self.more, count = self._read(counts=looked_up is None)
            self.count, self.capped = min(count, UNFILTERED), count > UNFILTERED
            # Where each row of the table would have to be looked up, it says that there are more.
            if looked_up is not None:
                self.count, self.capped = len(self.rows), not (self.at_start and self.at_end)

    def _read(self, counts=False):
        """(rows, whether there are more, how many there are in all where that `counts`): one statement."""
        backwards = self.direction in ("before", "end")
        falling = self.falling != backwards
        names = (*self.view.list_columns, *self.view.extra_columns)
        narrower = (
            () if self.where else keyset.narrower(self.model, actor_of(db.session).scope, self.order.key)
        )
        if self.where or self.position is not None:
            ways = narrower or (Walk(self.pk, self._order_columns(), self.where),)
            if self.position is not None:
                ways = [self._beyond(walk, falling) for walk in ways]
            counting = _counting(self.pk, self.where, UNFILTERED) if counts else None
            loads = loads_of(self.model, names, self.order.key, None, joinedload, self.view.list_along)
            statement = keyset.page(self.model, loads, ways, falling, self.size, counting)
        else:
            asked = (self.model, names, self.order.key, self.view.list_along, falling, self.size, counts)
            statement = _plain_page(*asked, narrower)
        found = db.session.execute(statement).all()
        rows = [one[0] for one in found[: self.size]]
        count = found[0][1] if found and counts else 0
        return (rows[::-1] if backwards else rows), len(found) > self.size, count

    def _order_columns(self):
        """What the rows are ordered by: the order and the key, so that no two rows are equal.

        Where a filter leaves few rows, they are found by the filter's index and sorted. The order's own index would
        be walked from its beginning, and the whole table read before the last of them is met; so it is hidden.
        """
        columns = keyset.with_key(self.order, self.pk)
        if (
            self.candidates is not None
            and self.candidates <= COUNTED
            and self.order.key not in self.filters.begun
        ):
            return keyset.plainly(columns)
        return columns

    def _walk_less(self):
        """Where a filter says with what the order begins, go through the stretch of it where all stand who begin so, and not
        through the whole. The filters are hidden: PostgreSQL takes two that say the same for a rare meeting of both.
        """
        for name, order in self.view.leading.items():
            text, column = self.filters.begun.get(name), getattr(self.model, name)
            if not text or order != self.order.key:
                continue
            elsewhere = text + collation.ROBAT
            if not self._any(column.between(elsewhere, elsewhere + HIGHEST)):
                hidden = (func.coalesce(condition, false()) for condition in self.filters.conditions)
                self.where = [*self.within, *hidden, self.order.between(*collation.stretch(text))]

    def _any(self, condition):
        return db.session.scalar(select(self.pk).where(condition).limit(1)) is not None

    def _beyond(self, walk, falling):
        """The same walk from the position on."""
        values = self.position if len(walk.columns) == 2 else self.position[:1]
        first, *rest = zip(walk.columns, values, strict=True)
        further = (lambda c, v: c < literal(v, c.type)) if falling else (lambda c, v: c > literal(v, c.type))
        beyond = further(*first)
        if rest:
            (column, value), (key, key_value) = first, rest[0]
            edge = column <= literal(value, column.type) if falling else column >= literal(value, column.type)
            # The first condition alone lets the index begin at the right place; the second is exact.
            beyond = and_(edge, or_(beyond, further(key, key_value)))
        return Walk(walk.key, walk.columns, (*walk.where, beyond))

    def _counted(self):
        """(rows that fit, those of them that the reader sees, whether there may be more)."""
        count = db.session.scalar(_counting(self.pk, self.where, COUNTED))
        return count, min(count, COUNTED), count > COUNTED

    def _seen(self, within):
        """The same where each row costs a look into another table: none is looked up where there are many.

        Asked below the session, which would look for visible rows until it has found that many.
        """
        seen = case((within, 1), else_=0).label("seen")
        rows = select(self.pk, seen).where(*self.where).limit(LOOKED_UP + 1).subquery()
        some = select(self.pk).where(*self.where).limit(LOOKED_UP + 1).subquery()
        candidates = select(func.count()).select_from(some).scalar_subquery()
        visible = select(func.coalesce(func.sum(rows.c.seen), 0)).scalar_subquery()
        counted = select(candidates, case((candidates <= LOOKED_UP, visible), else_=0))
        candidates, count = db.session.connection().execute(counted).one()
        many = candidates > LOOKED_UP
        return (COUNTED + 1 if many else candidates), count, many

    # Where one can go from here

    def url(self, dropped=(), **changes):
        """This list's own URL from its first page on, with some arguments changed and those in `dropped` left out."""
        kept = {
            key: value
            for key, value in self.args.items()
            if not key.startswith(("after_", "before_", "end_", "page_")) or not key.endswith(self.name)
        }
        kept |= {f"{key}_{self.name}": value for key, value in changes.items()}
        kept = {key: value for key, value in kept.items() if value is not None and key not in dropped}
        # As `url_for` would say it, which costs four times as much: a list names itself ten times.
        start = f"{request.script_root}{self.view.route_base}/list/"
        return f"{start}?{urlencode(kept, safe=LEGIBLE)}" if kept else start

    @property
    def at_start(self):
        return self.direction == "start" or (self.direction in ("before", "end") and not self.more)

    @property
    def at_end(self):
        return self.direction == "end" or (self.direction in ("start", "after") and not self.more)

    @property
    def previous(self):
        """The token of the page before this one; None at the beginning."""
        return None if self.at_start or not self.rows else self._token(self.rows[0])

    @property
    def next(self):
        """The token of the page after this one; None at the end."""
        return None if self.at_end or not self.rows else self._token(self.rows[-1])

    @property
    def pager(self):
        before, after = self.previous, self.next
        return {
            "shown": len(self.rows),
            "count": max(self.count, len(self.rows)),
            "capped": self.capped,
            "first_url": None if self.at_start else self.url(),
            "prev_url": self.url(before=before) if before else None,
            "next_url": self.url(after=after) if after else None,
            "last_url": None if self.at_end else self.url(end="1"),
            "page_size": self.size,
            "sizes": [(size, self.url(psize=size)) for size in SIZES],
        }

    @property
    def sort_urls(self):
        found = {}
        for column in self.view.order_columns:
            current = getattr(self.model, self.view.order_by.get(column, column)).key == self.order.key
            state = ("desc" if self.falling else "asc") if current else None
            found[column] = (self.url(_oc=column, _od="desc" if state == "asc" else "asc"), state)
        return found


@lru_cache(4096)
def _plain_page(model, names, order, along, falling, size, counts, narrower):
    """The first or the last page of a whole list: built once, and kept with what bounds it."""
    pk = getattr(model, model.__mapper__.primary_key[0].key)
    counting = _counting(pk, (), UNFILTERED) if counts else None
    loads = loads_of(model, names, order, None, joinedload, along)
    ways = narrower or (Walk(pk, keyset.with_key(getattr(model, order), pk)),)
    return row_filter.kept(keyset.page(model, loads, ways, falling, size, counting))


def _counting(pk, where, most):
    return select(func.count()).select_from(select(pk).where(*where).limit(most + 1).subquery())
