"""In which order a list is gone through: the keys of one page first, and only then its rows and what they point to.

PostgreSQL would join before it limits, and both databases would read each row that is passed over for the sake of who
sees it. The keys are those of the list's own table, or of another that holds fewer of them in the same order.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import func, select, union


@dataclass(frozen=True, eq=False)
class Walk:
    """Where keys stand in an order: a column of keys, and what it is gone through by, the key last."""

    key: object
    columns: tuple
    where: tuple = ()


@lru_cache(2048)
def narrower(model, seen_from, order):
    """The walks that pass over fewer rows than the model's own table does, of whoever sees this scope and of a list in
    this order; none where there is no such table. Together they must hold everything that he sees."""
    walks = getattr(model, "__walks__", None)
    return walks(seen_from, order) if walks and seen_from else ()


def plainly(columns):
    """Columns of an order for which no index is gone through: for few rows, which are found first and then sorted."""
    return tuple(func.coalesce(column, column) for column in columns)


def with_key(order, pk):
    """No two rows are equal in this order."""
    return (order,) if order.key == pk.key else (order, pk)


def page(model, loads, walks, falling, size, counting=None):
    """The statement of one page and a row more; `counting` is a statement whose number comes with each row."""
    statement = select(model) if counting is None else select(model, counting.scalar_subquery())
    statement = statement.options(*loads)
    # The page's own columns give the order, for SQLite would walk the table in it to spare itself the sorting.
    keys = _keys(walks, falling, size).subquery()
    pk = getattr(model, model.__mapper__.primary_key[0].key)
    return _ordered(statement.join(keys, keys.c.key == pk), _places(keys, walks), falling)


def _keys(walks, falling, size):
    parts = [_ordered(_keys_of(walk), walk.columns, falling).limit(size + 1) for walk in walks]
    if len(parts) == 1:
        return parts[0]
    every = union(*(select(part.subquery()) for part in parts)).subquery()
    return _ordered(select(every), _places(every, walks), falling).limit(size + 1)


def _keys_of(walk):
    named = (column.label(f"order_{n}") for n, column in enumerate(walk.columns))
    return select(walk.key.label("key"), *named).where(*walk.where)


def _places(keys, walks):
    return [keys.c[f"order_{n}"] for n in range(len(walks[0].columns))]


def _ordered(statement, columns, falling):
    return statement.order_by(*(column.desc() if falling else column.asc() for column in columns))
