"""Models of judgments, sentences and their later steps."""

from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import CaseOffence, Involvement
from app.custody import rules
from app.custody.models.custody_record import NUMBER_HELP, CustodyRecord, DeadlineRecord, format_number
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.reference.models import Court


class Judgment(CustodyRecord, Record):
    """One decision of a court about one person, for one offence of the case or for all of them."""

    __tablename__ = "judgment"
    __when__ = "decided_on"
    __rules__ = rules.JUDGMENT
    __names_suspect__ = True
    # Derived from later steps: notified, opposed, appealed, final.
    __editable_after_lock__ = dict.fromkeys(
        ("notified_on", "contested_on", "final_on", "set_aside_on", "replaced_on"),
        "computed from the steps of the judgments about the person in the case",
    )

    involvement_id: Mapped[int] = mapped_column(ForeignKey("involvement.id"), index=True)
    case_offence_id: Mapped[int | None] = mapped_column(ForeignKey("case_offence.id"), index=True)
    court_code: Mapped[str] = field(String(20), ForeignKey("court.code"), label=_("Court"), on="")
    court_no: Mapped[str] = field(String(60), label=_("Judgment number"), on="list show add edit", width=3)
    decided_on: Mapped[date] = field(Date, label=_("Judgment date"), on="list show add edit order", width=3)
    verdict: Mapped[str] = code_field("verdict", label=_("Court decision"), on="list show add edit search")
    in_absence: Mapped[bool] = flag(APPLIES, label=_("Judgment in absence"), on="show add edit search")
    notified_on: Mapped[date | None] = field(Date, label=_("Notified on"), on="show")
    contested_on: Mapped[date | None] = field(Date, label=_("Opposed or appealed on"), on="list show")
    final_on: Mapped[date | None] = field(Date, label=_("Final since"), on="list show")
    set_aside_on: Mapped[date | None] = field(Date, label=_("Set aside on"), on="show")
    # A later judgment about the same offences is final since this day, as after an appeal.
    replaced_on: Mapped[date | None] = field(Date, label=_("Replaced by a later judgment on"), on="show")

    involvement: Mapped[Involvement] = link(
        involvement_id,
        lookup="involvement",
        label=_("Person in a case"),
        help=_("Enter the case number and choose the person."),
        on="add",
    )
    case_offence: Mapped[CaseOffence | None] = link(
        case_offence_id,
        lookup="case_offence",
        label=_("Offence (leave empty for all in the case)"),
        on="list show add",
    )
    court: Mapped[Court] = link(court_code, lookup="court", label=_("Court"), on="list show add edit")
    steps: Mapped[list["JudgmentStep"]] = relationship(
        back_populates="judgment", order_by="JudgmentStep.done_on, JudgmentStep.id"
    )
    sentences: Mapped[list["Sentence"]] = relationship(back_populates="judgment", order_by="Sentence.id")

    __table_args__ = (
        Index("ix_judgment_decided", "decided_on", "id"),
        Index("ix_judgment_verdict", "verdict", "id"),
    )

    @property
    def number(self):
        return format_number("J", self)

    @property
    def is_in_force(self):
        """Return True unless the judgment is void, set aside, or replaced by a later final one."""
        return not (self.is_void or self.set_aside_on or self.replaced_on)

    @classmethod
    def in_force(cls, row):
        """Return the conditions of `is_in_force` for the columns of a judgment."""
        return row.voided_at.is_(None), row.set_aside_on.is_(None), row.replaced_on.is_(None)

    def update_derived(self):
        if self.involvement is not None:
            self.inherit_person(self.involvement)
        self.set_area(self.case.place_code if self.case is not None else None)

    def __str__(self):
        return self.number


class JudgmentStep(CustodyRecord, Record):
    """A step after a judgment: notified, opposed, appealed, set aside or final."""

    __tablename__ = "judgment_step"
    __when__ = "done_on"
    __rules__ = rules.JUDGMENT_STEP
    __voided_with__ = ("judgment",)
    __editable_after_lock__ = ()

    judgment_id: Mapped[int] = mapped_column(ForeignKey("judgment.id"), index=True)
    kind: Mapped[str] = code_field("judgment_step", label=_("Step"), on="list show add edit search")
    done_on: Mapped[date] = field(Date, label=_("Date"), on="list show add edit", width=3)
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add edit", width=3
    )
    note: Mapped[str | None] = field(String(400), label=_("Note"), width=12)

    judgment: Mapped[Judgment] = link(
        judgment_id, lookup="judgment", label=_("Judgment"), on="list show add", back_populates="steps"
    )

    __table_args__ = (Index("ix_judgment_step_kind", "kind", "id"),)

    def update_derived(self):
        self.inherit_from(self.judgment)

    def __str__(self):
        return ""


