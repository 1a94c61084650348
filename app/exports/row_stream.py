"""One table of an export: which rows of a view, read as a stream and never as a whole."""

import hashlib

from sqlalchemy import func, select

from app.exports import columns
from app.extensions import db
from app.kernel.access import row_filter

AT_ONCE = 500  # rows in memory
NAMED = 5_000  # ids that the log names one by one; of more it holds their hash


class Sheet:
    """The rows of `view` for which `where` holds, in the order `order`. The session adds the reader's part."""

    def __init__(self, view, where=(), order=None):
        self.view, self.model, self.where = view, view.datamodel.obj, list(where)
        self.title = str(view.list_title)
        self.pk = getattr(self.model, self.model.__mapper__.primary_key[0].key)
        self.order = order or [self.pk]
        self.columns = columns.of_view(view)
        self.entity = self.model.__tablename__
        self.rows, self.ids, self.people = 0, [], set()
        self._hash = hashlib.sha256()

    def count(self):
        """How many rows there are, without reading them."""
        within = select(self.pk).where(*self.where).subquery()
        return db.session.scalar(select(func.count()).select_from(within))

    def parts(self):
        """The values of all columns, a part of the rows at a time: one list of values for each column."""
        read = [column for column in self.columns if column.column is not None]
        asked = select(self.pk, *(column.column for column in read))
        asked = asked.where(*self.where).order_by(*self.order).execution_options(yield_per=AT_ONCE)
        with row_filter.read_columns(db.session, asked) as found:
            for part in found.partitions():
                keys, *values = zip(*part, strict=True)
                self.rows += len(keys)
                values = self._with_what_is_told(keys, dict(zip(read, values, strict=True)))
                yield values
                self._remember(keys, values)

    def _with_what_is_told(self, keys, values):
        if len(values) < len(self.columns):
            told = self.view.told_of(keys)
            values |= {
                column: [told[column.name].get(key) for key in keys]
                for column in self.columns
                if column not in values
            }
        return [values[column] for column in self.columns]

    def _remember(self, keys, values):
        self._hash.update(",".join(map(str, keys)).encode() + b",")
        if len(self.ids) <= NAMED:
            self.ids += keys
        for column, those in zip(self.columns, values, strict=True):
            if column.name == "person" and isinstance(column.words, columns.Linked):
                self._add_people(column.words.shown(those))
        if self.entity == "person":
            self._add_people(keys)

    def _add_people(self, keys):
        if len(self.people) <= NAMED:
            self.people.update(keys)

    @property
    def trace(self):
        """What the log keeps of it: the ids, and always their number and hash."""
        told = {"entity": self.entity, "count": self.rows, "sha256": self._hash.hexdigest()}
        return told if self.rows > NAMED else told | {"ids": self.ids}
