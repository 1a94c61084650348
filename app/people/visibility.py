"""Visibility of persons: by area and family of their cases and orders, and for the unit that entered them.

The features that involve people write the rows in the transaction of the change (`cases.flush_hooks`,
`court_orders.flush_hooks`); queries compare them by equality. `hidden` rows make no person visible: they belong to
protected victims and witnesses, and to people that a case names from outside its author's scope. `minor` rows
belong to suspects below 18: only some readers of the owner unit see them (`Scope.sees_minors`).
"""

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    exists,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import column, table

from app.kernel.access.area import is_of_units, scope_condition
from app.kernel.screens.keyset import KeysetSource, hide_from_index

# A plain table: cases are a higher feature.
_named = table(
    "involvement", *map(column, ("person_id", "case_id", "recorded_by_id")), column("recorded_at", DateTime)
).c


class Visibility(Model):
    """One reason why a person is visible: a case or an order of one area and one offence family."""

    __tablename__ = "visibility"
    __table_args__ = (
        # Covering index: visibility checks read no table rows.
        Index(
            "ix_visibility_asked",
            *("person_id", "hidden", "province_code", "district_code", "commune_code"),
            *("family", "unit_code", "case_id", "minor"),
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("court_order.id"), index=True)
    province_code: Mapped[str | None] = mapped_column(String(2))
    district_code: Mapped[str | None] = mapped_column(String(4))
    commune_code: Mapped[str | None] = mapped_column(String(6))
    family: Mapped[str | None] = mapped_column(String(40))
    unit_code: Mapped[str | None] = mapped_column(String(20))
    hidden: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    minor: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)


def is_visible(person_id, scope):
    """Return the criterion that the person in the column `person_id` is visible in `scope`; None if all are."""
    if scope.is_unrestricted:
        return None
    row = Visibility.__table__.c
    conditions = []
    if not scope.is_nationwide:
        conditions = [
            scope_condition(scope, row, row.case_id, row.family.in_, is_of_units(row.unit_code, scope.units))
        ]
    if (
        scope.break_glass_ids and conditions
    ):  # break-glass access adds persons outside the scope, but no protected ones
        conditions = [or_(*conditions, row.person_id.in_(sorted(scope.break_glass_ids)))]
    if not scope.sees_minors:
        conditions.append(or_(row.minor.is_(False), *_named_minors(row, scope)))
    # A constant instead of `*`: no index holds all columns.
    row_exists = select(literal_column("1")).where(
        row.person_id == person_id, row.hidden.is_(False), *conditions
    )
    seen = row_exists.exists()
    return or_(seen, person_id.in_(sorted(scope.revealed_ids))) if scope.revealed_ids else seen


def _named_minors(row, scope):
    """Yield the conditions under which the scope shows the name of a suspect below 18."""
    within = scope.minors_within
    if within is not None:
        yield scope_condition(
            within, row, row.case_id, row.family.in_, is_of_units(row.unit_code, within.units)
        )
    if scope.minors_units:
        yield is_of_units(row.unit_code, scope.minors_units)
    if (
        scope.minors_held_by
    ):  # a row without a case is of custody or of an order: this unit holds or searches the person
        yield and_(is_of_units(row.unit_code, scope.minors_held_by), row.case_id.is_(None))
    if scope.entered_by is not None:
        author, since = scope.entered_by
        yield exists().where(
            _named.person_id == row.person_id,
            _named.case_id == row.case_id,
            _named.recorded_by_id == author,
            _named.recorded_at >= since,
        )
    if scope.break_glass_ids:
        yield row.person_id.in_(sorted(scope.break_glass_ids))


class PersonChild:
    """A row of a person; it is visible with the person."""

    __row_policy__ = "of_named_person"
    __parents__ = ("person",)
    __voided_with__ = ("person",)

    def is_in_scope(self, _scope):
        """Return True for a loaded person: links to other persons were rejected. The law may hide a person from the author."""
        return self.person is not None

    @classmethod
    def __row_filter__(cls, scope):
        return is_visible(cls.person_id, scope)


class ProvincePerson(PersonChild, Model):
    """The persons visible in a province, sorted by name: a superset that may have too many, never too few.

    An index over three tables (`visibility`, `unit`, `person`). Only database triggers write it.
    """

    __tablename__ = "province_person"
    __table_args__ = {"sqlite_with_rowid": False}

    province_code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name_sort: Mapped[str] = mapped_column(String(900), primary_key=True)
    person_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


def list_key_sources(person, scope):
    """Return the keyset sources of a reader with an area: the province's persons, and the few shared beyond.

    A scan of all persons nationwide would reject most rows. Return () for a reader without an area.
    """
    if not scope.area:
        return ()
    listed = ProvincePerson.province_code == scope.area[:2]
    province = KeysetSource(
        ProvincePerson.person_id, (ProvincePerson.name_sort, ProvincePerson.person_id), (listed,)
    )
    shared = []
    if scope.shared_case_ids:
        shared += [select(Visibility.person_id).where(Visibility.case_id.in_(sorted(scope.shared_case_ids)))]
    if scope.break_glass_ids or scope.revealed_ids:
        shared += [sorted(scope.break_glass_ids | scope.revealed_ids)]
    columns = hide_from_index((person.name_sort, person.id))
    return (province, *(KeysetSource(person.id, columns, (person.id.in_(ids),)) for ids in shared))


def find_missing_rows(connection):
    """Return the rows missing in the province list. `connection` sees every row."""
    columns = "province_code, name_sort, person_id"
    rows = f"SELECT {columns} FROM province_person_computed EXCEPT SELECT {columns} FROM province_person"  # noqa: S608
    return connection.execute(text(rows)).all()
