"""Whose a person is: of every area and family in which he has a case or an order, and of the unit that entered it.

The rows are written by the features that involve people (`cases.following`, `orders.following`), in the transaction of
the change, and are asked by equality. `hidden` rows are those of protected victims and witnesses: they make nobody visible.
"""

from flask_appbuilder import Model
from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, literal_column, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.areas import in_part


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
