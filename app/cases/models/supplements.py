"""The model of the supplements to a case."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.cases import rules
from app.cases.models.case import Case
from app.cases.row_filter import CaseChild
from app.kernel.access.area import HasArea
from app.kernel.schema.fields import field, link
from app.kernel.schema.record import Record


class Supplement(CaseChild, HasArea, Record):
    """Information received later. It adds to a case and never changes it."""

    __tablename__ = "supplement"
    __rules__ = rules.SUPPLEMENT
    __withdrawable__ = True
    __editable_after_lock__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    learned_on: Mapped[date] = field(Date, label=_("Information received on"), on="list show add")
    text: Mapped[str] = field(Text, label=_("Information received"), on="list show add search", width=12)

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show add search", back_populates="supplements"
    )

    def __str__(self):
        return self.text
