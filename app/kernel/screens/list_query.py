"""One page of a list: validates the URL arguments and loads the rows at a cost that does not grow with the table.

Pages go by key, not by OFFSET: `after` and `before` carry the sort value and primary key of the last row. Counting
stops at 10,000 rows, without a filter at 5,000. Only declared columns sort and filter; any other argument is a 400.
FAB keeps one mutable `_filters` per view for all threads; here all state belongs to the request.
"""

import base64
import json
from datetime import date, datetime
from functools import lru_cache

from flask import abort, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, case, false, func, literal, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql import operators

from app.extensions import db
from app.kernel.access import row_filter
from app.kernel.actor import actor_of
from app.kernel.database.time_limit import QueryTooSlow, time_limit
from app.kernel.schema.load_options import list_load_options
from app.kernel.screens import keyset
from app.kernel.screens.filters import HIGHEST_CHARACTER, Filters
from app.kernel.screens.keyset import KeysetSource
from app.kernel.screens.urls import add_query
from app.kernel.text import collation, khmer

COUNT_LIMIT = 10_000
UNFILTERED_COUNT_LIMIT = 5_000  # an exact total of an unfiltered list is not worth the wait
LOOKUP_LIMIT = 1_000  # maximum number of rows that are looked up one by one for counting
PAGE_SIZES = (25, 50, 100)
# Seconds for a filtered list: to count its rows, which is left out if it takes longer, and to find one page of them.
COUNT_TIME_LIMIT, TIME_LIMIT = 0.1, 0.2
TOO_SLOW = _("These filters together take too long. Narrow the list: add a place, a unit or a period.")


