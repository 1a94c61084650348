"""Rows that hang on records, many kinds of them in one statement: the related lists of a page, the rows of a case.

The keys of each kind are found first, one beneath the other; then each key is joined to its own table and to no other.
So a statement more or less does not depend on how many kinds there are, and no row is read twice.
"""

from collections import defaultdict
from functools import cache
from typing import NamedTuple

from sqlalchemy import and_, bindparam, literal, or_, select, union_all
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.access.row_level_security import planned_once
from app.kernel.schema.display import foreign_key
from app.kernel.schema.load_options import loads_of

HANGING = 100  # rows of a related list


class Kind(NamedTuple):
    """Rows of `model` that hang by their link `key`; `names` are the columns that a list shows, all without them.

    `order` and `falling` say which `most` rows are read where there are more. `along` are links to read as well, and
    what these lead to: `person.standing`.
    `through` is a link of theirs, where it is not they that hang on the record but what that leads to.
    """

    model: type
    key: str
    names: tuple | None = None
    order: str | None = None
    falling: bool = False
    most: int | None = None
    along: tuple = ()
    through: str | None = None

    @property
    def pk(self):
        return self.model.__mapper__.primary_key[0].key

    @property
    def owner(self):
        """The column that holds the key of the record on which a row hangs."""
        model = self.model
        if self.through:
            model = model.__mapper__.relationships[self.through].mapper.class_
        return getattr(model, foreign_key(model, self.key))

    @property
    def sorting(self):
        return [getattr(self.model, name) for name in dict.fromkeys((self.order or self.pk, self.pk))]

    @property
    def loads(self):
        # PostgreSQL joins before it limits, which costs nothing where so few rows fit.
        links = [_along(self.model, path) for path in self.along]
        if self.names is not None:
            links += loads_of(self.model, self.names, self.order or self.pk, self.key, joinedload)
        return links

    def keys(self, number, of_one):
        """The keys of its rows, by which they are found again. A list of owners is written into the SQL anew each time,
        so that one by itself is asked for as one.
        """
        pk = getattr(self.model, self.pk)
        found = select(literal(number).label("kind"), pk.label("pk"))
        if self.through:
            found = found.join(getattr(self.model, self.through))
        owners = bindparam("owners", expanding=not of_one)
        found = found.where(self.owner == owners if of_one else self.owner.in_(owners))
        if self.most is not None:
            sorting = (column.desc() if self.falling else column.asc() for column in self.sorting)
            found = found.order_by(*sorting).limit(self.most)
        found = found.subquery()
        return select(found.c.kind, found.c.pk)

    def sorted(self, rows):
        """Rows in the order of the list; a row without a value stands first."""

        def place(row):
            value = getattr(row, self.order or self.pk)
            return value is not None, value, getattr(row, self.pk)

        return sorted(rows, key=place, reverse=self.falling)


def _along(model, path):
    first, _dot, then = path.partition(".")
    load = joinedload(getattr(model, first))
    if not then:
        return load
    other = model.__mapper__.relationships[first].mapper.class_
    return load.joinedload(getattr(other, then))


@cache
def _there(kinds):
    """(feature → its kinds, the statement for the features of which one record has rows)."""
    features, asked = defaultdict(list), {}
    for kind in kinds:
        feature = kind.model.__module__.split(".")[1]
        features[feature].append(kind)
        asked[kind.model, kind.key, kind.through] = list(features).index(feature)
    rows = (
        Kind(model, key, through=through, most=1).keys(number, True)
        for (model, key, through), number in asked.items()
    )
    return dict(features), kept(select(union_all(*rows).subquery("found").c.kind))


@cache
def _statement(kinds, of_one):
    """Built once for each page: half of the time of a short list goes into its statement."""
    found = union_all(*(kind.keys(number, of_one) for number, kind in enumerate(kinds))).subquery("found")
    models = list(dict.fromkeys(kind.model for kind in kinds))
    statement = select(found.c.kind, *models).select_from(found)
    for model in models:
        mine = or_(*(found.c.kind == number for number, kind in enumerate(kinds) if kind.model is model))
        pk = model.__mapper__.primary_key[0].key
        statement = statement.outerjoin(model, and_(mine, getattr(model, pk) == found.c.pk))
    return kept(statement.options(*(load for kind in kinds for load in kind.loads)))


