"""Code lists: short closed vocabularies with a Khmer and an English label and their period in force.

The table has a few hundred rows and changes a few times a year. Each process therefore keeps it in memory and reloads it
when its version changes (`versioned_cache`).
"""

from datetime import date

from flask_appbuilder import Model
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.i18n.locale import reader_language
from app.kernel.i18n.yes_no import IS_REQUIRED
from app.kernel.schema.fields import code_field, field, flag

CONFIDENCE_LEVELS = ("sure", "likely", "check")


def synonyms_field():
    """Return a column for everyday words that find a value in a lookup; records never show them."""
    return field(
        String(300),
        label=_("Synonyms"),
        help=_("Everyday words that also find this value, separated by commas"),
        on="show add edit search",
        width=12,
    )


class Code(Model):
    """One value of one code list."""

    __tablename__ = "code"
    __table_args__ = (UniqueConstraint("list", "key"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # The code list "code_list" contains all lists; its labels are their titles.
    list: Mapped[str] = code_field("code_list", label=_("Code list"), on="list show add search order")
    key: Mapped[str] = field(String(40), label=_("Code"), on="list show add search order")
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    synonyms: Mapped[str | None] = synonyms_field()
    position: Mapped[int] = field(Integer, label=_("Position"), default=0)
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="list show add edit")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="list show add edit")
    to_confirm: Mapped[bool] = flag(
        IS_REQUIRED, label=_("Wording to be confirmed"), on="list show add edit search"
    )

    def is_in_force(self, day):
        """Return True if the value is in force on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def __str__(self):
        return self.name_km if reader_language() == "km" else self.name_en


ORDER = (Code.position == 0, Code.position, Code.id)  # a new value without a position comes last

versioned_cache.bump_on_change("codes", Code)


_lists = versioned_cache.VersionedCache("codes", lambda: _load())
_choices = versioned_cache.VersionedCache(
    "codes", dict
)  # filled by `choices`: the entry page asks for forty lists


def _load():
    lists = {}
    with db.engine.connect() as connection:
        for row in connection.execute(select(Code.__table__).order_by(*ORDER)):
            lists.setdefault(row.list, {})[row.key] = row
    return lists


def all_lists():
    """Return {list: {key: row}}; a new object as soon as one of the lists has changed."""
    return _lists.get()


def keys(codes):
    """Return all keys of a list, including retired ones."""
    return _lists.get().get(codes, {}).keys()


def label(codes, key):
    """Return the label of `key` in the reader's language, or the key itself if it is not in the list."""
    if key is None or key == "":
        return ""
    row = _lists.get().get(codes, {}).get(key)
    if row is None:
        return key
    return row.name_km if reader_language() == "km" else row.name_en


def choices(codes, on=None, keep=None):
    """Return (key, label) of the values in force on the day `on`, and of the value `keep` even if it is retired."""
    known, rows = _choices.get(), _lists.get().get(codes, {})  # in this order: no old rows in a new cache
    on, keep, is_khmer = on or date.today(), keep if keep in rows else None, reader_language() == "km"
    wanted = codes, on, keep, is_khmer
    if wanted not in known:
        known[wanted] = tuple(
            (row.key, row.name_km if is_khmer else row.name_en)
            for row in rows.values()
            if row.key == keep or Code.is_in_force(row, on)
        )
    return known[wanted]


def choices_with_retired(codes):
    """Return {key: label} of the values in force today, then of the retired values, marked as such.

    Old records still have retired values.
    """
    today, is_khmer = date.today(), reader_language() == "km"
    labels = dict(choices(codes, today))
    for row in _lists.get().get(codes, {}).values():
        if row.key not in labels and row.valid_to and row.valid_to < today:
            word = row.name_km if is_khmer else row.name_en
            labels[row.key] = gettext("%(word)s (no longer in force)", word=word)
    return labels


def is_selectable(codes, key, keep=None):
    """Return True if `key` is in force today or is the current value `keep`."""
    row = _lists.get().get(codes, {}).get(key)
    return row is not None and (key == keep or Code.is_in_force(row, date.today()))
