"""Rows linked to records, of several models in one statement: the related lists of a page, the rows of a case.

The statement selects the keys of each model first, as a UNION; then each key joins its own table only. So the number of
statements does not depend on the number of models, and no row is read twice.
"""

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, literal, or_, select, union_all
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.access.row_level_security import generic_plans
from app.kernel.schema.display import foreign_key_column
from app.kernel.schema.load_options import list_load_options

MAX_RELATED = 100  # maximum number of rows of a related list
MAX_QUERIES = 24  # in one statement: SQLite joins at most 64 tables, and a query joins two or three


class RelatedQuery(NamedTuple):
    """Selects rows of `model` that link to a record by their relationship `key`.

    `columns` are the columns that a list shows; without them all are loaded. `order`, `descending` and `limit` choose
    the rows if there are more. `links` are relationships to load as well, such as `person.standing`. With `through`,
    rows are linked by the record that this relationship leads to, not by their own `key`.
    """

    model: Any  # the record class
    key: str
    columns: tuple | None = None
    order: str | None = None
    descending: bool = False
    limit: int | None = None
    links: tuple = ()
    through: str | None = None

    @property
    def pk(self):
        return self.model.__mapper__.primary_key[0].key

    @property
    def owner(self):
        """Return the column with the key of the record to which a row is linked."""
        model = self.model
        if self.through:
            model = model.__mapper__.relationships[self.through].mapper.class_
        return getattr(model, foreign_key_column(model, self.key))

    @property
    def sort_columns(self):
        return [getattr(self.model, name) for name in dict.fromkeys((self.order or self.pk, self.pk))]

    @property
    def load_options(self):
        # PostgreSQL joins before it limits, which is cheap for so few rows.
        links = [_link_option(self.model, path) for path in self.links]
        if self.columns is not None:
            links += list_load_options(self.model, self.columns, self.order or self.pk, self.key, joinedload)
        return links

    def select_keys(self, number, is_single):
        """Return the statement that selects the keys of its rows, with the number of this query.

        A list of owners is expanded into the SQL on each execution, so a single owner uses a plain parameter.
        """
        pk = getattr(self.model, self.pk)
        found = select(literal(number).label("query"), pk.label("pk"))
        if self.through:
            found = found.join(getattr(self.model, self.through))
        owners = bindparam("owners", expanding=not is_single)
        found = found.where(self.owner == owners if is_single else self.owner.in_(owners))
        if self.limit is not None:
            order_by = (column.desc() if self.descending else column.asc() for column in self.sort_columns)
            found = found.order_by(*order_by).limit(self.limit)
        keys = found.subquery()
        return select(keys.c.query, keys.c.pk)

    def sort_rows(self, rows):
        """Return rows in the order of the list; rows without a value come first."""

        def sort_key(row):
            value = getattr(row, self.order or self.pk)
            return value is not None, value, getattr(row, self.pk)

        return sorted(rows, key=sort_key, reverse=self.descending)


def _link_option(model, path):
    first, _dot, second = path.partition(".")
    load = joinedload(getattr(model, first))
    if not second:
        return load
    other = model.__mapper__.relationships[first].mapper.class_
    return load.joinedload(getattr(other, second))


@cache
def _presence_query(queries):
    """Return (feature → its queries, the statement for the numbers of features that have rows for one record)."""
    features, numbers = defaultdict(list), {}
    for query in queries:
        feature = query.model.__module__.split(".")[1]
        features[feature].append(query)
        numbers[query.model, query.key, query.through] = list(features).index(feature)
    rows = (
        RelatedQuery(model, key, through=through, limit=1).select_keys(number, True)
        for (model, key, through), number in numbers.items()
    )
    return dict(features), cacheable(select(union_all(*rows).subquery("found").c.query))


@cache
def _rows_statement(queries, is_single):
    """Return the statement that loads the rows of all queries.

    Cached per set of queries: building it takes half of the time of a short list.
    """
    found = union_all(
        *(query.select_keys(number, is_single) for number, query in enumerate(queries))
    ).subquery("found")
    models = list(dict.fromkeys(query.model for query in queries))
    statement = select(found.c.query, *models).select_from(found)
    for model in models:
        is_own = or_(
            *(found.c.query == number for number, query in enumerate(queries) if query.model is model)
        )
        pk = model.__mapper__.primary_key[0].key
        statement = statement.outerjoin(model, and_(is_own, getattr(model, pk) == found.c.pk))
    return cacheable(statement.options(*(load for query in queries for load in query.load_options)))


