"""Model of a court order."""
# chosen fields: what would identify a hidden person to another unit

from datetime import date
from functools import cache

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship, validates

from app.cases.models import Case
from app.court_orders import rules, state_machine
from app.court_orders.row_filter import build_order_filter, shows_minor
from app.kernel.access.area import HasArea
from app.kernel.actor import actor_of
from app.kernel.i18n.yes_no import IS_PRESENT, IS_URGENT
from app.kernel.schema.fields import code_field, field, field_names_on, flag, link
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import column_of_field
from app.people.models import Person
from app.reference.models import Court, Law, Offence, Place, Unit

IS_VALID = text("voided_at IS NULL AND status <> 'rejected'")


class CourtOrder(HasArea, Record):
    """An order of a court or prosecutor as received, with its current state."""

    __tablename__ = "court_order"
    __stays_valid__ = {"case": "the order of a court stays in force whatever the police entered"}
    __rules__ = rules.ORDER
    __unless__ = dict.fromkeys(("issuer_name", "offence", "law_text"), "arrest")  # V074
    __editable_after_lock__ = dict.fromkeys(
        (
            "status", "person_id", "checked_by_id", "search_unit_code", "search_officer", "owner_unit_code",
            "next_step", "due_on", "validate_by", "last_seen_place_code", "last_seen_on", "notice_kind", "notice_no",
            "province_code", "district_code", "commune_code", "minor",
        ),
        "computed from the events of the order",
    )  # fmt: skip

    __names_people__ = True
    __identity_fields__ = frozenset(
        ("surname_km", "given_km", "surname_latin", "given_latin", "born_on", "father_name", "home")
    )
    # Fields of the form that say nothing about the paper or its person. They stay editable after the check.
    __unchecked_fields__ = frozenset(("received_on", "urgent", "case", "dossier_no", "note"))
    # They decide the age of the person, and which units see it.
    __identity_links__ = ("age_stated", "occurred_on", "issued_on", "offence")

    kind: Mapped[str] = code_field("order_kind", label=_("Order type"), on="list show add edit search")
    number: Mapped[str] = field(String(60), label=_("Order number"), on="list show add edit", width=3)
    number_key: Mapped[str] = field(String(60), label=_("Number for comparison"), on="", nullable=False)
    court_code: Mapped[str] = field(String(20), ForeignKey("court.code"), label=_("Court"), on="")
    issuer: Mapped[str] = code_field("order_issuer", label=_("Issued by"))
    issuer_name: Mapped[str | None] = field(
        String(120), label=_("Name of the judge or prosecutor"), on="show add edit", width=4
    )
    issued_on: Mapped[date] = field(
        Date, label=_("Issued on"), on="list show add edit search order", width=3, nullable=False
    )
    received_on: Mapped[date] = field(Date, label=_("Received on"), width=3, nullable=False)
    urgent: Mapped[bool] = flag(IS_URGENT, label=_("Urgent"))
    offence_code: Mapped[str | None] = field(
        String(40), ForeignKey("offence.code"), label=_("Offence"), on=""
    )
    offence_text: Mapped[str | None] = field(
        String(300), label=_("Offence as stated in the order"), on="show add edit", width=6
    )
    law_code: Mapped[str | None] = field(String(20), ForeignKey("law.code"), label=_("Law"), on="")
    law_text: Mapped[str | None] = field(
        String(200), label=_("Articles stated in the order"), on="show add edit", width=6
    )
    offence_class: Mapped[str | None] = code_field(
        "offence_class", label=_("Offence class"), on="show add edit search"
    )
    family: Mapped[str | None] = code_field("offence_family", label=_("Offence family"), on="")
    occurred_on: Mapped[date | None] = field(Date, label=_("Offence date"), width=3)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    dossier_no: Mapped[str | None] = field(String(60), label=_("Court dossier number"), width=3)
    basis_order_id: Mapped[int | None] = mapped_column(ForeignKey("court_order.id"))
    signed: Mapped[bool] = flag(IS_PRESENT, label=_("Signed"))
    sealed: Mapped[bool] = flag(IS_PRESENT, label=_("Sealed"))
    # The person as named in the order. A second officer identifies the registered person (V077).
    surname_km: Mapped[str | None] = field(String(80), label=_("Surname in Khmer"), width=3, private=True)
    given_km: Mapped[str | None] = field(String(80), label=_("Given name in Khmer"), width=3, private=True)
    surname_latin: Mapped[str | None] = field(
        String(80), label=_("Surname in Latin letters"), width=3, private=True
    )
    given_latin: Mapped[str | None] = field(
        String(80), label=_("Given name in Latin letters"), width=3, private=True
    )
    sex: Mapped[str | None] = code_field("sex", label=_("Sex"))
    born_on: Mapped[date | None] = field(Date, label=_("Date of birth"), width=3)
    age_stated: Mapped[int | None] = field(Integer, label=_("Age stated in the order"), width=3)
    nationality: Mapped[str | None] = code_field("nationality", label=_("Nationality"))
    father_name: Mapped[str | None] = field(String(160), label=_("Father's name"), width=3)
    home_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Residence"), on="")
    # The person was below 18 on the day of the offence or of the order. Follows from the birth data.
    minor: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    note: Mapped[str | None] = field(Text, label=_("Note"), width=12)
    origin: Mapped[str | None] = field(String(40), label=_("Origin of the record"), on="")

    status: Mapped[str] = code_field(
        "order_status", label=_("Order status"), on="list show search", default=state_machine.RECEIVED
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    search_unit_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Executing unit"), on=""
    )
    search_officer: Mapped[str | None] = field(String(120), label=_("Searching officer"), on="show")
    owner_unit_code: Mapped[str | None] = field(
        String(20), ForeignKey("unit.code"), label=_("Unit in charge"), on=""
    )
    next_step: Mapped[str | None] = code_field("order_step", label=_("Next step"), on="list show")
    due_on: Mapped[date | None] = field(Date, label=_("Due on"), on="list show")
    validate_by: Mapped[date | None] = field(Date, label=_("Validation deadline"), on="show")
    last_seen_place_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Last seen in"), on=""
    )
    last_seen_on: Mapped[date | None] = field(Date, label=_("Last seen on"), on="show")
    notice_kind: Mapped[str | None] = code_field("notice_kind", label=_("Notice"), on="show")
    notice_no: Mapped[str | None] = field(String(60), label=_("Notice number"), on="show")

    court: Mapped[Court] = link(court_code, lookup="court", label=_("Court"), on="list show add edit")
    offence: Mapped[Offence | None] = link(offence_code, lookup="offence", label=_("Offence"))
    law: Mapped[Law | None] = link(law_code, lookup="law", label=_("Law"))
    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Case"))
    basis_order: Mapped["CourtOrder | None"] = link(
        basis_order_id, lookup="order", label=_("Based on order or judgment"), remote_side="CourtOrder.id"
    )
    home: Mapped[Place | None] = link(home_code, lookup="place", label=_("Residence"))
    person: Mapped[Person | None] = link(person_id, lookup="person", label=_("Person"), on="show")
    search_unit: Mapped[Unit | None] = link(
        search_unit_code, lookup="unit", label=_("Executing unit"), on="show"
    )
    owner_unit: Mapped[Unit | None] = link(
        owner_unit_code, lookup="unit", label=_("Unit in charge"), on="show"
    )
    last_seen_place: Mapped[Place | None] = link(
        last_seen_place_code, lookup="place", label=_("Last seen in"), on="show"
    )
    acts: Mapped[list["OrderEvent"]] = relationship(  # noqa: F821
        back_populates="order", order_by="OrderEvent.id", foreign_keys="OrderEvent.order_id"
    )
    files: Mapped[list["OrderFile"]] = relationship(back_populates="order", order_by="OrderFile.id")  # noqa: F821

    __table_args__ = (
        Index(
            "uq_court_order_paper",
            "court_code",
            "number_key",
            "issued_on",
            unique=True,
            sqlite_where=IS_VALID,
            postgresql_where=IS_VALID,
        ),  # fmt: skip
        CheckConstraint("checked_by_id <> recorded_by_id", name="ck_court_order_second_officer"),
        Index("ix_court_order_issued", "issued_on", "id"),
        # Work lists and dashboard: one state within a scope, sorted by age, so that the cost does not grow with the
        # table. With `voided_at` and `family` at its end, an index answers a count without reading rows.
        *(
            Index(f"ix_court_order_{name}", *columns, "id", "voided_at", "family")
            for name, *columns in (
                ("open", "status", "issued_on"),
                ("open_by_province", "province_code", "status", "issued_on"),
                ("open_by_district", "district_code", "status", "issued_on"),
                ("due", "status", "due_on"),
                ("due_by_province", "province_code", "status", "due_on"),
                ("validate", "status", "validate_by"),
                ("validate_by_province", "province_code", "status", "validate_by"),
                ("step", "next_step", "issued_on"),
                ("step_by_province", "province_code", "next_step", "issued_on"),
                ("own", "owner_unit_code", "status", "issued_on"),
            )
        ),
        # Finds whether a person is wanted, for any number of orders against them.
        Index("ix_court_order_of_person", "person_id", "status"),
        Index("ix_court_order_kind", "kind", "issued_on", "id"),
        Index("ix_court_order_class", "offence_class", "issued_on", "id"),
        Index("ix_court_order_number", "number_key"),
        Index("ix_court_order_family", "family", "status", "issued_on", "id", "voided_at"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        return build_order_filter(cls, scope)

    def is_in_scope(self, scope):
        return self.unit_code in scope.units

    @validates("court", "offence", "law")
    def _code_follows(self, name, chosen):
        """Set the code with its record: the rules read the codes before the flush sets them."""
        setattr(self, f"{name}_code", chosen.code if chosen is not None else None)
        return chosen

    @property
    def __correction_only__(self):
        """Return the columns that a second officer has checked: one officer cannot change them afterwards."""
        if self.status in (None, state_machine.RECEIVED):
            return frozenset()
        return _list_checked_columns()

    @property
    def needs_identification(self):
        """Return True if a second officer must find the person: no person was found yet, or the record found is void."""
        in_force = self.status in (state_machine.ACTIVE, state_machine.IN_FORCE)
        return self.status == state_machine.RECEIVED or bool(in_force and self.person and self.person.is_void)

    @property
    def is_sought(self):
        """Return True if the police look for the person of the order: not one who is dead, void or a child."""
        person = self.person
        if self.status != state_machine.ACTIVE or self.is_void:
            return False
        return person is None or not (
            person.is_void or person.deceased_on or rules.people.is_child(self, person)
        )

    @property
    def is_wanted(self):
        """Return True if the person of the order is wanted because of it."""
        return state_machine.is_wanted_for(self.kind, self.status) and self.is_sought

    @property
    def awaits_decision(self):
        """Return True if a second officer must confirm an act. The status of the order stays as it is until then."""
        return any(one.awaits_confirmation for one in self.acts)

    @property
    def hides_identity(self):
        """Return True if the reader may not know this person below 18."""
        session = object_session(self)
        return bool(self.minor and session is not None) and not shows_minor(self, actor_of(session).scope)

    @classmethod
    def has_hidden_identity(cls):
        """Return the criterion of orders whose person no export identifies."""
        return cls.minor

    @property
    def named(self):
        """Return the name of the person as written in the order; initials and a number if the identity is hidden."""
        khmer = (self.surname_km, self.given_km) if self.surname_km or self.given_km else ()
        names = [name for name in (khmer or (self.surname_latin, self.given_latin)) if name]
        if self.hides_identity:
            number = f"P-{self.person_id:07d}" if self.person_id else self.number
            return " ".join([*(f"{name[0]}." for name in names), number])
        return " ".join(names) if khmer else self.named_latin

    @property
    def named_latin(self):
        """Return the name in Latin letters; empty if the identity is hidden."""
        names = () if self.hides_identity else ((self.surname_latin or "").upper(), self.given_latin)
        return " ".join(name for name in names if name)

    def update_derived(self):
        self.number_key = rules.number_key(self.number)
        if inspect(self).attrs["offence_code"].history.has_changes() and self.offence is not None:
            self.family = self.offence.family
            self.law_code = self.law_code or self.offence.law_code

    @property
    def open_deadline(self):
        """Return the day on which the next step is due, or None."""
        return self.due_on

    def __str__(self):
        return self.number or ""


@cache
def _list_checked_columns():
    checked = (
        name for name in field_names_on(CourtOrder, "edit") if name not in CourtOrder.__unchecked_fields__
    )
    return frozenset(column_of_field(CourtOrder, name) for name in checked)
