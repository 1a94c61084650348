"""Models of letters: the letter, its recipients with their receipts, and its attachments."""
# unrestricted: the row filter of an attachment reads the table of its letter

from datetime import date, datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    column,
    exists,
    select,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, object_session, relationship

from app.accounts.models import User
from app.cases.models import Case, Exhibit
from app.court_orders.models import CourtOrder
from app.kernel.access.owned_by_unit import OwnedByUnit
from app.kernel.files.store import FileRecord
from app.kernel.i18n.yes_no import APPLIES, IS_REQUIRED, IS_URGENT
from app.kernel.schema.fields import code_field, field, flag, link, multi_choice, split_keys
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.kernel.text.khmer import to_khmer_digits
from app.letters import row_filter, rules
from app.people.models import Person
from app.people.visibility import Visibility
from app.reference.models import LetterTemplate, Unit
from app.tasks.models import Task

DRAFT, WAITING, SENT, CLOSED, WITHDRAWN = "draft", "waiting", "sent", "closed", "withdrawn"
REQUEST, ANSWER, NOTICE = "request", "answer", "notice"
# Of a recipient.
OPENED, ANSWERED, DECLINED, FORWARDED, CORRECTED = "opened", "answered", "declined", "forwarded", "corrected"
FORWARD, QUESTION, CORRECTION = "forward", "question", "correction"  # relations, besides ANSWER
NEVER = datetime(9999, 12, 31)
BLANK = "……………"  # in a text, instead of the record
FREE, NO_COURT, ASK_OWNER = "free", "no_court", "ask_owner"  # handling codes
# What a letter opens of its case.
FACTS, SUMMARY, PEOPLE, EXHIBITS, FILES, WHOLE = "facts", "summary", "people", "exhibits", "files", "whole"


