"""The model of the people in a case."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, object_session

from app.cases import rules
from app.cases.models.case import Case
from app.cases.row_filter import CaseChild, filter_involvements
from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import SUSPECT_ROLES
from app.kernel.access.area import HasArea
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema import record_lock
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem
from app.people.models import Person
from app.people.rules import get_ages_on

# Hidden rows are not unique: a refusal would say that another officer named this person as a protected one.
IS_SHOWN = text("voided_at IS NULL AND (protection IS NULL OR protection = 'minor')")


class Involvement(CaseChild, HasArea, Record):
    """A person in a case: the role, and the person's condition at the time."""

    __tablename__ = "involvement"
    __rules__ = rules.INVOLVEMENT
    __withdrawable__ = True
    __label_links__ = ("person",)
    __editable_after_lock__ = dict.fromkeys(
        ("ended_on", "end_reason"), "computed from final court decisions"
    ) | {"protection": "an offence that is added later may raise it; only a correction lowers it"}
    __conflicts__ = {"ix_involvement_one_role": Problem("role", rules.SAME_ROLE, "V142")}
    __computed_if_void__ = (*CaseChild.__computed_if_void__, "age", "minor", "protection")

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = (
        code_field(  # active_history: an edit compares it with the role before, also of an expired row
            "role", label=_("Role in the case"), on="list show add edit search", active_history=True
        )
    )
    participation: Mapped[str | None] = code_field(
        "participation", label=_("Suspected role"), on="show add edit search"
    )
    relation: Mapped[str | None] = code_field(
        "relation", label=_("Relation to the victim"), on="show add edit search"
    )
    injury: Mapped[str | None] = code_field("injury", label=_("Injury"), on="list show add edit search")
    intoxication: Mapped[str | None] = code_field(
        "intoxication", label=_("Alcohol or drugs"), on="show add edit search"
    )
    schooling: Mapped[str | None] = code_field("education", label=_("Education level"), on="show add edit")
    work: Mapped[str | None] = code_field("occupation", label=_("Occupation"), on="show add edit")
    family: Mapped[str | None] = code_field("marital", label=_("Family status"), on="show add edit")
    state: Mapped[str | None] = code_field("state_of_mind", label=_("Mental state"), on="show add edit")
    age: Mapped[int | None] = count(label=_("Age at the time"), on="list show")
    minor: Mapped[bool] = flag(APPLIES, label=_("Minor"), on="list show search")
    # Derived and sticky: an edit raises the level, and only a correction lowers it: of the level itself, or of the birth or
    # the day that made a minor of an adult suspect.
    protection: Mapped[str | None] = code_field(
        "protection", label=_("Identity protected"), on="show correct search"
    )
    # The author saw only the card of the person: this row makes the person visible to no unit.
    card_only: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    photo_missing: Mapped[str | None] = code_field(
        "photo_missing",
        label=_("Reason for no photo"),
        help=_("Choose one for a suspect or victim without a photo."),
    )
    note: Mapped[str | None] = field(String(400), label=_("Note"), width=12)
    ended_on: Mapped[date | None] = field(Date, label=_("Involvement ended on"), on="show")
    end_reason: Mapped[str | None] = code_field("verdict", label=_("Court decision"), on="show")

    case: Mapped[Case] = link(
        case_id, lookup="case", label=_("Case"), on="list show search", back_populates="involvements"
    )
    person: Mapped[Person] = link(person_id, lookup="person", label=_("Person"), on="list show")

    __table_args__ = (
        Index("ix_involvement_province", "province_code", "id"),
        Index(
            "ix_involvement_one_role",
            "case_id",
            "person_id",
            "role",
            unique=True,
            sqlite_where=IS_SHOWN,
            postgresql_where=IS_SHOWN,
        ),  # fmt: skip
        Index("ix_involvement_recorded_at", "recorded_at"),
        *(
            Index(f"ix_involvement_{name}", name, "id")
            for name in ("recorded_by_id", "role", "injury", "participation", "relation", "intoxication")
        ),
    )

    def update_derived(self):
        if self.case is None:
            return
        self.set_area(self.case.place_code)
        needed = rules.find_protection(self.case, self)
        if self.person is None and self.person_id is not None:  # hidden from this user: keep the age
            self.protection = rules.find_strongest_protection(self.protection, needed)
            return
        ages, was_minor = get_ages_on(self.person, self.case.occurred_from), self.minor
        self.age = ages[1] if ages else None
        self.minor = bool(ages) and ages[0] < rules.ADULT_AGE
        is_corrected = was_minor and ages and not self.minor and self.protection == rules.MINOR
        if not (is_corrected and record_lock.is_corrected(object_session(self), self, "protection")):
            needed = rules.find_strongest_protection(self.protection, needed)
        self.protection = needed

    @property
    def youngest(self):
        """Return the lowest possible age at the time; `age` is the highest. None if the reader does not see the person."""
        ages = self.person and get_ages_on(self.person, self.case.occurred_from)
        return ages[0] if ages else None

    @property
    def named_by(self):
        """Return the values by which orders, arrests and judgments name this suspect; {} if another row does it too."""
        others = (one for one in exclude_voided(self.case.involvements) if one is not self)
        is_named_twice = any(one.person_id == self.person_id and one.role in SUSPECT_ROLES for one in others)
        if self.role not in SUSPECT_ROLES or is_named_twice:
            return {}
        return {"case_id": self.case_id, "person_id": self.person_id}

    @property
    def is_hidden(self):
        """True if the name is hidden; compare `row_filter.is_hidden`."""
        return self.protection not in (None, rules.MINOR)

    @classmethod
    def __row_filter__(cls, scope):
        return filter_involvements(cls, scope)

    card = None  # the card of a person outside the reader's scope, once `cases.person_cards` has loaded it

    initials = ""  # of a suspect below 18 that the reader does not see by name (`cases.person_cards`)

    @property
    def shows_card(self):
        """True if the reader may see the card of the person and nothing else."""
        return self.person is None and self.card_only and not self.is_hidden

    def __str__(self):
        if self.person is not None:
            return str(self.person)
        if self.shows_card:
            return self.card.name if self.card is not None else str(_("Person outside your area"))
        return self.initials or str(_("Identity protected"))
