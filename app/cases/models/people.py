"""Who stands in a case, and as what."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.cases import rules
from app.cases.models.case import Case
from app.cases.row_filter import OfCase, involvement_within
from app.kernel.access.area import Located
from app.kernel.i18n.yes_no import DUE, SUCH
from app.kernel.schema.fields import coded, count, field, flag, link
from app.kernel.schema.record import Record
from app.people.models import Person
from app.people.rules import ages_on


class Involvement(OfCase, Located, Record):
    """A person in a case: the role, and the state in which he or she was."""

    __tablename__ = "involvement"
    __rules__ = rules.INVOLVEMENT
    __stays_open__ = ("ended_on", "end_reason")  # by a final decision of the court, a record of its own

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = coded("role", label=_("Role in the case"), on="list show add edit search")
    participation: Mapped[str | None] = coded(
        "participation", label=_("Suspected part"), on="show add edit search"
    )
    relation: Mapped[str | None] = coded(
        "relation", label=_("Relation to the victim"), on="show add edit search"
    )
    injury: Mapped[str | None] = coded("injury", label=_("Injury"), on="list show add edit search")
    intoxication: Mapped[str | None] = coded(
        "intoxication", label=_("Drink or drugs"), on="show add edit search"
    )
    schooling: Mapped[str | None] = coded("education", label=_("Schooling"), on="show add edit")
    work: Mapped[str | None] = coded("occupation", label=_("Occupation"), on="show add edit")
    family: Mapped[str | None] = coded("marital", label=_("Family status"), on="show add edit")
    state: Mapped[str | None] = coded("state_of_mind", label=_("State of mind"), on="show add edit")
    age: Mapped[int | None] = count(label=_("Age at the time"), on="list show")
    minor: Mapped[bool] = flag(SUCH, label=_("Minor"), on="list show search")
    restricted: Mapped[bool] = flag(DUE, label=_("Identity protected"), on="show search")
    photo_missing: Mapped[str | None] = coded("photo_missing", label=_("Why there is no photo"))
    note: Mapped[str | None] = field(String(400), label=_("Note"), width=12)
    ended_on: Mapped[date | None] = field(Date, label=_("Part in the case ended on"), on="show")
    end_reason: Mapped[str | None] = coded("verdict", label=_("Decision of the court"), on="show")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show", back_populates="involvements"
    )
    person: Mapped[Person] = link(person_id, lookup="person", label=_("Person"), on="list show")

    __table_args__ = (
        Index("ix_involvement_province", "province_code", "id"),
        *(
            Index(f"ix_involvement_{name}", name, "id")
            for name in ("role", "injury", "participation", "relation", "intoxication")
        ),
    )

    def derive(self):
        if self.case is None:
            return
        self.lie_in(self.case.located_at)
        if self.person is None and self.person_id is not None:
            return  # a protected person: what was reckoned from the birth stays as it is
        ages = ages_on(self.person, self.case.occurred_from)
        self.age = ages[1] if ages else None
        self.minor = bool(ages) and ages[0] < rules.ADULT_AGE
        self.restricted = rules.identity_is_protected(self.case, self)

    @classmethod
    def __within__(cls, scope):
        return involvement_within(cls, scope)

    def __str__(self):
        return str(self.person) if self.person is not None else str(_("Identity protected"))
