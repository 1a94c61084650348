"""One table of an export, read as a stream of batches."""

import hashlib

from sqlalchemy import func, select

from app.exports import columns
from app.extensions import db
from app.kernel.access import row_filter

BATCH_ROWS = 500  # rows in memory at a time
MAX_LOGGED_IDS = 5_000  # ids listed in the audit log; above that only their hash


class ExportTable:
    """The rows of `view` that match `where`, in the order `order`, with the columns of the view or of `names`.

    The session adds the reader's row filter.
    """

    def __init__(self, view, where=(), order=None, names=()):
        self.view, self.model, self.where = view, view.datamodel.obj, list(where)
        self.title = str(view.list_title)
        self.pk = getattr(self.model, self.model.__mapper__.primary_key[0].key)
        self.order = order or [self.pk]
        self.columns = columns.build_columns(view, names)
        self.entity = self.model.__tablename__
        self.rows, self.ids, self.people = 0, [], set()
        self.unregistered = set()  # what stands for the people that rows name without a registered person
        self._hash = hashlib.sha256()

    def count(self):
        """Return the number of rows without reading them."""
        query = select(self.pk).where(*self.where).subquery()
        return db.session.scalar(select(func.count()).select_from(query))

    def iter_batches(self):
        """Yield batches of rows as a list of column values, one list per column."""
        loaded = [column for column in self.columns if column.column is not None]
        query = select(self.pk, *(column.column for column in loaded))
        query = query.where(*self.where).order_by(*self.order).execution_options(yield_per=BATCH_ROWS)
        with row_filter.read_columns(db.session, query) as found:
            for batch in found.partitions():
                keys, *values = zip(*batch, strict=True)
                self.rows += len(keys)
                values = self._add_summaries(keys, dict(zip(loaded, values, strict=True)))
                values = self._replace_derived(keys, values)
                yield values
                self._record_rows(keys, values)

    def _add_summaries(self, keys, values):
        if len(values) < len(self.columns):
            summaries = self.view.column_values(keys)
            values |= {
                column: [summaries[column.name].get(key) for key in keys]
                for column in self.columns
                if column not in values
            }
        return [values[column] for column in self.columns]

    def _replace_derived(self, keys, values):
        """Replace the entered values that the view shows otherwise, such as a role after its judgment was set aside."""
        shown = self.view.find_shown_values(keys)
        return [
            [shown[column.name].get(key, value) for key, value in zip(keys, some, strict=True)]
            if column.name in shown
            else some
            for column, some in zip(self.columns, values, strict=True)
        ]

    def _record_rows(self, keys, values):
        self._hash.update(",".join(map(str, keys)).encode() + b",")
        if len(self.ids) <= MAX_LOGGED_IDS:
            self.ids += keys
        for column, column_values in zip(self.columns, values, strict=True):
            if isinstance(column.labels, columns.RecordNames):
                self._add_people(column.labels.find_people(column_values))
        if self.entity == "person":
            self._add_people(keys)
        if getattr(self.model, "__names_people__", False):
            people = dict(zip((column.name for column in self.columns), values, strict=True)).get("person")
            rows = zip(keys, people or [None] * len(keys), strict=True)
            self._add_unregistered(f"{self.entity}:{key}" for key, person in rows if person is None)

    def _add_people(self, keys):
        if len(self.people) <= MAX_LOGGED_IDS:
            self.people.update(keys)

    def _add_unregistered(self, keys):
        if len(self.unregistered) <= MAX_LOGGED_IDS:
            self.unregistered.update(keys)

    @property
    def audit_facts(self):
        """Return the facts for the audit log: row count and hash, and up to MAX_LOGGED_IDS ids."""
        facts = {"entity": self.entity, "count": self.rows, "sha256": self._hash.hexdigest()}
        return facts if self.rows > MAX_LOGGED_IDS else facts | {"ids": self.ids}
