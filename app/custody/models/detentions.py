"""Models of detentions in a prison and detention steps."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, Date, ForeignKey, Index, String, and_, column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Involvement
from app.custody import rules
from app.custody.models.custody_record import (
    NUMBER_HELP,
    DeadlineRecord,
    format_number,
    is_open_record,
    make_open_index,
    make_partial_index,
)
from app.custody.models.judgments import Sentence
from app.kernel.i18n.yes_no import WAS_DONE
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem
from app.reference.models import Court, Prison

ONE_OPEN = "uq_detention_open"  # the index that refuses a second open detention of a person in a case
ONE_PRISON = "one_prison_of_person"  # the trigger that refuses a person in two prisons

# The people who have escaped from a prison.
AT_LARGE = and_(column("escaped", Boolean), is_open_record("ended_on"))


class Detention(DeadlineRecord, Record):
    """A detention in a prison, before or after a judgment: its start, its document and its end."""

    __tablename__ = "detention"
    __when__ = "since"
    __rules__ = rules.DETENTION
    __names_suspect__ = True
    # Derived from the steps, the sentence and the release, which are rows of their own.
    __editable_after_lock__ = dict.fromkeys(
        ("prison_code", "due_on", "limit_code", "escaped", "ended_on", "end_reason"),
        "computed from the steps of the detention",
    )
    __conflicts__ = {
        ONE_OPEN: Problem(
            "involvement",
            _("Another officer just entered an open detention of this person in this case."),
            "V091",
        ),
        ONE_PRISON: Problem(
            "first_prison",
            _("Another officer just entered a detention of this person in another prison."),
            "V090",
        ),
    }

    involvement_id: Mapped[int | None] = mapped_column(ForeignKey("involvement.id"), index=True)
    sentence_id: Mapped[int | None] = mapped_column(ForeignKey("sentence.id"), index=True)
    kind: Mapped[str] = code_field(
        "detention_kind", label=_("Detention type"), on="list show add edit search"
    )
    since: Mapped[date] = field(Date, label=_("Detained since"), on="list show add edit order", width=3)
    first_prison_code: Mapped[str] = field(String(20), ForeignKey("prison.code"), label=_("Prison"), on="")
    prison_code: Mapped[str] = field(String(20), ForeignKey("prison.code"), label=_("Current prison"), on="")
    offence_class: Mapped[str | None] = code_field(
        "offence_class", label=_("Most serious offence class"), on="show add edit"
    )
    document_no: Mapped[str] = field(String(60), label=_("Order or judgment number"), on="show add edit")
    document_date: Mapped[date] = field(Date, label=_("Order or judgment date"), on="show add edit", width=3)
    court_code: Mapped[str | None] = field(String(20), ForeignKey("court.code"), label=_("Court"), on="")
    due_on: Mapped[date | None] = field(Date, label=_("Must end by"), on="list show")
    limit_code: Mapped[str | None] = field(String(40), label=_("Legal limit"), on="")
    escaped: Mapped[bool] = flag(WAS_DONE, label=_("Escaped"), on="show")
    ended_on: Mapped[date | None] = field(Date, label=_("Ended on"), on="list show")
    end_reason: Mapped[str | None] = field(String(40), label=_("Detention outcome"), on="")

    involvement: Mapped[Involvement | None] = link(
        involvement_id,
        lookup="involvement",
        label=_("Person in a case"),
        help=_("Enter the case number and choose the person."),
        on="add",
    )
    sentence: Mapped[Sentence | None] = link(
        sentence_id, lookup="sentence", label=_("Sentence being served"), help=NUMBER_HELP, on="show add edit",
        back_populates="detentions",
    )  # fmt: skip
    first_prison: Mapped[Prison] = link(first_prison_code, lookup="prison", label=_("Prison"), on="add edit")
    prison: Mapped[Prison] = link(prison_code, lookup="prison", label=_("Current prison"), on="list show")
    court: Mapped[Court | None] = link(court_code, lookup="court", label=_("Court"), on="show add edit")
    steps: Mapped[list["DetentionStep"]] = relationship(
        back_populates="detention", order_by="DetentionStep.done_on, DetentionStep.id"
    )
    releases: Mapped[list["Release"]] = relationship(back_populates="detention", order_by="Release.id")  # noqa: F821

    __table_args__ = (
        Index("ix_detention_since", "since", "id"),
        make_open_index("ix_detention_open", "due_on", "ended_on"),
        make_partial_index(ONE_OPEN, is_open_record("ended_on"), "person_id", "case_id", unique=True),
        make_partial_index("ix_detention_at_large", AT_LARGE, "since", "id"),
        Index("ix_detention_of_person", "person_id", "ended_on"),
        Index("ix_detention_kind", "kind", "id"),
    )

    @property
    def number(self):
        return format_number("D", self)

    @property
    def open_deadline(self):
        """Return the day on which the open detention must end, or None."""
        return self.due_on if self.ended_on is None else None

    def update_derived(self):
        if self.sentence is not None and self.sentence.judgment is not None:
            self.inherit_from(self.sentence.judgment)
        if self.involvement is not None:
            self.inherit_person(self.involvement)
        prison = self.prison or self.first_prison
        self.set_area(prison.province_code if prison is not None else None)

    def __str__(self):
        return self.number


class DetentionStep(DeadlineRecord, Record):
    """A step in a detention: extension, transfer, escape, recapture, or end without a release."""

    __tablename__ = "detention_step"
    __when__ = "done_on"
    __rules__ = rules.DETENTION_STEP
    __voided_with__ = ("detention",)
    __editable_after_lock__ = ()

    detention_id: Mapped[int] = mapped_column(ForeignKey("detention.id"), index=True)
    kind: Mapped[str] = code_field("detention_step", label=_("Step"), on="list show add edit search")
    done_on: Mapped[date] = field(Date, label=_("Date"), on="list show add edit", width=3)
    months: Mapped[int | None] = count(label=_("Months granted"), on="list show add edit", width=2)
    prison_code: Mapped[str | None] = field(String(20), ForeignKey("prison.code"), label=_("Prison"), on="")
    reason: Mapped[str | None] = code_field(
        "detention_end", label=_("Detention outcome"), on="list show add edit"
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add edit", width=3
    )
    note: Mapped[str | None] = field(String(400), label=_("Note"), width=12)

    detention: Mapped[Detention] = link(
        detention_id, lookup="detention", label=_("Detention"), on="list show add", back_populates="steps"
    )
    prison: Mapped[Prison | None] = link(
        prison_code, lookup="prison", label=_("Destination prison"), on="list show add edit"
    )

    __table_args__ = (Index("ix_detention_step_kind", "kind", "id"),)

    def update_derived(self):
        self.inherit_from(self.detention)

    def __str__(self):
        return ""
