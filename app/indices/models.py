"""Models: an item with its numbers and exhibits, the match of a stolen item, an organisation, and a relation.

An item has no facts of its own: what is known of it are its exhibits, each visible with its case. A theft is an exhibit
with the role stolen, a recovery one with the role recovered in the same case, or a confirmed match.
"""

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    column,
    exists,
    false,
    not_,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.cases.models import Case, Exhibit
from app.cases.row_filter import CaseChild, is_hidden
from app.indices import rules
from app.kernel.access.area import HasArea, in_area, is_of_units
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, field, link
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem
from app.kernel.text import khmer
from app.people.models import Person
from app.people.visibility import is_visible
from app.reference.models import Place, Unit

RELATION_EXISTS = _("This relation is already recorded in this case. Open the relation that exists.")
CLEAR, STOLEN, RECOVERED = "clear", "stolen", "recovered"
WAITING, CONFIRMED, DENIED, ENDED = "waiting", "confirmed", "denied", "ended"
# A plain table: the row filter of the class would leave out the rows that are asked for.
_involvements = table("involvement", *map(column, ("case_id", "person_id", "protection"))).c


class Item(Model):
    """A vehicle, phone, weapon, document or other thing with a number: one record for all cases."""

    __tablename__ = "item"
    __table_args__ = (Index("ix_item_state", "state", "id"), Index("ix_item_kind", "kind", "id"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = code_field(
        "exhibit_kind", label=_("Exhibit type"), on="list show search", nullable=False
    )
    state: Mapped[str] = code_field(
        "item_state", label=_("Theft report"), on="list show search", nullable=False, default=CLEAR
    )

    exhibits: Mapped[list["ItemExhibit"]] = relationship(back_populates="item", order_by="ItemExhibit.id")

    @classmethod
    def __row_filter__(cls, scope):
        bounds = ItemExhibit.__row_filter__(scope)
        return None if bounds is None else cls.exhibits.any(bounds)

    def __str__(self):
        return f"I-{self.id:07d}" if self.id else ""


class ItemNumber(Model):
    """A number of an item as it is compared. One item of a kind has a number; readers see the numbers of exhibits only."""

    __tablename__ = "item_number"
    __table_args__ = (UniqueConstraint("key", "name", "kind"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True, nullable=False)
    kind: Mapped[str] = mapped_column(String(40), nullable=False)
    name: Mapped[str] = mapped_column(String(20), nullable=False)
    key: Mapped[str] = mapped_column(String(60), nullable=False)

    @classmethod
    def __row_filter__(cls, scope):
        return None if scope.is_unrestricted else false()


class ItemExhibit(Model):
    """An exhibit of an item. `id` is the id of the exhibit, which belongs to one item."""

    __tablename__ = "item_exhibit"

    id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True, autoincrement=False)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True, nullable=False)

    item: Mapped[Item] = relationship(Item, back_populates="exhibits")
    exhibit: Mapped[Exhibit] = relationship(Exhibit)

    @classmethod
    def __row_filter__(cls, scope):
        bounds = Exhibit.__row_filter__(scope)
        return None if bounds is None else cls.exhibit.has(bounds)


class ItemQueue(Model):
    """An exhibit whose numbers or role a save has changed: a job links it to its item. Each save adds its own rows."""

    __tablename__ = "item_queue"

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), nullable=False)