class Letter(OwnedByUnit, Record):
    """A letter of a unit. It is a draft, waits for the signature of the chief if it needs one, and never changes once sent."""

    __tablename__ = "letter"
    __stays_valid__ = {"case": "a sent letter is never void", "exhibit": "a sent letter is never void"}
    __rules__ = rules.LETTER
    __row_policy__ = ""

    number: Mapped[str | None] = field(
        String(20), label=_("Letter number"), on="list show search", unique=True
    )
    template_code: Mapped[str | None] = mapped_column(ForeignKey("letter_template.code"))
    kind: Mapped[str] = code_field(
        "letter_kind", label=_("Letter type"), on="list show search", default=REQUEST
    )
    subject: Mapped[str | None] = field(
        String(200),
        label=_("Subject"),
        help=_("Empty: that of the template."),
        on="list show add edit",
        width=12,
    )
    text: Mapped[str | None] = field(
        Text,
        label=_("Text of the letter"),
        help=_("Empty: that of the template."),
        on="add edit",
        private=True,
        width=12,
    )
    state: Mapped[str] = code_field("letter_state", label=_("Status"), on="list show search", default=DRAFT)
    to_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("court_order.id"), index=True)
    exhibit_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"), index=True)

    template: Mapped[LetterTemplate | None] = link(
        template_code, lookup="letter_template", label=_("Letter template"), on="show add edit search"
    )
    to_unit: Mapped[Unit | None] = link(
        to_unit_code, lookup="unit", label=_("Receiving unit"), on="list show add edit"
    )
    to_below: Mapped[bool] = flag(APPLIES, label=_("Also to all units below it"), on="show add edit", width=6)
    case: Mapped[Case | None] = link(case_id, lookup="case", label=_("Case"), on="show add edit")
    person: Mapped[Person | None] = link(
        person_id,
        lookup="card",
        label=_("Person"),
        help=_("Search all records by name or number. With a case: the person of the case that is meant."),
        on="show add edit",
    )
    order: Mapped[CourtOrder | None] = link(order_id, lookup="order", label=_("Order"), on="show add edit")
    exhibit: Mapped[Exhibit | None] = link(
        exhibit_id, lookup="exhibit", label=_("Exhibit"), on="show add edit"
    )
    about: Mapped[str | None] = field(String(200), label=_("About"), on="list show")
    due_at: Mapped[datetime | None] = field(
        DateTime,
        label=_("Deadline"),
        help=_("Empty: the days of the template, from the day on which the letter is sent."),
        on="list show add edit order",
    )
    due_order: Mapped[datetime] = mapped_column(DateTime)  # the deadline, or NEVER: a list is sorted by it
    urgent: Mapped[bool] = flag(IS_URGENT, label=_("Urgent"), on="list show add edit search")
    handling: Mapped[str] = code_field(
        "letter_handling", label=_("Handling conditions"), on="show add edit search", default=FREE, width=5
    )
    share_until: Mapped[date | None] = field(
        Date,
        label=_("Open the case to the receiving unit until"),
        help=_("Empty: the receiving unit sees no more of the record than before."),
        on="show add edit",
    )
    # What the letter has opened ended before its last day.
    share_ended_at: Mapped[datetime | None] = field(DateTime, label=_("Case closed again at"), on="")
    share_parts: Mapped[str | None] = multi_choice(
        "code.letter_part", 100, label=_("What the receiving unit sees of the case"), on="show add edit"
    )
    sent_at: Mapped[datetime | None] = field(DateTime, label=_("Sent"), on="list show search")
    needs_signature: Mapped[bool] = flag(IS_REQUIRED, label=_("Signature of the chief"), on="show")
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    # Of a draft that its author has deleted. No one sees it any more; the audit log keeps it.
    deleted_at: Mapped[datetime | None] = field(DateTime, label=_("Draft deleted at"), on="")
    return_reason: Mapped[str | None] = field(
        String(400), label=_("Reason for the return"), on="show", width=12
    )
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"), index=True)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"), index=True)
    relation: Mapped[str | None] = code_field(
        "letter_relation", label=_("Relation to the letter before"), on="show"
    )

    recorded_by: Mapped[User | None] = relationship(User, foreign_keys="Letter.recorded_by_id", viewonly=True)
    signed_by: Mapped[User | None] = relationship(User, foreign_keys=signed_by_id)
    previous: Mapped["Letter | None"] = relationship(foreign_keys=previous_id, remote_side="Letter.id")
    recipients: Mapped[list["LetterRecipient"]] = relationship(
        back_populates="letter", foreign_keys="LetterRecipient.letter_id", order_by="LetterRecipient.id"
    )
    files: Mapped[list["LetterFile"]] = relationship(back_populates="letter", order_by="LetterFile.id")

    __table_args__ = (
        Index("ix_letter_unit_id", "unit_code", "id"),
        Index("ix_letter_state", "state", "id"),
        Index("ix_letter_due_order", "due_order", "id"),
        CheckConstraint("signed_by_id <> recorded_by_id", name="ck_letter_second_officer"),
        CheckConstraint(
            "state IN ('draft', 'waiting') OR (number IS NOT NULL AND sent_at IS NOT NULL)",
            name="ck_letter_sent",
        ),
        CheckConstraint(
            "state IN ('draft', 'waiting') OR NOT needs_signature OR signed_by_id IS NOT NULL",
            name="ck_letter_signed",
        ),
    )

    @classmethod
    def __row_filter__(cls, scope):
        return row_filter.filter_letters(cls, scope)

    @property
    def is_draft(self):
        return self.state == DRAFT

    @property
    def opened_parts(self):
        """Return what the letter opens of its case: keys of the code list `letter_part`."""
        return split_keys(self.share_parts)

    @property
    def is_share_open(self):
        """Return whether today is within the time for which the letter opens its case."""
        is_over = self.share_until is None or self.share_until < dates.now().date()
        return not is_over and self.share_ended_at is None

    @property
    def names_unseen_person(self):
        """Return whether the letter is about a person, and the reader sees only a card."""
        return self.person_id is not None and self.person is None

    @property
    def root_id(self):
        """Return the id of the first letter of the thread."""
        return self.thread_id or self.id

    def update_derived(self):
        super().update_derived()
        self.due_order = self.due_at or NEVER
        if self.state not in (None, DRAFT):
            return
        if self.template is not None and self.relation is None:
            self.kind = self.template.kind
            self.subject = self.subject or self.template.name_km
            self.text = self.text or self.template.text_km
        records = [one for one in (self.case, self.order, self.exhibit, self.person) if one is not None]
        if records and not self.names_unseen_person:
            self.about = " · ".join(map(describe_record, records))
        if self.text:
            self.text = self.text.replace("{record}", describe_record(records[0]) if records else BLANK)
        if self.text and "{person}" in self.text:
            person = describe_person(self.person, self.case_id) if self.person is not None else BLANK
            self.text = self.text.replace("{person}", person)

    def __str__(self):
        return self.number or self.subject or ""


def describe_record(record):
    """Return the kind and number of a record in Khmer, as a letter names it. It has no name of a person."""
    if isinstance(record, Case):
        return f"សំណុំរឿងលេខ {record.number}"
    if isinstance(record, CourtOrder):
        return f"ដីកាលេខ {record.number}"
    if isinstance(record, Exhibit):
        return f"វត្ថុតាងលេខ {record.id} នៃសំណុំរឿងលេខ {record.case.number}"
    return f"បុគ្គលលេខ {record.number}"


