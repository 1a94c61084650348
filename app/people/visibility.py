"""Whose a person is: of every area and family in which he has a case or an order, and of the unit that entered it.

The rows are written by the features that involve people (`cases.following`, `orders.following`), in the transaction of
the change, and are asked by equality. `hidden` rows are those of protected victims and witnesses: they make nobody visible.
"""

from flask_appbuilder import Model
from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, literal_column, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.access.area import in_part
from app.kernel.screens.keyset import Walk, plainly


class Visibility(Model):
    """One reason why a person is seen: a case or an order of one area and one offence family."""

    __tablename__ = "visibility"
    __table_args__ = (
        # All that is asked of a person's rows: the table itself is not read to know whether he is seen.
        Index(
            "ix_visibility_asked",
            *("person_id", "hidden", "province_code", "district_code", "commune_code"),
            *("family", "unit_code", "case_id"),
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


def sees(person_id, scope):
    """The criterion that the person of the column `person_id` is seen from `scope`; None where everybody is."""
    if scope.everything:
        return None
    row = Visibility.__table__.c
    part = []
    if not scope.whole:
        part = [in_part(scope, row, row.case_id, row.family.in_, row.unit_code == scope.unit)]
    if (
        scope.opened and part
    ):  # by break-glass: also who is of no part of his, but nobody whom the law protects
        part = [or_(*part, row.person_id.in_(sorted(scope.opened)))]
    # By name no column is asked for: `*` would be all of them, which no index holds.
    found = select(literal_column("1")).where(row.person_id == person_id, row.hidden.is_(False), *part)
    seen = found.exists()
    return or_(seen, person_id.in_(sorted(scope.revealed))) if scope.revealed else seen


class OfPerson:
    """A row that hangs on a person is seen where the person is."""

    @classmethod
    def __within__(cls, scope):
        return sees(cls.person_id, scope)


class ProvinceList(OfPerson, Model):
    """Who may be seen in a province, in the order of the names: it may hold too many, never too few.

    An index over three tables (`visibility`, `unit`, `person`): triggers keep it (migration 0038), nothing else writes it.
    """

    __tablename__ = "province_list"
    __table_args__ = {"sqlite_with_rowid": False}

    province_code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name_sort: Mapped[str] = mapped_column(String(900), primary_key=True)
    person_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


def walks_of(person, scope):
    """Where whoever is bounded by an area goes through in the order of names: the people of its province, and the few who
    were shown to him beyond it. Of the nation's he would ask for most in vain."""
    if not scope.area:
        return ()
    listed = ProvinceList.province_code == scope.area[:2]
    walk = Walk(ProvinceList.person_id, (ProvinceList.name_sort, ProvinceList.person_id), (listed,))
    beyond = []
    if scope.shared:
        beyond += [select(Visibility.person_id).where(Visibility.case_id.in_(sorted(scope.shared)))]
    if scope.opened or scope.revealed:
        beyond += [sorted(scope.opened | scope.revealed)]
    columns = plainly((person.name_sort, person.id))
    return (walk, *(Walk(person.id, columns, (person.id.in_(ids),)) for ids in beyond))


def unlisted(connection):
    """The rows that are missing in that list. `connection` sees every row."""
    columns = "province_code, name_sort, person_id"
    rows = f"SELECT {columns} FROM province_list_computed EXCEPT SELECT {columns} FROM province_list"  # noqa: S608
    return connection.execute(text(rows)).all()