class ItemMatch(HasArea, Model):
    """A number of a stolen item was entered elsewhere. The unit of the theft answers, the other unit waits.

    The place is that of the theft. A `protected` match is not shown to the other unit, because the case of the theft
    names a person whose identity is protected. If the other case names one, the match has no other unit.
    """

    __tablename__ = "item_match"
    __table_args__ = (
        UniqueConstraint("stolen_id", "found_id"),
        Index("ix_item_match_due", "due_at", "id"),
        Index("ix_item_match_state", "state", "due_at", "id"),
        Index("ix_item_match_unit", "unit_code", "state"),
        Index("ix_item_match_owner", "owner_unit_code", "state"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True, nullable=False)
    stolen_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), nullable=False)
    found_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True, nullable=False)
    kind: Mapped[str] = code_field(
        "exhibit_kind", label=_("Exhibit type"), on="list show search", nullable=False
    )
    state: Mapped[str] = code_field(
        "item_match_state", label=_("Status"), on="list show search", nullable=False, default=WAITING
    )
    owner_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    protected: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    stolen_on: Mapped[date] = field(Date, label=_("Stolen on"), on="list show", nullable=False)
    found_on: Mapped[date] = field(Date, label=_("Found on"), on="list show", nullable=False)
    raised_at: Mapped[datetime] = field(DateTime, label=_("Matched at"), on="show", nullable=False)
    due_at: Mapped[datetime] = field(
        DateTime, label=_("Answer deadline"), on="list show order", nullable=False
    )
    answered_at: Mapped[datetime | None] = field(DateTime, label=_("Answered at"), on="show")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show", width=12)

    owner_unit: Mapped[Unit | None] = link(
        owner_unit_code, lookup="unit", label=_("Unit of the theft"), on="list show"
    )
    unit: Mapped[Unit | None] = link(
        unit_code, lookup="unit", label=_("Unit that entered the number"), on="list show"
    )
    item: Mapped[Item] = relationship(Item)

    @classmethod
    def __row_filter__(cls, scope):
        if scope.is_unrestricted or scope.is_nationwide:
            return None
        own = or_(
            is_of_units(cls.owner_unit_code, scope.units),
            and_(is_of_units(cls.unit_code, scope.units), cls.protected.is_(False)),
        )
        return own if scope.offence_families else or_(own, in_area(cls, scope.area))

    def __str__(self):
        return f"M-{self.id:07d}" if self.id else ""