def load_rows(queries, owners):
    """Return the rows of each query that are linked to the records with the keys `owners`, in their order."""
    found, owners = [[] for _query in queries], list(owners)
    is_single = len(owners) == 1
    parameters = {"owners": owners[0] if is_single else owners}
    with generic_plans(db.session):
        result = db.session.execute(_rows_statement(tuple(queries), is_single), parameters).unique()
        for number, *rows in result:
            # One table has the row, or none if the row is outside the reader's scope.
            found[number] += [row for row in rows if row is not None]
    return [query.sort_rows(rows) for query, rows in zip(queries, found, strict=True)]


def _load_present_rows(queries, owner):
    """Return query → its rows of one record, omitting features without rows.

    If the queries belong to several features, one statement first finds which of them have rows: SQLAlchemy takes as
    long for a query without rows as for one with rows. By feature and not by query, because each set of queries is a
    statement that is built and cached for each scope.
    """
    features, statement = _presence_query(tuple(queries))
    if len(features) > 1:
        with generic_plans(db.session):
            present = set(db.session.scalars(statement, {"owners": owner}))
        queries = [
            query for number, some in enumerate(features.values()) if number in present for query in some
        ]
    found = {}
    for start in range(0, len(queries), MAX_QUERIES):
        some = queries[start : start + MAX_QUERIES]
        found |= zip(some, load_rows(some, [owner]), strict=True)
    return found


def preload(records, *queries):
    """Load the collections of these records that the queries fill, as if each had been loaded lazily."""
    if not records:
        return
    for query, rows in zip(queries, load_rows(queries, [record.id for record in records]), strict=True):
        rows_by_owner = defaultdict(list)
        for row in rows:
            rows_by_owner[getattr(row, query.owner.key)].append(row)
        for record in records:
            set_collection(record, query, rows_by_owner[record.id])


def set_collection(record, query, rows):
    """Set the loaded collection of a record, so that the page does not load it again."""
    reverse = query.model.__mapper__.relationships[query.key].back_populates
    if reverse:
        set_committed_value(record, reverse, sorted(rows, key=lambda row: getattr(row, query.pk)))


class RelatedList:
    """The rows of one view that are linked to a record: at most `size` of them, without a count."""

    def __init__(self, query, rows, size):
        self.pk, self.size = getattr(query.model, query.pk), size
        self.rows, self.more = rows[:size], len(rows) > size
        self.count = len(self.rows)


def load_related_lists(record, pk, views, extra_queries=(), size=MAX_RELATED):
    """Return (a RelatedList of at most `size` rows for each view, the rows of each extra query) for a record.

    `views` are pairs of a view and the relationship by which its rows are linked.
    """
    sizes = [_limit_size(view, size) for view, _key in views]
    queries = [_query_of_view(view, key, limit + 1) for (view, key), limit in zip(views, sizes, strict=True)]
    found = _load_by_key_type([*queries, *extra_queries], pk)
    lists = [RelatedList(query, found[query], limit) for query, limit in zip(queries, sizes, strict=True)]
    for query, related in zip(queries, lists, strict=True):
        if not related.more:
            set_collection(record, query, related.rows)
    return lists, [found[query] for query in extra_queries]


def _limit_size(view, size):
    return min(size, view.rows_on_record or size) if size < MAX_RELATED else size


def _query_of_view(view, key, limit):
    model = view.datamodel.obj
    pk = model.__mapper__.primary_key[0].key
    order, direction = view.base_order or (pk, "desc")
    return RelatedQuery(
        model,
        key,
        columns=(*view.list_columns, *view.extra_columns),
        order=view.order_by.get(order, order),
        descending=direction == "desc",
        limit=limit,
        links=tuple(view.related_links),
    )


def _load_by_key_type(queries, pk):
    """Return query → its rows. Each type of key needs its own statement: numbers and codes do not share a column."""
    types = [getattr(query.model, query.pk).type.python_type for query in queries]
    found = {query: [] for query in queries}
    for python_type in dict.fromkeys(types):
        found |= _load_present_rows(
            [query for query, key_type in zip(queries, types, strict=True) if key_type is python_type], pk
        )
    return found
