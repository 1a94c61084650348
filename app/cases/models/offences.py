"""The model of the offences of a case."""

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.cases import rules
from app.cases.models.case import Case
from app.cases.row_filter import CaseChild
from app.kernel.access.area import HasArea
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema import lookups
from app.kernel.schema.fields import code_field, field, flag, link
from app.kernel.schema.record import Record
from app.reference.models import Offence


class CaseOffence(CaseChild, HasArea, Record):
    """An offence of the law in a case: attempted or completed, method, means and motive."""

    __tablename__ = "case_offence"
    __rules__ = rules.OFFENCE
    __withdrawable__ = True
    __editable_after_lock__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    offence_code: Mapped[str] = field(String(40), ForeignKey("offence.code"), label=_("Offence"), on="")
    attempt: Mapped[bool] = flag(APPLIES, label=_("Attempted"), on="list show add edit search")
    # Requested only if the table of offences has no confirmed class; a different class needs a reason.
    offence_class: Mapped[str | None] = code_field(
        "offence_class", label=_("Offence class"), on="list show add edit search"
    )
    class_reason: Mapped[str | None] = field(String(200), label=_("Reason for the different class"), width=6)
    method: Mapped[str | None] = code_field(
        "method", label=_("Method of commission"), on="list show add edit search"
    )
    means: Mapped[str | None] = code_field("means", label=_("Means used"), on="show add edit search")
    motive: Mapped[str | None] = code_field("motive", label=_("Motive"), on="show add edit search")
    weapon: Mapped[str | None] = code_field("weapon", label=_("Weapon"), on="show add edit search")
    second_weapon: Mapped[str | None] = code_field("weapon", label=_("Second weapon"), on="show add edit")
    # Copied from the offence, so that a department's row filter is one lookup.
    family: Mapped[str | None] = code_field("offence_family", label=_("Offence family"), on="")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show search", back_populates="offences"
    )
    offence: Mapped[Offence] = link(
        offence_code, lookup="offence", label=_("Offence"), on="list show add edit"
    )

    __table_args__ = (
        *(
            Index(f"ix_case_offence_{name}", name, "id")
            for name in ("attempt", "offence_class", "method", "means", "motive", "weapon")
        ),
        # The list filters by offence read these indexes alone.
        Index("ix_case_offence_code", "offence_code", "province_code", "case_id"),
        Index("ix_case_offence_family", "family", "province_code", "case_id"),
    )

    def update_derived(self):
        if self.offence is not None:
            self.family = self.offence.family
        if self.case is None:
            return
        self.set_area(self.case.place_code)
        if self.case.id is not None:  # another offence may protect other people
            for row in self.case.involvements:
                row.update_derived()

    def __str__(self):
        # From memory: lists of charges and judgments name many offences.
        code = self.offence_code or (self.offence.code if self.offence else None)
        return lookups.get_lookup("offence").words(code) if code else ""
