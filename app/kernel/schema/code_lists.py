"""Code lists: short closed vocabularies with a Khmer and an English word and their days in force.

The whole table is a few hundred rows and changes a few times a year, so every process keeps it in memory and
reads it again when its version moves (`versions`).
"""

from datetime import date

from flask_appbuilder import Model
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.i18n.locale import language
from app.kernel.i18n.yes_no import DUE
from app.kernel.schema.fields import coded, field, flag

SURE = ("sure", "likely", "check")


class Code(Model):
    """One value of one code list."""

    __tablename__ = "code"
    __table_args__ = (UniqueConstraint("list", "key"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # The lists are themselves a list: its words are their names.
    list: Mapped[str] = coded("code_list", label=_("Code list"), on="list show add search order")
    key: Mapped[str] = field(String(40), label=_("Code"), on="list show add search order")
    name_km: Mapped[str] = field(String(200), label=_("Name in Khmer"), on="list show add edit search")
    name_en: Mapped[str] = field(String(200), label=_("Name in English"), on="list show add edit search")
    position: Mapped[int] = field(Integer, label=_("Position"), default=0)
    valid_from: Mapped[date | None] = field(Date, label=_("In force from"), on="list show add edit")
    valid_to: Mapped[date | None] = field(Date, label=_("In force until"), on="list show add edit")
    to_confirm: Mapped[bool] = flag(DUE, label=_("Wording to be confirmed"), on="list show add edit search")

    def in_force(self, day):
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def __str__(self):
        return self.name_km if language() == "km" else self.name_en


versioned_cache.watch("codes", Code)


_lists = versioned_cache.Cached("codes", lambda: _load())


def _load():
    lists = {}
    with db.engine.connect() as connection:
        for row in connection.execute(select(Code.__table__).order_by(Code.position, Code.id)):
            lists.setdefault(row.list, {})[row.key] = row
    return lists


def held():
    """All lists as this process holds them: another object as soon as one of them has changed."""
    return _lists.get()


def keys(codes):
    """All keys of a list, retired ones too."""
    return _lists.get().get(codes, {}).keys()


def label(codes, key):
    """The word of `key` in the reader's language; the key itself where the list does not know it."""
    if key is None or key == "":
        return ""
    row = _lists.get().get(codes, {}).get(key)
    if row is None:
        return key
    return row.name_km if language() == "km" else row.name_en


def choices(codes, on=None, keep=None):
    """(key, word) of the values in force on the day `on`; `keep` stays choosable though it is retired."""
    on, khmer = on or date.today(), language() == "km"
    rows = _lists.get().get(codes, {}).values()
    return [
        (row.key, row.name_km if khmer else row.name_en)
        for row in rows
        if row.key == keep or Code.in_force(row, on)
    ]


def ever(codes):
    """key → word of the values in force today, then of the retired ones, which say so: old records bear them."""
    today, khmer = date.today(), language() == "km"
    offered = dict(choices(codes, today))
    for row in _lists.get().get(codes, {}).values():
        if row.key not in offered and row.valid_to and row.valid_to < today:
            word = row.name_km if khmer else row.name_en
            offered[row.key] = gettext("%(word)s (no longer in force)", word=word)
    return offered


def may_choose(codes, key, keep=None):
    """Whether `key` is among the choices of today."""
    row = _lists.get().get(codes, {}).get(key)
    return row is not None and (key == keep or Code.in_force(row, date.today()))
