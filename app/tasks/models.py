"""The model of a task: what an officer or a unit is to do by when, about which record."""

from datetime import datetime
from functools import cache

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKey, Index, Integer, String, or_
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.accounts.models import User
from app.cases.models import Case
from app.court_orders.models import CourtOrder
from app.court_orders.row_filter import exclude_blind_orders
from app.extensions import db
from app.kernel.access.area import is_of_units
from app.kernel.access.owned_by_unit import OwnedByUnit
from app.kernel.schema.fields import code_field, count, field, link
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.reference.models import Unit
from app.tasks import rules

OPEN, SEEN, DONE, WITHDRAWN = "open", "seen", "done", "withdrawn"
PENDING = (OPEN, SEEN)
MAX_KEY = 2**31 - 1


class Task(OwnedByUnit, Record):
    """A task for an officer or for a unit. It is open, then seen, then done or withdrawn."""

    __tablename__ = "task"
    __stays_valid__ = {"case": "the officer who gave the task withdraws it"}
    __rules__ = rules.TASK
    __editable_after_lock__ = dict.fromkeys(
        ("state", "seen_at", "done_at", "done_by_id", "result"),
        "written when the task is seen, done or withdrawn",
    )
    __row_policy__ = ""

    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("court_order.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"), index=True)
    # A record of any other kind, by its table and key.
    entity: Mapped[str | None] = field(String(40), label=_("Kind of the other record"), on="add")
    entity_id: Mapped[int | None] = count(label=_("Key of the other record"), on="add")
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    to_unit_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("For the unit"), on=""
    )
    text: Mapped[str] = field(String(400), label=_("What is to be done"), on="list show add", width=12)
    due_at: Mapped[datetime] = field(DateTime, label=_("Deadline"), on="list show add order", width=3)
    state: Mapped[str] = code_field("task_state", label=_("Status"), on="list show search", default=OPEN)
    seen_at: Mapped[datetime | None] = field(DateTime, label=_("Seen"), on="show")
    done_at: Mapped[datetime | None] = field(DateTime, label=_("Ended at"), on="show")
    result: Mapped[str | None] = field(String(400), label=_("Result of the task"), on="show", width=12)

    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Case"), on="list show add search")
    order: Mapped[CourtOrder | None] = link(order_id, lookup="order", label=_("Order"), on="list show add")
    # `letter`, the link of `letter_id`, is added by the letters, which are a higher feature.
    to_user: Mapped[User | None] = link(
        to_user_id, lookup="officer", label=_("For the officer"), on="list show add"
    )
    to_unit: Mapped[Unit | None] = link(
        to_unit_code,
        lookup="unit",
        label=_("For the unit"),
        help=_("With an officer: the unit of that officer."),
        on="list show add",
    )

    # The list of the unit that received the tasks, the earliest deadline first.
    __table_args__ = (
        Index("ix_task_to_unit", "to_unit_code", "due_at", "id"),
        Index("ix_task_due", "due_at", "id"),
        Index("ix_task_record", "entity", "entity_id"),
    )

    @declared_attr
    def done_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @classmethod
    def __row_filter__(cls, scope):
        of_giver = super().__row_filter__(scope)
        within = None if of_giver is None else or_(of_giver, is_of_units(cls.to_unit_code, scope.units))
        return exclude_blind_orders(within, cls.order_id, scope)

    def is_in_scope(self, scope):
        return super().is_in_scope(scope) or self.to_unit_code in scope.units

    def update_derived(self):
        super().update_derived()
        if self.to_user is not None and self.id is None:
            self.to_unit = self.to_user.unit

    @property
    def is_pending(self):
        return self.state in PENDING and not self.is_void

    @property
    def is_overdue(self):
        return self.is_pending and dates.now() > self.due_at

    @property
    def subject_number(self):
        """Return the number of the record that the task is about; of another kind its key, as its number may be personal."""
        return str(self.entity_id or getattr(self.subject, "number", ""))

    @property
    def subject(self):
        """Return the record that the task is about; None if the reader does not see it."""
        linked = (self.case, self.order, self.letter)
        return next((one for one in linked if one is not None), None) or find_record(
            self.entity, self.entity_id
        )

    def __str__(self):
        return self.text or ""


def find_record(entity, key):
    """Return the record of this table with this key; None if the reader does not see it, or no task can be about it."""
    model = find_class(entity)
    return None if model is None or key is None or key > MAX_KEY else db.session.get(model, key)


def find_class(entity):
    """Return the class of the records of this table; None if no task can be about them."""
    return get_record_classes().get(entity)


@cache
def get_record_classes():
    """Return table name → class of the records that a task can be about."""
    classes = (mapper.class_ for mapper in Model.registry.mappers)
    return {one.__tablename__: one for one in classes if issubclass(one, Record) and one is not Task}