class Sentence(DeadlineRecord, Record):
    """One penalty of a judgment, with its start and the days that count as served."""

    __tablename__ = "sentence"
    __rules__ = rules.SENTENCE
    __voided_with__ = ("judgment",)
    __editable_after_lock__ = {"expected_on": "computed from the changes of the sentence"}

    judgment_id: Mapped[int] = mapped_column(ForeignKey("judgment.id"), index=True)
    kind: Mapped[str] = code_field("sentence_kind", label=_("Penalty type"), on="list show add edit search")
    years: Mapped[int | None] = count(label=_("Years"), on="list show add edit", width=2)
    months: Mapped[int | None] = count(label=_("Months"), on="list show add edit", width=2)
    days: Mapped[int | None] = count(label=_("Days"), on="list show add edit", width=2)
    suspended_months: Mapped[int | None] = count(
        label=_("Months of it suspended"), on="show add edit", width=2
    )
    starts_on: Mapped[date | None] = field(Date, label=_("Begins on"), on="list show add edit", width=3)
    credit_days: Mapped[int | None] = count(label=_("Credited detention days"), on="show add edit")
    prison_stated_on: Mapped[date | None] = field(
        Date, label=_("Release date in the prison document"), on="show add edit"
    )
    fine_khr: Mapped[Decimal | None] = field(
        Numeric(16, 0), label=_("Fine in riel"), on="show add edit", width=3
    )
    text: Mapped[str | None] = field(String(400), label=_("Penalty in words"), width=12)
    expected_on: Mapped[date | None] = field(Date, label=_("Expected release"), on="list show")

    judgment: Mapped[Judgment] = link(
        judgment_id,
        lookup="judgment",
        label=_("Judgment"),
        help=NUMBER_HELP,
        on="list show add",
        back_populates="sentences",
    )
    changes: Mapped[list["SentenceChange"]] = relationship(
        back_populates="sentence", order_by="SentenceChange.done_on, SentenceChange.id"
    )
    detentions: Mapped[list["Detention"]] = relationship(back_populates="sentence", order_by="Detention.id")  # noqa: F821

    __table_args__ = (Index("ix_sentence_kind", "kind", "id"),)

    @property
    def number(self):
        return format_number("S", self)

    def update_derived(self):
        self.inherit_from(self.judgment)

    def __str__(self):
        return self.number


class SentenceChange(DeadlineRecord, Record):
    """A reduction, a pardon, an amnesty, or the proposal of one."""

    __tablename__ = "sentence_change"
    __when__ = "done_on"
    __rules__ = rules.SENTENCE_CHANGE
    __voided_with__ = ("sentence",)
    __editable_after_lock__ = ()

    sentence_id: Mapped[int] = mapped_column(ForeignKey("sentence.id"), index=True)
    kind: Mapped[str] = code_field("sentence_change", label=_("Change type"), on="list show add edit search")
    done_on: Mapped[date] = field(Date, label=_("Date"), on="list show add edit", width=3)
    document_no: Mapped[str] = field(
        String(60), label=_("Number of the document"), on="list show add edit", width=3
    )
    days: Mapped[int | None] = count(label=_("Days of reduction"), on="list show add edit", width=3)
    years: Mapped[int | None] = count(label=_("Years instead of life"), on="show add edit", width=3)
    note: Mapped[str | None] = field(String(400), label=_("Note"), width=12)

    sentence: Mapped[Sentence] = link(
        sentence_id, lookup="sentence", label=_("Sentence"), on="list show add", back_populates="changes"
    )

    __table_args__ = (Index("ix_sentence_change_kind", "kind", "id"),)

    def update_derived(self):
        self.inherit_from(self.sentence)

    def __str__(self):
        return ""