def read(kinds, owners):
    """The rows of each kind that hang on the records with the keys `owners`, in their order."""
    found, owners = [[] for _kind in kinds], list(owners)
    of_one = len(owners) == 1
    asked = {"owners": owners[0] if of_one else owners}
    with planned_once(db.session):
        lines = db.session.execute(_statement(tuple(kinds), of_one), asked).unique()
        for number, *rows in lines:
            # One table has a row for it, or none where it lies beyond the reader's part.
            found[number] += [row for row in rows if row is not None]
    return [kind.sorted(rows) for kind, rows in zip(kinds, found, strict=True)]


def _read_what_is_there(kinds, owner):
    """kind → its rows on one record. Where several features have kinds, it is asked first which of them have rows at all:
    SQLAlchemy takes as long for a kind without rows as for one that has some. Feature by feature and not kind by kind, for
    each set of kinds is a statement of its own, which is built and kept for each part of the register.
    """
    features, asked = _there(tuple(kinds))
    if len(features) > 1:
        with planned_once(db.session):
            there = set(db.session.scalars(asked, {"owners": owner}))
        kinds = [kind for number, some in enumerate(features.values()) if number in there for kind in some]
    return dict(zip(kinds, read(kinds, [owner]), strict=True)) if kinds else {}


def read_along(records, *kinds):
    """Read the collections of these records that the kinds fill, as if each had been loaded by itself."""
    if not records:
        return
    for kind, rows in zip(kinds, read(kinds, [record.id for record in records]), strict=True):
        of_owner = defaultdict(list)
        for row in rows:
            of_owner[getattr(row, kind.owner.key)].append(row)
        for record in records:
            _hand_over(record, kind, of_owner[record.id])


def _hand_over(record, kind, rows):
    """Say to the record that these are all rows of a kind: the page need not read them again."""
    reverse = kind.model.__mapper__.relationships[kind.key].back_populates
    if reverse:
        set_committed_value(record, reverse, sorted(rows, key=lambda row: getattr(row, kind.pk)))


class Related:
    """The rows of one view that hang on a record: one page of them, and no count."""

    size = HANGING

    def __init__(self, kind, rows):
        self.pk = getattr(kind.model, kind.pk)
        self.rows, self.more = rows[:HANGING], len(rows) > HANGING
        self.count = len(self.rows)


def related(record, pk, views, beside=()):
    """(a Related for each view, the rows of each kind `beside`) of what hangs on a record; `views` are pairs of a view and
    the link by which its rows hang.
    """
    kinds = [_kind_of(view, key) for view, key in views]
    found = _read_by_key([*kinds, *beside], pk)
    lists = [Related(kind, found[kind]) for kind in kinds]
    for kind, one in zip(kinds, lists, strict=True):
        if not one.more:
            _hand_over(record, kind, one.rows)
    return lists, [found[kind] for kind in beside]


def _kind_of(view, key):
    model = view.datamodel.obj
    pk = model.__mapper__.primary_key[0].key
    order, direction = view.base_order or (pk, "desc")
    names = (*view.list_columns, *view.extra_columns)
    falling, along = direction == "desc", tuple(view.related_along)
    return Kind(model, key, names, view.order_by.get(order, order), falling, HANGING + 1, along)


def _read_by_key(kinds, pk):
    """kind → its rows. Each type of key is asked for by itself: numbers and codes stand in no one column."""
    types = [getattr(kind.model, kind.pk).type.python_type for kind in kinds]
    found = {kind: [] for kind in kinds}
    for python_type in dict.fromkeys(types):
        found |= _read_what_is_there(
            [kind for kind, its in zip(kinds, types, strict=True) if its is python_type], pk
        )
    return found
