"""Keyset pagination: selects the keys of one page, then loads their rows and related records.

PostgreSQL would join before it limits, and both databases would read every skipped row to check its visibility. The
keys come from the list's own table, or from another table that holds fewer of them in the same order.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import func, select, union


@dataclass(frozen=True, eq=False)
class KeysetSource:
    """A source of keys in a sort order: the key column, the sort columns (the key last) and conditions."""

    key: object
    columns: tuple
    where: tuple = ()


@lru_cache(2048)
def find_narrower_sources(model, scope, order):
    """Return the key sources that skip fewer rows than the model's own table for this scope and order.

    Together they hold every row that the reader may see. Empty if the model declares no `__keyset_sources__`.
    """
    build_sources = getattr(model, "__keyset_sources__", None)
    return build_sources(scope, order) if build_sources and scope else ()


def hide_from_index(columns):
    """Return the sort columns wrapped so that no index is used for them: few rows are found first and then sorted."""
    return tuple(func.coalesce(column, column) for column in columns)


def append_key(order, pk):
    """Return the sort columns of `order`, with the primary key as the tie breaker."""
    return (order,) if order.key == pk.key else (order, pk)


def select_page(model, loads, sources, descending, size, counting=None):
    """Return the statement for one page and one row more; the number from the subquery `counting` comes with each row."""
    statement = select(model) if counting is None else select(model, counting.scalar_subquery())
    statement = statement.options(*loads)
    # Sorted by the columns of the page: by the table's columns SQLite would scan the table in that order.
    keys = _select_keys(sources, descending, size).subquery()
    pk = getattr(model, model.__mapper__.primary_key[0].key)
    return _sort(statement.join(keys, keys.c.key == pk), _order_columns(keys, sources), descending)


def _select_keys(sources, descending, size):
    selects = [
        _sort(_select_source_keys(source), source.columns, descending).limit(size + 1) for source in sources
    ]
    if len(selects) == 1:
        return selects[0]
    combined = union(*(select(one.subquery()) for one in selects)).subquery()
    return _sort(select(combined), _order_columns(combined, sources), descending).limit(size + 1)


def _select_source_keys(source):
    labelled = (column.label(f"order_{n}") for n, column in enumerate(source.columns))
    return select(source.key.label("key"), *labelled).where(*source.where)


def _order_columns(keys, sources):
    return [keys.c[f"order_{n}"] for n in range(len(sources[0].columns))]


def _sort(statement, columns, descending):
    return statement.order_by(*(column.desc() if descending else column.asc() for column in columns))
