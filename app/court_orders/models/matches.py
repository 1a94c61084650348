"""Somebody wanted was entered somewhere: what becomes of that."""

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    column,
    func,
    literal_column,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Case
from app.kernel.access.area import Located, lies_in
from app.kernel.schema.fields import coded, field, link
from app.reference.models import Unit

OPEN, DONE = ("waiting", "longer"), ("confirmed", "denied", "ended")
# What is compared of an open one: they are counted without their rows.
COMPARED = ("unit_code", "owner_unit_code", "family")


def _among(state, states):
    """The SQL that a state is one of these. Of the state itself SQLite would rather ask its own index, and sort all that
    it finds there; as literals, for only so a database knows that its index of these states holds them all.
    """
    return func.coalesce(state, literal_column("''")).in_([literal_column(f"'{one}'") for one in states])


def _index(name, states, whose, *beyond):
    """An index of the hits in these states alone, in the order in which they must be answered.

    One that begins with whose a hit is leaves out what is nobody's: else SQLite takes it for the nation too, and sorts.
    """
    there = _among(column("state"), states)
    there = and_(there, column(whose).is_not(None)) if whose else there
    columns = [*([whose] if whose else []), "due_at", "id", *beyond]
    return Index(name, *columns, sqlite_where=there, postgresql_where=there)


class Hit(Located, Model):
    """Somebody wanted was entered somewhere: the unit in charge of the order says whether it is he, and in time.

    `owner_unit_code` answers, `unit_code` waits. What it answered is also an act of the order.
    """

    __tablename__ = "hit"
    __table_args__ = (
        _index("ix_hit_open", OPEN, None, *COMPARED),
        _index("ix_hit_open_there", OPEN, "province_code", *COMPARED),
        _index("ix_hit_open_of_unit", OPEN, "unit_code", "owner_unit_code"),
        _index("ix_hit_done", DONE, None),
        _index("ix_hit_done_there", DONE, "province_code"),
        Index("ix_hit_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("court_order.id"), nullable=False, index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    met_as: Mapped[str] = coded("role", label=_("Met as"), on="list show", nullable=False)
    urgent: Mapped[bool] = mapped_column(Boolean, nullable=False)
    owner_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    family: Mapped[str | None] = mapped_column(String(40))
    raised_at: Mapped[datetime] = field(DateTime, label=_("Met at"), on="list show", nullable=False)
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    due_at: Mapped[datetime] = field(DateTime, label=_("To be answered by"), on="list show", nullable=False)
    state: Mapped[str] = coded("hit_state", label=_("State"), on="list show", nullable=False)
    answered_at: Mapped[datetime | None] = field(DateTime, label=_("Answered at"), on="show")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show", width=12)
    # How far it was passed up because nobody answered: 0, the chief, the nation.
    passed_up: Mapped[int] = mapped_column(Integer, nullable=False, default=0)

    unit: Mapped[Unit | None] = link(
        unit_code, lookup="unit", label=_("Unit that waits for the answer"), on="list show"
    )
    owner_unit: Mapped[Unit | None] = link(
        owner_unit_code, lookup="unit", label=_("Unit in charge"), on="list show"
    )
    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Met in case"), on="show")

    @classmethod
    def __within__(cls, scope):
        if scope.everything or scope.whole:
            return None
        bounds = [lies_in(cls, scope.area)] if scope.area else []
        bounds += [cls.family.in_(sorted(scope.families))] if scope.families else []
        mine = or_(cls.unit_code == scope.unit, cls.owner_unit_code == scope.unit)
        return or_(mine, *bounds[:1]) if len(bounds) == 1 else or_(mine, bounds[0] & bounds[1])


def is_among(states, row=Hit):
    """The criterion that a hit is in one of `OPEN` or of `DONE`, as the indexes of these states have it."""
    return _among(row.state, states)
