"""The model of the steps of procedure of a case, from the first inquiry to the final judgment."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.cases import rules
from app.cases.models.case import Case
from app.cases.row_filter import CaseChild
from app.kernel.access.area import HasArea
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.reference.models import Court


class CaseDisposition(CaseChild, HasArea, Record):
    """One step of procedure. Its kind gives the status of the case (`rules.dispositions.STEPS`)."""

    __tablename__ = "case_disposition"
    __rules__ = rules.DISPOSITION
    __editable_after_lock__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = code_field("procedure_step", label=_("Step of procedure"), on="list show add search")
    decided_on: Mapped[date] = field(Date, label=_("Step taken on"), on="list show add", width=3)
    clearance: Mapped[str | None] = code_field("clearance", label=_("Solving method"), on="list show add")
    court_code: Mapped[str | None] = field(String(20), ForeignKey("court.code"), label=_("Court"), on="")
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show add", width=12)
    # An imported step has the row of its file in place of a document. Without a day, it has that of the report.
    source_row: Mapped[int | None] = field(Integer, label=_("Row of the imported file"), on="show")
    # The status to return to if a correction voids all steps.
    previous_status: Mapped[str | None] = code_field("case_status", label=_("Status before"), on="show")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show add search", back_populates="dispositions"
    )
    court: Mapped[Court | None] = link(court_code, lookup="court", label=_("Court"), on="show add")

    def update_derived(self):
        CaseChild.update_derived(self)
        if self.id is None and self.case is not None and self.source_row is None:
            self.previous_status = self.case.status

    def __str__(self):
        return code_lists.label("procedure_step", self.kind)
