"""What the law calls what happened in a case."""

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.cases import rules
from app.cases.models.case import Case
from app.cases.row_filter import OfCase
from app.kernel.access.area import Located
from app.kernel.i18n.yes_no import SUCH
from app.kernel.schema.fields import coded, field, flag, link
from app.kernel.schema.record import Record
from app.reference.models import Offence


class CaseOffence(OfCase, Located, Record):
    """An offence of the law's table in a case: tried or completed, how, with what and why."""

    __tablename__ = "case_offence"
    __rules__ = rules.OFFENCE
    __stays_open__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    offence_code: Mapped[str] = field(
        String(40), ForeignKey("offence.code"), label=_("Offence"), on="", index=True
    )
    attempt: Mapped[bool] = flag(SUCH, label=_("Attempted"), on="list show add edit search")
    # Asked only where the law table has no confirmed class, or with a reason where it differs.
    offence_class: Mapped[str | None] = coded(
        "offence_class", label=_("Class of offence"), on="list show add edit search"
    )
    class_reason: Mapped[str | None] = field(String(200), label=_("Why the class differs"), width=6)
    way: Mapped[str | None] = coded("way", label=_("How it was done"), on="list show add edit search")
    means: Mapped[str | None] = coded("means", label=_("Means used"), on="show add edit search")
    motive: Mapped[str | None] = coded("motive", label=_("Motive"), on="show add edit search")
    weapon: Mapped[str | None] = coded("weapon", label=_("Weapon"), on="show add edit search")
    second_weapon: Mapped[str | None] = coded("weapon", label=_("Second weapon"), on="show add edit")
    # The offence's own, kept here so that a department's part of the cases is one lookup.
    family: Mapped[str | None] = coded("offence_family", label=_("Offence family"), on="")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="offences"
    )
    offence: Mapped[Offence] = link(
        offence_code, lookup="offence", label=_("Offence"), on="list show add edit"
    )

    __table_args__ = tuple(
        Index(f"ix_case_offence_{name}", name, "id")
        for name in ("attempt", "offence_class", "way", "means", "motive", "weapon")
    )

    def derive(self):
        if self.offence is not None:
            self.family = self.offence.family
        if self.case is None:
            return
        self.lie_in(self.case.located_at)
        if self.id is not None:  # another offence may protect other people
            for row in self.case.involvements:
                row.derive()

    def __str__(self):
        return str(self.offence)
