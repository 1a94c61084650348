"""Model of a match: a wanted person was met, in a case or in custody."""

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
from app.court_orders.row_filter import exclude_blind_orders
from app.kernel.access.area import HasArea, exclude_blind, in_area, is_of_units
from app.kernel.schema.fields import code_field, field, link
from app.reference.models import Unit

OPEN_STATES, DONE_STATES = ("waiting", "extended"), ("confirmed", "denied", "ended")
# Columns compared when open matches are counted, so that the index answers without reading rows.
COUNTED_COLUMNS = ("unit_code", "owner_unit_code", "family")


def _state_in(state, states):
    """Return the condition that the state is one of these.

    `coalesce` keeps SQLite from the index of the state alone, where it would have to sort all rows it finds. The states are
    literals, because a database uses a partial index only if the query repeats its literal condition.
    """
    return func.coalesce(state, literal_column("''")).in_([literal_column(f"'{one}'") for one in states])


def _make_index(name, states, owner_column, *extra):
    """Return a partial index of the matches in these states, in the order of their answer deadlines.

    An index that begins with `owner_column` leaves out rows with NULL there. Otherwise SQLite uses it for nationwide queries
    too, and sorts.
    """
    condition = _state_in(column("state"), states)
    condition = and_(condition, column(owner_column).is_not(None)) if owner_column else condition
    columns = [*([owner_column] if owner_column else []), "due_at", "id", *extra]
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


class OrderMatch(HasArea, Model):
    """A match: the unit in charge of the order confirms or rejects the person's identity by a deadline.

    The unit of `owner_unit_code` answers and the unit of `unit_code` waits. The answer is also an event of the order.
    """

    __tablename__ = "order_match"
    __table_args__ = (
        _make_index("ix_order_match_open", OPEN_STATES, None, *COUNTED_COLUMNS),
        _make_index("ix_order_match_open_by_province", OPEN_STATES, "province_code", *COUNTED_COLUMNS),
        _make_index("ix_order_match_open_by_unit", OPEN_STATES, "unit_code", "owner_unit_code"),
        _make_index("ix_order_match_done", DONE_STATES, None),
        _make_index("ix_order_match_done_by_province", DONE_STATES, "province_code"),
        Index("ix_order_match_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("court_order.id"), nullable=False, index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False, index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    matched_as: Mapped[str] = code_field(
        "match_contact", label=_("Matched as"), on="list show", nullable=False
    )
    urgent: Mapped[bool] = mapped_column(Boolean, nullable=False)
    owner_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    family: Mapped[str | None] = mapped_column(String(40))
    raised_at: Mapped[datetime] = field(DateTime, label=_("Matched at"), on="list show", nullable=False)
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    due_at: Mapped[datetime] = field(DateTime, label=_("Answer deadline"), on="list show", nullable=False)
    state: Mapped[str] = code_field("match_state", label=_("Status"), on="list show", nullable=False)
    answered_at: Mapped[datetime | None] = field(DateTime, label=_("Answered at"), on="show")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show", width=12)
    # Escalation level without an answer: 0, 1 for the chief, 2 for the national monitor.
    escalated: Mapped[int] = mapped_column(Integer, nullable=False, default=0)

    unit: Mapped[Unit | None] = link(
        unit_code, lookup="unit", label=_("Unit waiting for the answer"), on="list show"
    )
    owner_unit: Mapped[Unit | None] = link(
        owner_unit_code, lookup="unit", label=_("Unit in charge"), on="list show"
    )
    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Matched in case"), on="show")

    @classmethod
    def __row_filter__(cls, scope):
        if scope.is_unrestricted:
            return None
        within = None if scope.is_nationwide else cls._is_within(scope)
        return exclude_blind_orders(exclude_blind(within, cls.case_id, scope), cls.order_id, scope)

    @classmethod
    def _is_within(cls, scope):
        inside = [in_area(cls, scope.area)] if scope.area else []
        inside += [cls.family.in_(sorted(scope.offence_families))] if scope.offence_families else []
        own_unit = or_(*(is_of_units(one, scope.units) for one in (cls.unit_code, cls.owner_unit_code)))
        return or_(own_unit, *inside[:1]) if len(inside) == 1 else or_(own_unit, inside[0] & inside[1])


def in_states(states, row=OrderMatch):
    """Return the condition that a match is in one of `OPEN_STATES` or `DONE_STATES`, as in their indexes."""
    return _state_in(row.state, states)
