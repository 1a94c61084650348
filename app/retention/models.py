"""Models of the retention of records: what two officers do with a record, and the reviews of ended periods."""

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.cases.models import Case
from app.confirmations.models import EDITABLE, NeedsConfirmation
from app.kernel.access.owned_by_unit import OwnedByUnit
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.people.models import Person
from app.reference.models import RetentionPeriod
from app.retention import rules
from app.retention.rules import HOLD

PLANNING_ROLE = "Head of planning"  # decides where a unit has no second officer
KEEP, PROPOSE = "keep", "propose"


class RetentionAct(OwnedByUnit, NeedsConfirmation, Record):
    """What an officer asks to be done with the record of a person or a case, on the basis of a document.

    A legal hold takes effect at once. Everything else waits for a second officer: its end, and the access of a court to the
    file of a person.
    """

    __tablename__ = "retention_act"
    __stays_valid__ = {"case": "the document that asks for it stays in force"}
    __rules__ = rules.ACT
    __editable_after_lock__ = EDITABLE
    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="ck_retention_act_two_officers"
        ),
        CheckConstraint(
            "kind = 'hold' OR confirmation IS NOT NULL", name="ck_retention_act_needs_confirmation"
        ),
        Index("ix_retention_act_kind", "kind", "id"),
        Index("ix_retention_act_confirmation", "confirmation", "id"),
    )

    kind: Mapped[str] = code_field("retention_act", label=_("What is asked"), on="list show add search")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    ends_id: Mapped[int | None] = mapped_column(ForeignKey("retention_act.id"), index=True)
    authority: Mapped[str] = field(
        String(200), label=_("Court or authority that asks for it"), on="list show add", width=6
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    reason: Mapped[str] = field(String(400), label=_("Reason"), on="show add", width=12)
    until: Mapped[date | None] = field(
        Date,
        label=_("Until"),
        help=_(
            "The last day of the access of a court. A legal hold without a date lasts until two officers lift it."
        ),
        on="list show add",
        width=3,
    )

    person: Mapped[Person | None] = link(person_id, lookup="person", label=_("Person"), on="list show add")
    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    ends: Mapped["RetentionAct | None"] = link(
        ends_id,
        lookup="retention_act",
        label=_("Act that ends"),
        on="list show add",
        remote_side="RetentionAct.id",
    )

    @property
    def needs_confirmation(self):
        return self.kind != HOLD

    @property
    def request_text(self):
        return f"retention.{self.kind}"

    @property
    def deciding_role(self):
        return PLANNING_ROLE

    @property
    def number(self):
        return f"RA-{self.id:07d}" if self.id else ""

    @property
    def subject_number(self):
        return self.number

    def __str__(self):
        return self.number


class RetentionReview(OwnedByUnit, Record):
    """A record whose period has ended. An officer decides to keep it until a day, or to propose what the period proposes."""

    __tablename__ = "retention_review"
    __stays_valid__ = {"case": "it decides how long the void case is kept"}
    __editable_after_lock__ = dict.fromkeys(
        ("decision", "reason", "keep_until", "decided_at", "decided_by_id"), "written at each review"
    )
    __table_args__ = (
        UniqueConstraint("person_id", "case_id", "period_code"),
        Index("ix_retention_review_due", "due_on", "id"),
        Index("ix_retention_review_decision", "decision", "due_on", "id"),
    )

    period_code: Mapped[str] = field(
        String(40), ForeignKey("retention_period.code"), label=_("Retention period"), on="", index=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    began_on: Mapped[date] = field(Date, label=_("Period began on"), on="show", width=3)
    due_on: Mapped[date] = field(Date, label=_("Review due on"), on="list show order", width=3)
    decision: Mapped[str | None] = code_field(
        "retention_decision", label=_("Decision"), on="list show search"
    )
    keep_until: Mapped[date | None] = field(Date, label=_("Keep until"), on="list show", width=3)
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show", width=12)
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Decided at"), on="show")

    @declared_attr
    def decided_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    period: Mapped[RetentionPeriod] = link(
        period_code, lookup="retention_period", label=_("Retention period"), on="list show"
    )
    person: Mapped[Person] = link(person_id, lookup="person", label=_("Person"), on="list show")
    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Case"), on="list show")

    @property
    def number(self):
        return f"RR-{self.id:07d}" if self.id else ""

    def __str__(self):
        return self.number


class RetentionScan(Model):
    """The progress of the job that looks for ended periods: the last row of a case that it has read."""

    __tablename__ = "retention_scan"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_id: Mapped[int] = mapped_column(Integer, nullable=False)
    run_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
