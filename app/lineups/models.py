"""The models of a photo line-up: what is prepared and said, its photos, and the log of its session."""

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, CheckConstraint, DateTime, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.cases.row_filter import CaseChild
from app.investigation.models import InvestigationAct, find_people_shown
from app.kernel.access.area import HasArea
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.lineups import rules, steps

# What the officer who shows the photos writes, once.
SESSION = (
    "seed", "started_at", "instruction_read", "place_text", "present", "ended_at", "result", "position", "words",
    "certainty", "reason", "sha256",
)  # fmt: skip
# What the officer of the case prepares.
PREPARED = (
    "case_id", "suspect_id", "witness_id", "presenter_id", "mode", "described_at", "first_description",
)  # fmt: skip


class Lineup(CaseChild, HasArea, Record):
    """A photo line-up of one suspect for one witness. The officer who shows it sees no row of its case meanwhile."""

    __tablename__ = "lineup"
    __rules__ = rules.LINEUP
    __withdrawable__ = True
    __voided_with__ = ("case", "suspect", "witness")
    __immutable__ = PREPARED
    __editable_after_lock__ = dict.fromkeys(SESSION, "written during the session, once") | {
        "act_id": "set when the result is entered in the case",
    }
    __table_args__ = (
        CheckConstraint("presenter_id <> recorded_by_id", name="ck_lineup_two_officers"),
        CheckConstraint("suspect_id <> witness_id", name="ck_lineup_two_people"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    suspect_id: Mapped[int] = mapped_column(ForeignKey("involvement.id"), index=True)
    witness_id: Mapped[int] = mapped_column(ForeignKey("involvement.id"), index=True)
    presenter_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    mode: Mapped[str] = code_field("lineup_mode", label=_("How the photos are shown"), on="list show add")
    described_at: Mapped[datetime] = field(
        DateTime, label=_("First described at"), on="show add", width=3, nullable=False
    )
    first_description: Mapped[str] = field(
        Text, label=_("First description by the witness"), on="show add", width=12, nullable=False
    )
    seed: Mapped[int | None] = field(Integer, label=_("Number that fixes the order"), on="show")
    started_at: Mapped[datetime | None] = field(DateTime, label=_("Photos shown from"), on="list show")
    instruction_read: Mapped[bool] = flag(APPLIES, label=_("Instruction read to the witness"), on="show")
    place_text: Mapped[str | None] = field(String(200), label=_("Place"), on="show", width=6)
    present: Mapped[str | None] = field(String(400), label=_("Other people present"), on="show", width=6)
    ended_at: Mapped[datetime | None] = field(DateTime, label=_("Photos shown until"), on="show")
    result: Mapped[str | None] = code_field("lineup_result", label=_("Result"), on="list show")
    position: Mapped[int | None] = count(label=_("Number of the photo"), on="show")
    words: Mapped[str | None] = field(Text, label=_("Words of the witness"), on="show", width=12)
    certainty: Mapped[str | None] = field(String(400), label=_("Certainty"), on="show", width=12)
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show", width=12)
    sha256: Mapped[str | None] = field(String(64), label=_("Hash of the record"), on="show", width=12)
    act_id: Mapped[int | None] = mapped_column(ForeignKey("investigation_act.id"), index=True)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    suspect: Mapped[Involvement] = link(
        suspect_id,
        lookup="case_person",
        label=_("Suspect"),
        help=_("Type the number of the case and choose."),
        on="list show add",
    )
    witness: Mapped[Involvement] = link(
        witness_id,
        lookup="case_person",
        label=_("Witness"),
        help=_("Type the number of the case and choose."),
        on="list show add",
    )
    presenter: Mapped[User] = link(
        presenter_id,
        lookup="receiver",
        label=_("Officer who shows the photos"),
        help=_("An officer who does not know the case."),
        on="list show add",
    )
    act: Mapped[InvestigationAct | None] = link(
        act_id, lookup="investigation_act", label=_("Investigation act"), on="show"
    )
    faces: Mapped[list["LineupFace"]] = relationship(back_populates="lineup", order_by="LineupFace.id")
    events: Mapped[list["LineupEvent"]] = relationship(back_populates="lineup", order_by="LineupEvent.id")

    @property
    def number(self):
        return f"L-{self.id:06d}" if self.id else ""

    def load_facts(self):
        """Return the facts for a correction: the preparation is not checked again."""
        return rules.LineupFacts(dates.now())

    @property
    def state(self):
        if self.is_void:
            return steps.VOID
        if self.result is not None:
            return steps.ENDED
        if self.started_at is not None:
            return steps.SHOWN
        return steps.PREPARED if self.faces else steps.DRAFT

    @property
    def people_shown(self):
        return find_people_shown(self.suspect, self.witness)

    def __str__(self):
        return self.number


class _LineupPart:
    """A row of a line-up, visible with it. It never changes."""

    __row_policy__ = ""

    @classmethod
    def __row_filter__(cls, scope):
        bounds = Lineup.__row_filter__(scope)
        return None if bounds is None else cls.lineup.has(bounds)


class LineupFace(_LineupPart, Model):
    """One photo of a line-up, by its content: a later change of the person's photos does not change it."""

    __tablename__ = "lineup_face"
    __table_args__ = (UniqueConstraint("lineup_id", "person_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    lineup_id: Mapped[int] = mapped_column(ForeignKey("lineup.id"), nullable=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, nullable=False)
    photo_id: Mapped[int] = mapped_column(ForeignKey("person_photo.id"), index=True, nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False)
    is_suspect: Mapped[bool] = mapped_column(Boolean, nullable=False)

    lineup: Mapped[Lineup] = relationship(back_populates="faces")


class LineupEvent(_LineupPart, Model):
    """One step of the session, for the log of the line-up: started, a photo shown, the end."""

    __tablename__ = "lineup_event"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    lineup_id: Mapped[int] = mapped_column(ForeignKey("lineup.id"), index=True, nullable=False)
    kind: Mapped[str] = code_field("lineup_event", label=_("What happened"), on="show", nullable=False)
    position: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime] = field(DateTime, label=_("Time"), on="show", nullable=False)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)

    lineup: Mapped[Lineup] = relationship(back_populates="events")


Case.lineups = relationship(Lineup, viewonly=True, order_by=Lineup.id)
