"""Person and the identity data: other names, documents, addresses, marks and photos."""

from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.files.store import FileRecord
from app.kernel.i18n.yes_no import IS_UNKNOWN_PERSON
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.text import khmer
from app.kernel.text.phone_numbers import normalize_phone
from app.people import rules
from app.people.visibility import PersonChild, is_visible, list_key_sources
from app.reference.models import Place


class Person(Record):
    """A registered person. The status is computed from open facts, never typed."""

    __tablename__ = "person"
    __rules__ = rules.PERSON
    __unless__ = dict.fromkeys(("age_from", "age_to"), "estimated")  # V034
    # Names, birth and sex lock.
    __editable_after_lock__ = dict.fromkeys(
        ("nationality", "ethnicity", "occupation", "education", "marital", "children", "spouse_name", "phone", "home_code"),
        "the living situation changes",
    ) | {
        "phone_key": "computed from the telephone",
        "height_cm": "the appearance changes",
        "photo_missing": "a photo may be taken later",
        "deceased_on": "computed from confirmed reports of death",
    }  # fmt: skip
    __correction_only__ = ("merged_into_id",)
    __withdrawable__ = True  # with the row of the case that registered the person

    name: Mapped[str] = field(String(200), label=_("Name"), on="list order", nullable=False)
    unidentified: Mapped[bool] = flag(
        IS_UNKNOWN_PERSON, label=_("Identity not known"), on="show add edit search", width=12
    )
    surname_km: Mapped[str | None] = field(
        String(80),
        label=_("Surname in Khmer"),
        on="show add edit search",
        width=3,
        private=True,
    )
    given_km: Mapped[str | None] = field(
        String(80),
        label=_("Given name in Khmer"),
        on="show add edit search",
        width=3,
        private=True,
    )
    surname_latin: Mapped[str | None] = field(
        String(80),
        label=_("Surname in Latin letters"),
        on="show add edit search",
        width=3,
        private=True,
    )
    given_latin: Mapped[str | None] = field(
        String(80),
        label=_("Given name in Latin letters"),
        on="show add edit search",
        width=3,
        private=True,
    )
    sex: Mapped[str] = code_field("sex", label=_("Sex"), on="list show add edit search")
    sex_reason: Mapped[str | None] = field(String(200), label=_("Reason the sex is unknown"))
    born_on: Mapped[date | None] = field(Date, label=_("Date of birth"), width=3)
    birth_precision: Mapped[str | None] = code_field("birth_precision", label=_("Date of birth precision"))
    birth_year: Mapped[int | None] = field(
        Integer, label=_("Year of birth"), on="list show search", index=True, private=True
    )
    age_stated: Mapped[int | None] = count(label=_("Age as stated"))
    age_from: Mapped[int | None] = count(label=_("Estimated age from"))
    age_to: Mapped[int | None] = count(label=_("Estimated age to"))
    nationality: Mapped[str | None] = code_field(
        "nationality", label=_("Nationality"), on="list show add edit search"
    )
    ethnicity: Mapped[str | None] = code_field("ethnicity", label=_("Ethnic group"))
    occupation: Mapped[str | None] = code_field("occupation", label=_("Occupation"))
    education: Mapped[str | None] = code_field("education", label=_("Education level"))
    marital: Mapped[str | None] = code_field("marital", label=_("Family status"))
    children: Mapped[int | None] = count(label=_("Number of children"))
    father_name: Mapped[str | None] = field(String(160), label=_("Father's name"), width=3)
    mother_name: Mapped[str | None] = field(String(160), label=_("Mother's name"), width=3)
    spouse_name: Mapped[str | None] = field(String(160), label=_("Spouse's name"))
    phone: Mapped[str | None] = field(String(40), label=_("Telephone"))
    phone_key: Mapped[str | None] = field(String(40), label=_("Telephone for comparison"), on="", index=True)
    height_cm: Mapped[int | None] = count(label=_("Height in centimetres"))
    birthplace_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Place of birth"), on=""
    )
    home_code: Mapped[str | None] = field(
        String(8), ForeignKey("place.code"), label=_("Residence"), on="", index=True
    )
    deceased_on: Mapped[date | None] = field(Date, label=_("Date of death"), on="show")
    photo_missing: Mapped[str | None] = code_field("photo_missing", label=_("Reason for no photo"))
    name_sort: Mapped[str] = field(String(900), label=_("Sort key"), on="", nullable=False)
    origin: Mapped[str | None] = field(String(40), label=_("Origin of the record"), on="")
    # The surviving record of a merge; no new row links to this one.
    merged_into_id: Mapped[int | None] = field(
        Integer, ForeignKey("person.id"), label=_("Merged with"), on="", index=True
    )

    birthplace: Mapped[Place | None] = link(birthplace_code, lookup="place", label=_("Place of birth"))
    home: Mapped[Place | None] = link(
        home_code, lookup="place", label=_("Residence"), on="list show add edit"
    )

    names: Mapped[list["PersonName"]] = relationship(back_populates="person", order_by="PersonName.id")
    documents: Mapped[list["PersonDocument"]] = relationship(
        back_populates="person", order_by="PersonDocument.id"
    )
    addresses: Mapped[list["PersonAddress"]] = relationship(
        back_populates="person", order_by="PersonAddress.id"
    )
    marks: Mapped[list["PersonMark"]] = relationship(back_populates="person", order_by="PersonMark.id")
    photos: Mapped[list["PersonPhoto"]] = relationship(back_populates="person", order_by="PersonPhoto.id")

    __table_args__ = (
        # Includes the year of birth and the time of registration: the list filters by them while it scans this index.
        Index("ix_person_sort", "name_sort", "id", "birth_year", "recorded_at"),
        Index("ix_person_same", "surname_km", "given_km", "sex", "born_on"),
        Index("ix_person_latin", "surname_latin", "given_latin", "father_name"),
        Index("ix_person_given", "given_km"),
        Index("ix_person_given_latin", "given_latin"),
        Index("ix_person_recorded_by_id", "recorded_by_id"),
        Index("ix_person_recorded_at", "recorded_at"),
        # Filter column followed by the list order: no sort, for any number of matches.
        Index("ix_person_of_sex", "sex", "name_sort", "id"),
        Index("ix_person_of_nationality", "nationality", "name_sort", "id"),
        Index("ix_person_unidentified", "unidentified", "name_sort", "id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        return is_visible(cls.id, scope)

    def is_in_scope(self, scope):
        """Return True for a person of the actor's unit. The law may hide a person also from the unit that entered them."""
        return self.unit_code in scope.units

    @classmethod
    def __keyset_sources__(cls, scope, order):
        return list_key_sources(cls, scope) if order == "name_sort" else ()

    @property
    def photo(self):
        """Return the newest photo that is not void. A void photo may show another person."""
        return next((one for one in reversed(self.photos) if one.voided_at is None), None)

    @property
    def number(self):
        """Return the person number for display: P- and at least seven digits."""
        return self.format_number(self.id) if self.id else ""

    @staticmethod
    def format_number(key):
        return f"P-{key:07d}"

    @property
    def name_km(self):
        return " ".join(part for part in (self.surname_km, self.given_km) if part)

    @property
    def name_latin(self):
        surname = (self.surname_latin or "").upper()
        return " ".join(part for part in (surname, self.given_latin) if part)

    def update_derived(self):
        self.name = self.name_km or self.name_latin  # empty if the person has no known name
        self.name_sort = khmer.sort_key(self.name)
        self.phone_key = normalize_phone(self.phone) or None
        if self.born_on:
            self.birth_year = self.born_on.year

    def __str__(self):
        return self.name_km or self.name_latin or str(_("Unknown person"))


class PersonName(PersonChild, Record):
    """Another name of a person: an alias, a former name, a nickname, another spelling."""

    __tablename__ = "person_name"
    __rules__ = rules.OTHER_NAME
    __withdrawable__ = True
    __editable_after_lock__ = ()

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = code_field("name_kind", label=_("Name type"), on="list show add edit search")
    text_km: Mapped[str | None] = field(
        String(160),
        width=6,
        label=_("Another name or nickname"),
        on="list show add edit search",
        index=True,
        private=True,
    )
    text_latin: Mapped[str | None] = field(
        String(160),
        label=_("Name in Latin letters"),
        on="list show add edit search",
        index=True,
        private=True,
    )

    person: Mapped[Person] = link(
        person_id, lookup="person", label=_("Person"), on="list show add", back_populates="names"
    )

    def __str__(self):
        return self.text_km or self.text_latin or ""


class PersonDocument(PersonChild, Record):
    """An identity document. `number_key` is the number for comparison: Latin letters and digits only."""

    __tablename__ = "person_document"
    __rules__ = rules.DOCUMENT
    __withdrawable__ = True
    __editable_after_lock__ = ()

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = code_field("document_kind", label=_("Document type"), on="list show add edit search")
    number: Mapped[str] = field(
        String(60),
        label=_("Document number"),
        width=3,
        on="list show add edit search",
        index=True,
        private=True,
    )
    country: Mapped[str | None] = code_field("nationality", label=_("Issued by country"), on="show add edit")
    valid_to: Mapped[date | None] = field(Date, label=_("Valid until"), on="list show add edit")
    number_key: Mapped[str] = field(String(60), label=_("Number for comparison"), on="", index=True)

    person: Mapped[Person] = link(
        person_id, lookup="person", label=_("Person"), on="list show add", back_populates="documents"
    )

    __table_args__ = (Index("ix_person_document_kind", "kind", "id"),)

    def update_derived(self):
        self.number_key = rules.normalize_document_number(self.number)

    def __str__(self):
        return self.number


class PersonAddress(PersonChild, Record):
    """Where a person lives or lived."""

    __tablename__ = "person_address"
    __table_args__ = (Index("ix_person_address_kind", "kind"),)
    __withdrawable__ = True
    __editable_after_lock__ = {"until": "set when the person moves away"}

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = code_field("address_kind", label=_("Address type"), on="list show add edit search")
    place_code: Mapped[str | None] = field(String(8), ForeignKey("place.code"), label=_("Place"), on="")
    house: Mapped[str | None] = field(String(40), label=_("House number"), on="list show add edit", width=2)
    street: Mapped[str | None] = field(String(80), label=_("Street"), on="list show add edit", width=4)
    village_group: Mapped[str | None] = field(String(40), label=_("Group"), on="show add edit", width=2)
    phone: Mapped[str | None] = field(String(40), label=_("Telephone"), on="show add edit")
    phone_key: Mapped[str | None] = field(String(40), label=_("Telephone for comparison"), on="", index=True)
    since: Mapped[date | None] = field(Date, label=_("Resident since"), on="list show add edit")
    until: Mapped[date | None] = field(Date, label=_("Resident until"), on="list show add edit")

    place: Mapped[Place | None] = link(place_code, lookup="place", label=_("Place"), on="list show add edit")
    person: Mapped[Person] = link(
        person_id, lookup="person", label=_("Person"), on="list show add", back_populates="addresses"
    )

    def update_derived(self):
        self.phone_key = normalize_phone(self.phone) or None

    def __str__(self):
        return " ".join(part for part in (self.house, self.street, str(self.place or "")) if part)


class PersonMark(PersonChild, Record):
    """A scar, a tattoo, a disability: a mark that a witness can describe."""

    __tablename__ = "person_mark"
    __withdrawable__ = True
    __editable_after_lock__ = ()

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = code_field("mark_kind", label=_("Mark type"), on="list show add edit search")
    body_part: Mapped[str | None] = code_field(
        "body_part", label=_("Body part"), on="list show add edit search"
    )
    text: Mapped[str] = field(Text, label=_("Description"), on="list show add edit", width=12)

    person: Mapped[Person] = link(
        person_id, lookup="person", label=_("Person"), on="list show add", back_populates="marks"
    )

    __table_args__ = tuple(Index(f"ix_person_mark_{name}", name, "id") for name in ("kind", "body_part"))

    def __str__(self):
        return self.text


class PersonPhoto(PersonChild, FileRecord, Record):
    """A photo of a person."""

    __tablename__ = "person_photo"
    __withdrawable__ = True
    __editable_after_lock__ = ()

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    taken_on: Mapped[date | None] = field(Date, label=_("Taken on"), on="list show add edit")
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show add edit", width=8)

    person: Mapped[Person] = link(
        person_id, lookup="person", label=_("Person"), on="list show add", back_populates="photos"
    )