class Organisation(Record):
    """A company, association or group that a case names: one record for all cases."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("ix_organisation_name_key", "name_key", unique=True),
        Index("ix_organisation_sort", "name_sort", "id"),
    )
    __unrestricted__ = "An organisation is one record for all units; its cases keep their scope."
    __editable_after_lock__ = ()
    __conflicts__ = {
        "ix_organisation_name_key": Problem("name", _("An organisation with this name is already recorded.")),
    }

    name: Mapped[str] = field(String(200), label=_("Name"), on="list show add edit order", width=6)
    kind: Mapped[str] = code_field("organisation_kind", label=_("Kind"), on="list show add edit search")
    place_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Place"), on="", index=True
    )
    name_key: Mapped[str] = field(String(200), label=_("Name for comparison"), on="", nullable=False)
    name_sort: Mapped[str] = field(String(900), label=_("Sort key"), on="", nullable=False)

    place: Mapped[Place | None] = link(place_code, lookup="place", label=_("Place"), on="list show add edit")

    def update_derived(self):
        self.name_key = "".join(one for one in khmer.normalize(self.name or "").upper() if one.isalnum())
        self.name_sort = khmer.sort_key(self.name or "")

    def __str__(self):
        return self.name or ""


class Relation(CaseChild, HasArea, Record):
    """A relation between two records, known from a case. Without a second record it is with the case itself."""

    __tablename__ = "relation"
    __rules__ = rules.RELATION
    __row_policy__ = ""
    __withdrawable__ = True
    __voided_with__ = ("case", "from_person", "from_organisation", "to_person", "to_organisation")
    __editable_after_lock__ = {"until": "a relation may end later", "ends_key": "empty in a void row"}
    __conflicts__ = {"ix_relation_ends_key": Problem("kind", RELATION_EXISTS, "V136")}
    __table_args__ = (Index("ix_relation_ends_key", "ends_key", unique=True),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    from_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    from_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    from_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    to_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    to_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    to_place_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Place"), on="", index=True
    )
    ends_key: Mapped[str | None] = mapped_column(String(120))

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Known from the case"), on="list show add")
    from_person: Mapped[Person | None] = link(
        from_person_id, lookup="person", label=_("Person"), on="list show add", width=4
    )
    from_item: Mapped[Item | None] = link(
        from_item_id, lookup="item", label=_("Item"), on="list show add", width=4
    )
    from_organisation: Mapped[Organisation | None] = link(
        from_organisation_id, lookup="organisation", label=_("Organisation"), on="list show add", width=4
    )
    kind: Mapped[str] = code_field("relation_kind", label=_("Kind of relation"), on="list show add search")
    to_person: Mapped[Person | None] = link(
        to_person_id, lookup="person", label=_("With the person"), on="list show add", width=3
    )
    to_item: Mapped[Item | None] = link(
        to_item_id, lookup="item", label=_("With the item"), on="list show add", width=3
    )
    to_organisation: Mapped[Organisation | None] = link(
        to_organisation_id,
        lookup="organisation",
        label=_("With the organisation"),
        on="list show add",
        width=3,
    )
    to_place: Mapped[Place | None] = link(
        to_place_code, lookup="place", label=_("With the place"), on="list show add", width=3
    )
    since: Mapped[date | None] = field(Date, label=_("From"), on="list show add edit", width=3)
    until: Mapped[date | None] = field(Date, label=_("Until"), on="list show add edit", width=3)
    source_grade: Mapped[str] = code_field("source_grade", label=_("Source"), on="show add edit")
    information_grade: Mapped[str] = code_field(
        "information_grade", label=_("Reliability of the information"), on="show add edit"
    )

    @classmethod
    def __row_filter__(cls, scope):
        """Return the filter of the case, limited to relations of which the reader sees both ends."""
        if scope.is_unrestricted:
            return None
        bounds = [CaseChild.__row_filter__.__func__(cls, scope)]
        for person_id in (cls.from_person_id, cls.to_person_id):
            rows = _involvements.case_id == cls.case_id, _involvements.person_id == person_id
            is_protected = exists().where(*rows, is_hidden(_involvements))
            is_named = exists().where(
                *rows, not_(is_hidden(_involvements))
            )  # in another role, also a void row
            shown = and_(is_visible(person_id, scope), or_(not_(is_protected), is_named))
            bounds.append(or_(person_id.is_(None), shown))
        for name in ("from_item", "to_item"):
            seen = Item.__row_filter__(scope)
            if seen is not None:
                bounds.append(or_(getattr(cls, f"{name}_id").is_(None), getattr(cls, name).has(seen)))
        return and_(*(one for one in bounds if one is not None))

    def is_in_scope(self, _scope):
        """Return False: only a query decides whether the author sees both ends."""
        return False

    @validates("to_place")
    def _set_place_code(self, _name, place):
        self.to_place_code = place.code if place is not None else None
        return place

    @property
    def first(self):
        """Return the record on the first side."""
        return next((one for name in rules.FROM if (one := getattr(self, name)) is not None), None)

    @property
    def second(self):
        """Return the record on the second side; the case if none is chosen."""
        return next((one for name in rules.TO if (one := getattr(self, name)) is not None), self.case)

    @property
    def people_shown(self):
        """Return the ids of the people that the relation names, for the access log."""
        return [one for one in (self.from_person_id, self.to_person_id) if one is not None]

    def update_derived(self):
        CaseChild.update_derived(self)
        self.ends_key = None if self.is_void else self._make_ends_key()

    def is_repeated(self, session):
        """Return whether both ends are one person, or the case already has this relation: so after a merge of persons."""
        if self.is_void:
            return False
        if self.from_person is not None and self.from_person is self.to_person:
            return True
        same = select(Relation.id).where(Relation.ends_key == self._make_ends_key(), Relation.id != self.id)
        return session.scalar(same) is not None

    def _make_ends_key(self):
        """Return the kind, the case and both ends in a fixed order, so that a relation is recorded once."""
        ends = [
            f"{name.partition('_')[2][0]}{value.code if name == 'to_place' else value.id}"
            for name in (*rules.FROM, *rules.TO)
            if (value := getattr(self, name)) is not None
        ]
        return "|".join([self.kind or "", str(self.case.id if self.case else ""), *sorted(ends)])

    def __str__(self):
        return code_lists.label("relation_kind", self.kind) if self.kind else ""