def describe_person(person, case_id):
    """Return how a letter names a person: with the number, and with the name if it is protected nowhere that matters.

    A name without an open card, a name of a minor, and a name that the case of the letter protects are left out.
    """
    number = f"បុគ្គលលេខ {person.number}"
    row = Visibility.__table__.c
    found = select(row.hidden, row.minor, row.case_id).where(row.person_id == person.id)
    with object_session(person).no_autoflush:
        rows = object_session(person).execute(found).all()
    has_card = any(not one.hidden for one in rows) and not any(one.minor for one in rows)
    if not has_card or any(one.hidden and one.case_id == case_id for one in rows):
        return number
    born = f", ឆ្នាំកំណើត {to_khmer_digits(person.birth_year)}" if person.birth_year else ""
    return f"ឈ្មោះ {person} ({number}{born})"


class LetterRecipient(OwnedByUnit, Record):
    """A unit that receives a letter: when it was delivered and opened, and how it ended. Its `unit` is the sender."""

    __tablename__ = "letter_recipient"
    __row_policy__ = ""

    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"))
    to_unit_code: Mapped[str] = mapped_column(String(20), ForeignKey("unit.code"))
    state: Mapped[str] = code_field("letter_receipt", label=_("Status"), on="list show search", default=SENT)
    due_at: Mapped[datetime | None] = field(DateTime, label=_("Deadline"), on="list show")
    opened_at: Mapped[datetime | None] = field(DateTime, label=_("Opened"), on="list show")
    done_at: Mapped[datetime | None] = field(DateTime, label=_("Ended at"), on="list show")
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show", width=12)
    next_step_at: Mapped[datetime | None] = mapped_column(DateTime, index=True)
    level: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    # The answer, the forwarded letter or the correction that ended the work of this unit.
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    # The deadline does not run while a question to the sender has no answer; it moves by this time afterwards.
    asked_back_at: Mapped[datetime | None] = field(DateTime, label=_("Waits for the sender since"), on="")
    # The consent of the sender to forward the letter to another unit, or the reason of its refusal.
    forward_to_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    forward_reason: Mapped[str | None] = mapped_column(String(400))

    letter: Mapped[Letter] = relationship(back_populates="recipients", foreign_keys=letter_id)
    to_unit: Mapped[Unit] = link(to_unit_code, lookup="unit", label=_("Receiving unit"), on="list show")
    answer: Mapped[Letter | None] = relationship(foreign_keys=answer_id)
    forward_to: Mapped[Unit | None] = relationship(foreign_keys=forward_to_code)

    __table_args__ = (
        UniqueConstraint("letter_id", "to_unit_code"),
        CheckConstraint("forward_agreed_by_id <> forward_asked_by_id", name="ck_letter_recipient_consent"),
        Index("ix_letter_recipient_to_unit", "to_unit_code", "id"),
        Index(
            "ix_letter_recipient_due_at",
            "due_at",
            sqlite_where=column("done_at").is_(None),
            postgresql_where=column("done_at").is_(None),
        ),
    )

    @declared_attr
    def opened_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @declared_attr
    def done_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @declared_attr
    def forward_asked_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @declared_attr
    def forward_agreed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @declared_attr
    def forward_asked_by(cls) -> Mapped[User | None]:
        return relationship(User, foreign_keys=[cls.forward_asked_by_id])

    @declared_attr
    def opened_by(cls) -> Mapped[User | None]:
        return relationship(User, foreign_keys=[cls.opened_by_id])

    @classmethod
    def __row_filter__(cls, scope):
        return row_filter.filter_recipients(cls, scope)

    def is_in_scope(self, scope):
        return super().is_in_scope(scope) or self.to_unit_code in scope.units

    @property
    def is_pending(self):
        """Return whether the unit still has to do something: to open the letter, or to answer a request."""
        return self.done_at is None

    @property
    def is_overdue(self):
        is_counted = self.is_pending and self.asked_back_at is None
        return is_counted and self.due_at is not None and dates.now() > self.due_at

    @classmethod
    def select_overdue(cls):
        """Return the conditions of `is_overdue`."""
        return cls.done_at.is_(None), cls.asked_back_at.is_(None), cls.due_at < dates.now()


class LetterFile(FileRecord, Record):
    """An attachment of a letter. A receiving unit sees it after it has opened the letter."""

    __tablename__ = "letter_file"
    __row_policy__ = ""

    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"), index=True)

    letter: Mapped[Letter] = relationship(back_populates="files")

    @classmethod
    def __row_filter__(cls, scope):
        letter = Letter.__table__.alias("letter_of_file").c
        condition = row_filter.filter_letters(letter, scope, is_opened=True)
        return None if condition is None else exists().where(letter.id == cls.letter_id, condition)


Task.letter = link(Task.letter_id, argument=Letter, lookup="letter", label=_("Letter"), on="list show add")
