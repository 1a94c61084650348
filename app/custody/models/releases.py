"""Models of releases and follow-up steps."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Index, String, Text, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.custody import rules
from app.custody.models.custody_record import (
    HANDED_TO_HELP,
    NUMBER_HELP,
    DeadlineRecord,
    format_number,
    make_open_index,
)
from app.custody.models.detentions import Detention
from app.custody.rules.releases import SUPERVISION
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.reference.models import Place, Unit


def is_followed(row, today):
    """Return the condition that a follow-up runs: until its last day, or for a supervision without one until its end."""
    has_no_end = and_(row.supervised_until.is_(None), row.kind == SUPERVISION)
    return and_(row.ended_on.is_(None), or_(row.supervised_until >= today, has_no_end))


class Release(DeadlineRecord, Record):
    """A release from prison. The follow-up lasts as long as its document says."""

    __tablename__ = "release"
    __when__ = "released_on"
    __rules__ = rules.RELEASE
    __voided_with__ = ("detention",)
    __editable_after_lock__ = {"ended_on": "computed from the last step of the follow-up"}

    detention_id: Mapped[int] = mapped_column(ForeignKey("detention.id"), index=True)
    released_on: Mapped[date] = field(Date, label=_("Released on"), on="list show add edit order", width=3)
    kind: Mapped[str] = code_field("release_kind", label=_("Release type"), on="list show add edit search")
    document_no: Mapped[str] = field(
        String(60), label=_("Number of the document"), on="show add edit", width=3
    )
    handed_to: Mapped[str | None] = field(
        String(160), label=_("Handed over to"), help=HANDED_TO_HELP, on="show add edit", width=6, private=True
    )
    conditions: Mapped[str | None] = field(Text, label=_("Release conditions"), width=12)
    place_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Address at release"), on="", index=True
    )
    place_text: Mapped[str | None] = field(String(200), label=_("House, street, group"), width=6)
    reports_to_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Reports to unit"), on="", index=True
    )
    supervised_until: Mapped[date | None] = field(
        Date, label=_("Follow-up ends on"), on="list show add edit", width=3
    )
    ended_on: Mapped[date | None] = field(Date, label=_("Follow-up ended on"), on="list show")

    detention: Mapped[Detention] = link(
        detention_id,
        lookup="detention",
        label=_("Detention"),
        help=NUMBER_HELP,
        on="show add",
        back_populates="releases",
    )
    place: Mapped[Place | None] = link(
        place_code, lookup="place", label=_("Address at release"), on="show add edit"
    )
    reports_to: Mapped[Unit | None] = link(
        reports_to_code, lookup="unit", label=_("Reports to unit"), on="list show add edit"
    )
    steps: Mapped[list["SupervisionStep"]] = relationship(
        back_populates="release", order_by="SupervisionStep.done_on, SupervisionStep.id"
    )

    __table_args__ = (
        Index("ix_release_on", "released_on", "id"),
        Index("ix_release_of_person", "person_id", "ended_on"),
        Index("ix_release_kind", "kind", "id"),
        make_open_index("ix_release_open", "supervised_until", "ended_on"),
    )

    @property
    def number(self):
        return format_number("R", self)

    @property
    def open_deadline(self):
        """Return the last day of the supervision that has not ended, or None."""
        return self.supervised_until if self.ended_on is None else None

    def update_derived(self):
        self.inherit_from(self.detention)
        area = (self.reports_to.area_code if self.reports_to is not None else "") or (
            self.place.code if self.place is not None else ""
        )
        if area:
            self.set_area(area)

    def __str__(self):
        return self.number


class SupervisionStep(DeadlineRecord, Record):
    """A step of the follow-up: a visit, a missed visit, a move, a breach or the end."""

    __tablename__ = "supervision_step"
    __when__ = "done_on"
    __rules__ = rules.SUPERVISION_STEP
    __voided_with__ = ("release",)
    __editable_after_lock__ = ()

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), index=True)
    kind: Mapped[str] = code_field("supervision_step", label=_("Step"), on="list show add edit search")
    done_on: Mapped[date] = field(Date, label=_("Date"), on="list show add edit", width=3)
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add edit", width=3
    )
    note: Mapped[str | None] = field(String(400), label=_("Note"), on="list show add edit", width=12)

    release: Mapped[Release] = link(
        release_id, lookup="release", label=_("Release"), on="list show add", back_populates="steps"
    )

    __table_args__ = (Index("ix_supervision_step_kind", "kind", "id"),)

    def update_derived(self):
        self.inherit_from(self.release)

    def __str__(self):
        return ""