class ListPage:
    """The rows of `view` that `args` asks for; `within` are conditions that always apply.

    `too_slow` is set if the filters together take too long: then the list is empty. Without `loads` it has no rows.
    """

    def __init__(self, view, args, within=(), loads=True, columns=None):
        self.view, self.args, self.within = view, args, list(within)
        self.model, self.columns = view.datamodel.obj, columns or view.list_columns
        self.name = type(view).__name__
        self.pk = getattr(self.model, self.model.__mapper__.primary_key[0].key)
        self.size = self._parse_size()
        self.filters = Filters(view, args)
        self.order, self.descending = self._parse_order()
        self.direction, self.position = self._parse_position()
        self.where = (*self.within, *self.filters.conditions)
        self.candidates = None  # number of matching rows, if known before they are loaded
        self.rows, self.more, self.count, self.capped, self.too_slow = [], False, 0, False, False
        if loads:
            self._load()

    # Arguments

    def _parse_size(self):
        requested = self.args.get(f"psize_{self.name}", str(PAGE_SIZES[0]))
        if not requested.isdecimal() or not int(requested[:6]):
            abort(400, gettext("The page size must be a number."))
        return min(int(requested[:6]), PAGE_SIZES[-1])

    def _parse_order(self):
        column = self.args.get(f"_oc_{self.name}")
        if column is None:
            # A column that is filtered by prefix is also the sort column: one index finds and sorts the rows.
            sortable = (*self.view.order_columns, *self.view.prefix_sort_columns)
            prefixed = next((name for name in sortable if name in self.filters.prefixes), None)
            default = self.view.base_order or (self.pk.key, "desc")
            column, direction = (prefixed, "asc") if prefixed else default
        else:
            direction = self.args.get(f"_od_{self.name}", "asc")
            if column not in self.view.order_columns or direction not in ("asc", "desc"):
                abort(400, gettext("This list cannot be sorted in that order. Choose another order."))
        return getattr(self.model, self.view.order_by.get(column, column)), direction == "desc"

    def _parse_position(self):
        if self.args.get(f"page_{self.name}", "0") != "0":
            abort(400, gettext("This page does not exist. Start from the first page of the list."))
        for direction in ("after", "before", "end"):
            token = self.args.get(f"{direction}_{self.name}")
            if token is not None:
                return direction, None if direction == "end" else self._read_token(token)
        return "start", None

    def _read_token(self, token):
        try:
            value, key = json.loads(base64.urlsafe_b64decode(token.encode()))
            return self._convert_token_value(self.order, value), self._convert_token_value(self.pk, key)
        except (ValueError, TypeError, RecursionError):
            abort(400, gettext("This page does not exist. Start from the first page of the list."))

    @staticmethod
    def _convert_token_value(column, value):
        """Return a token value, which anyone can forge, converted for its column. Raise ValueError or TypeError."""
        python_type = column.type.python_type
        if python_type in (date, datetime):
            return python_type.fromisoformat(value)
        if type(value) is not python_type or (python_type is int and abs(value) >= 2**31):
            raise ValueError(value)
        return khmer.normalize(value) if python_type is str and not value.isprintable() else value

    def _make_token(self, row):
        value = getattr(row, self.order.key)
        value = value.isoformat() if isinstance(value, (date, datetime)) else value
        packed = json.dumps([value, getattr(row, self.pk.key)], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode()

    # Rows

    def _load(self):
        """Load the page, and count the rows as far as that is cheap."""
        lookup = row_filter.subquery_filter(self.model, actor_of(db.session).scope)
        if self.filters.conditions:
            try:
                self._load_filtered(lookup)
            except QueryTooSlow:
                self.rows, self.more, self.count, self.capped, self.too_slow = [], False, 0, False, True
        else:
            self.rows, self.more, count = self._load_rows(counts=lookup is None)
            self.count, self.capped = min(count, UNFILTERED_COUNT_LIMIT), count > UNFILTERED_COUNT_LIMIT
            # If every row would need a lookup, the page only shows that there are more.
            if lookup is not None:
                self._count_shown_rows()

    def _load_filtered(self, lookup):
        try:
            with time_limit(db.session, COUNT_TIME_LIMIT):
                counted = self._count_rows() if lookup is None else self._count_visible_rows(lookup)
        except (
            QueryTooSlow
        ):  # many rows may match, and then the first ones are found soon in the order of the list
            counted = None
        self.candidates, self.count, self.capped = counted or (COUNT_LIMIT + 1, 0, True)
        with time_limit(db.session, TIME_LIMIT):
            self._load_counted()
        if counted is None:
            self._count_shown_rows()

    def _count_shown_rows(self):
        """Say only whether there are more rows than those of the page."""
        self.count, self.capped = len(self.rows), not (self.at_start and self.at_end)

    def _load_counted(self):
        if self.candidates > COUNT_LIMIT:
            # By the index of a set of values, such as the units below one, SQLite would sort all rows for one page.
            self.where = tuple(_hide(one) if _is_set(one) else one for one in self.where)
            self._use_prefix_range()
        self.rows, self.more = self._load_rows()[:2] if self.count or self.capped else ([], False)

    def _load_rows(self, counts=False):
        """Return (rows, whether there are more, the total if `counts`) from one statement."""
        backwards = self.direction in ("before", "end")
        descending = self.descending != backwards
        names = (*self.columns, *self.view.extra_columns)
        narrower = (
            ()
            if self.where
            else keyset.find_narrower_sources(self.model, actor_of(db.session).scope, self.order.key)
        )
        if self.where or self.position is not None:
            sources = narrower or (KeysetSource(self.pk, self._order_columns(), self.where),)
            if self.position is not None:
                sources = [self._skip_to_position(source, descending) for source in sources]
            counting = _select_count(self.pk, self.where, UNFILTERED_COUNT_LIMIT) if counts else None
            loads = list_load_options(
                self.model, names, self.order.key, None, joinedload, self.view.list_links
            )
            statement = keyset.select_page(self.model, loads, sources, descending, self.size, counting)
        else:
            key = (self.model, names, self.order.key, self.view.list_links, descending, self.size, counts)
            statement = _select_unfiltered_page(*key, narrower)
        found = db.session.execute(statement).all()
        rows = [one[0] for one in found[: self.size]]
        count = found[0][1] if found and counts else 0
        return (rows[::-1] if backwards else rows), len(found) > self.size, count

    def _order_columns(self):
        """Return the sort columns: the order and the primary key as the tie breaker.

        If a filter leaves few rows, they are found by the filter's index and sorted. The index of the sort order would
        be scanned from its start, almost to the end of the table, to find them all. So it is hidden.
        """
        columns = keyset.append_key(self.order, self.pk)
        if (
            self.candidates is not None
            and self.candidates <= COUNT_LIMIT
            and self.order.key not in self.filters.prefixes
        ):
            return keyset.hide_from_index(columns)
        return columns

    def _use_prefix_range(self):
        """If a filter gives a prefix of the sort order, scan only the range of that prefix instead of the whole order.

        The filters are hidden from the planner: PostgreSQL multiplies the selectivities of two equivalent conditions.
        """
        for name, order in self.view.sort_prefix_columns.items():
            text, column = self.filters.prefixes.get(name), getattr(self.model, name)
            if not text or order != self.order.key:
                continue
            # A name with a robat is sorted elsewhere, so the range would miss it.
            with_robat = text + collation.ROBAT
            if not self._has_rows(column.between(with_robat, with_robat + HIGHEST_CHARACTER)):
                hidden = map(_hide, self.filters.conditions)
                self.where = (*self.within, *hidden, self.order.between(*collation.prefix_range(text)))

    def _has_rows(self, condition):
        return db.session.scalar(select(self.pk).where(condition).limit(1)) is not None

    def _skip_to_position(self, source, descending):
        """Return the same source, starting after the position."""
        values = self.position if len(source.columns) == 2 else self.position[:1]
        first, *rest = zip(source.columns, values, strict=True)
        is_after = (
            (lambda c, v: c < literal(v, c.type)) if descending else (lambda c, v: c > literal(v, c.type))
        )
        condition = is_after(*first)
        if rest:
            (column, value), (key, key_value) = first, rest[0]
            bound = (
                column <= literal(value, column.type) if descending else column >= literal(value, column.type)
            )
            # The first condition lets the index start at the right position; the second is exact.
            condition = and_(bound, or_(condition, is_after(key, key_value)))
        return KeysetSource(source.key, source.columns, (*source.where, condition))

    def _count_rows(self):
        """Return (matching rows, matching rows that the reader sees, whether there may be more)."""
        count = db.session.scalar(_select_count(self.pk, self.where, COUNT_LIMIT))
        return count, min(count, COUNT_LIMIT), count > COUNT_LIMIT

    def _count_visible_rows(self, visible_condition):
        """Return the same if each row needs a lookup in another table; beyond LOOKUP_LIMIT rows none is counted.

        Runs below the session, which would search for visible rows until it has found that many.
        """
        is_visible = case((visible_condition, 1), else_=0).label("is_visible")
        rows = select(self.pk, is_visible).where(*self.where).limit(LOOKUP_LIMIT + 1).subquery()
        counted = select(func.count(), func.coalesce(func.sum(rows.c.is_visible), 0)).select_from(rows)
        candidates, count = db.session.connection().execute(counted).one()
        too_many = candidates > LOOKUP_LIMIT
        return (COUNT_LIMIT + 1, 0, True) if too_many else (candidates, count, False)

    # Links

    def url(self, dropped=(), **changes):
        """Return the URL of this list from its first page, with `changes` and without the arguments in `dropped`."""
        arguments = {
            key: value
            for key, value in self.args.items()
            if not key.startswith(("after_", "before_", "end_", "page_")) or not key.endswith(self.name)
        }
        arguments |= {f"{key}_{self.name}": value for key, value in changes.items()}
        arguments = {
            key: value for key, value in arguments.items() if value is not None and key not in dropped
        }
        return add_query(f"{request.script_root}{self.view.route_base}/list/", arguments)

    @property
    def at_start(self):
        return self.direction == "start" or (self.direction in ("before", "end") and not self.more)

    @property
    def at_end(self):
        return self.direction == "end" or (self.direction in ("start", "after") and not self.more)

    @property
    def previous(self):
        """Return the token of the previous page; None on the first page."""
        return None if self.at_start or not self.rows else self._make_token(self.rows[0])

    @property
    def next(self):
        """Return the token of the next page; None on the last page."""
        return None if self.at_end or not self.rows else self._make_token(self.rows[-1])

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
            "sizes": [(size, self.url(psize=size)) for size in PAGE_SIZES],
        }

    @property
    def sort_urls(self):
        urls = {}
        for column in self.view.order_columns:
            is_current = getattr(self.model, self.view.order_by.get(column, column)).key == self.order.key
            state = ("desc" if self.descending else "asc") if is_current else None
            urls[column] = (self.url(_oc=column, _od="desc" if state == "asc" else "asc"), state)
        return urls


@lru_cache(4096)
def _select_unfiltered_page(model, names, order, links, descending, size, counts, narrower):
    """Return the cached statement for the first or last page of an unfiltered list."""
    pk = getattr(model, model.__mapper__.primary_key[0].key)
    counting = _select_count(pk, (), UNFILTERED_COUNT_LIMIT) if counts else None
    loads = list_load_options(model, names, order, None, joinedload, links)
    sources = narrower or (KeysetSource(pk, keyset.append_key(getattr(model, order), pk)),)
    return row_filter.cacheable(keyset.select_page(model, loads, sources, descending, size, counting))


def _hide(condition):
    """Return the condition wrapped so that no index is used for it."""
    return func.coalesce(condition, false())


def _is_set(condition):
    return getattr(condition, "operator", None) is operators.in_op


def _select_count(pk, where, limit):
    return select(func.count()).select_from(select(pk).where(*where).limit(limit + 1).subquery())
