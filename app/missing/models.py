"""Models: a report of a person or of property, the end of a report, and the match of two reports with its answers.

A report is no case, so no statistics of offences count it. Its state is computed: from its ends, else from its confirmed
matches.
"""

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    or_,
)
from sqlalchemy.orm import (
    Mapped,
    declared_attr,
    mapped_column,
    object_session,
    relationship,
    validates,
)

from app.accounts.models import User
from app.cases.models import Case
from app.confirmations.models import EDITABLE, NeedsConfirmation
from app.kernel.access.hidden_identity import get_stored
from app.kernel.access.owned_by_unit import OwnedByUnit, is_owned_within
from app.kernel.actor import actor_of
from app.kernel.schema.fields import code_field, count, field, link
from app.kernel.schema.record import Record
from app.missing import rules
from app.missing.hidden_names import find_hiding_cases, protects_person
from app.reference.models import Place, Unit

END_REQUESTED = "report_end.requested"
# What a match asks, and its receiver: one report, or the unit of the case of a theft.
PERSON, PROPERTY, THEFT = "person", "property", "theft"
WAITING, CONFIRMED, DENIED, ENDED = "waiting", "confirmed", "denied", "ended"
SAME, OTHER, WITHDRAWN = "same", "other", "withdrawn"
FIRST, SECOND = "first", "second"
_NEW = "new information arrives while the report is open"
_COMPUTED = {"state": "computed from the ends and the matches of the report"}


class Report(OwnedByUnit):
    """Mixin of a report: where, when, who reported, and how far it is."""

    __names_people__ = True
    __stays_valid__ = {"case": "the person or the item is missing without the case too"}

    @declared_attr
    def happened_on(cls) -> Mapped[date]:
        return field(Date, label=_("Last seen or found on"), on="list show add edit order", width=3)

    @declared_attr
    def place_code(cls) -> Mapped[str]:
        return field(String(8), ForeignKey("place.code"), label=_("Place"), on="", index=True)

    @declared_attr
    def place_text(cls) -> Mapped[str | None]:
        return field(String(200), label=_("Exact place"), on="show add edit", width=6)

    @declared_attr
    def reporter(cls) -> Mapped[str | None]:
        return field(String(200), label=_("Reported by"), on="show add edit", private=True, width=6)

    @declared_attr
    def reporter_phone(cls) -> Mapped[str | None]:
        return field(
            String(40), label=_("Telephone of the reporter"), on="show add edit", private=True, width=3
        )

    @declared_attr
    def case_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("case.id"), index=True)

    @declared_attr
    def place(cls):
        return link(cls.place_code, argument=Place, lookup="place", label=_("Place"), on="list show add edit")

    @declared_attr
    def case(cls):
        return link(cls.case_id, argument=Case, lookup="case", label=_("Case"), on="show add edit")

    @validates("place")
    def _set_place_code(self, _name, place):
        self.place_code = place.code if place is not None else None
        return place

    @property
    def is_open(self):
        return not self.is_void and self.state == rules.OPEN

    @property
    def number(self):
        return f"{self.__prefix__}-{self.id:07d}" if self.id else ""

    def __str__(self):
        return self.number


class PersonReport(Report, Record):
    """A person who is missing, a body, or a person found who cannot say who they are."""

    __tablename__ = "person_report"
    __prefix__ = "R"
    __rules__ = rules.PERSON
    __identity_fields__ = frozenset(("name", "reporter", "reporter_phone"))
    __identity_links__ = ("case",)
    __editable_after_lock__ = _COMPUTED | dict.fromkeys(
        ("age_from", "age_to", "height_from", "height_to", "marks", "clothes", "note"), _NEW
    )
    __table_args__ = (
        Index("ix_person_report_state", "state", "happened_on", "id"),
        Index("ix_person_report_happened_on", "happened_on", "id"),
    )

    kind: Mapped[str] = code_field(
        "person_report_kind", label=_("Kind of report"), on="list show add edit search"
    )
    state: Mapped[str] = code_field(
        "person_report_state", label=_("Status"), on="list show search", nullable=False, default=rules.OPEN
    )
    name: Mapped[str | None] = field(
        String(200), label=_("Name"), on="list show add edit search", private=True, width=6
    )
    sex: Mapped[str] = code_field("sex", label=_("Sex"), on="list show add edit search")
    age_from: Mapped[int | None] = count(label=_("Age from"), on="list show add edit", width=2)
    age_to: Mapped[int | None] = count(label=_("Age to"), on="list show add edit", width=2)
    height_from: Mapped[int | None] = count(label=_("Height from, cm"), on="show add edit", width=2)
    height_to: Mapped[int | None] = count(label=_("Height to, cm"), on="show add edit", width=2)
    mark_kind: Mapped[str | None] = code_field("mark_kind", label=_("Mark type"), on="show add edit search")
    body_part: Mapped[str | None] = code_field("body_part", label=_("Body part"), on="show add edit")
    marks: Mapped[str | None] = field(String(400), label=_("Marks"), on="show add edit search", width=12)
    clothes: Mapped[str | None] = field(String(400), label=_("Clothes"), on="show add edit search", width=12)
    note: Mapped[str | None] = field(String(1000), label=_("Note"), on="show add edit", width=12)

    hiding_known = (None, None, False)  # the transaction, the case and whether it hides its people

    @property
    def hides_identity(self):
        """Return whether the case of the report hides a person from the reader."""
        session = object_session(self)
        if self.case_id is None or session is None or actor_of(session).scope.is_unrestricted:
            return False
        if self.hiding_known[:2] != (session.get_transaction(), self.case_id):
            loaded = [one for one in session.identity_map.values() if isinstance(one, PersonReport)]
            loaded = [one for one in loaded if one.__dict__.get("case_id") is not None]
            cases = find_hiding_cases(session, {one.case_id for one in loaded})
            for one in loaded:  # one query for a list
                one.hiding_known = (session.get_transaction(), one.case_id, one.case_id in cases)
        return self.hiding_known[2]

    @property
    def hid_identity(self):
        stored = get_stored(self, "case_id")
        return stored is not None and bool(find_hiding_cases(object_session(self), {stored}))

    @classmethod
    def has_hidden_identity(cls):
        """Return the criterion of reports whose person no export identifies."""
        return protects_person(cls.case_id)


class PropertyReport(Report, Record):
    """Property that a person lost, or that was found."""

    __tablename__ = "property_report"
    __prefix__ = "F"
    __rules__ = rules.PROPERTY
    __editable_after_lock__ = _COMPUTED | dict.fromkeys(("kept_at", "note"), _NEW)
    __table_args__ = (
        Index("ix_property_report_state", "state", "happened_on", "id"),
        Index("ix_property_report_happened_on", "happened_on", "id"),
    )

    side: Mapped[str] = code_field(
        "property_report_kind", label=_("Lost or found"), on="list show add edit search"
    )
    kind: Mapped[str] = code_field("exhibit_kind", label=_("Exhibit type"), on="list show add edit search")
    state: Mapped[str] = code_field(
        "property_report_state", label=_("Status"), on="list show search", nullable=False, default=rules.OPEN
    )
    description: Mapped[str] = field(
        String(400), label=_("Description"), on="list show add edit search", width=12
    )
    make: Mapped[str | None] = field(String(60), label=_("Make"), on="show add edit search", width=3)
    model: Mapped[str | None] = field(String(60), label=_("Model"), on="show add edit", width=3)
    colour: Mapped[str | None] = field(String(60), label=_("Colour"), on="show add edit", width=3)
    plate: Mapped[str | None] = field(
        String(20), label=_("Licence plate"), on="show add edit search", private=True, width=3
    )
    frame_no: Mapped[str | None] = field(
        String(60), label=_("Frame number"), on="show add edit search", private=True, width=3
    )
    engine_no: Mapped[str | None] = field(
        String(60), label=_("Engine number"), on="show add edit search", private=True, width=3
    )
    imei: Mapped[str | None] = field(
        String(20), label=_("IMEI"), on="show add edit search", private=True, width=3
    )
    serial: Mapped[str | None] = field(
        String(60), label=_("Serial number"), on="show add edit search", private=True, width=3
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Document number"), on="show add edit search", private=True, width=3
    )
    phone: Mapped[str | None] = field(
        String(40), label=_("Telephone number"), on="show add edit search", private=True, width=3
    )
    kept_at: Mapped[str | None] = field(String(200), label=_("Kept at"), on="show add edit", width=6)
    note: Mapped[str | None] = field(String(1000), label=_("Note"), on="show add edit", width=12)


class ReportEnd(OwnedByUnit, NeedsConfirmation, Record):
    """The end of a report, by a document and two officers. It belongs to the unit of the report."""

    __tablename__ = "report_end"
    __rules__ = rules.END
    __editable_after_lock__ = EDITABLE
    __request_text__ = END_REQUESTED
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
        CheckConstraint("(person_report_id IS NULL) <> (property_report_id IS NULL)", name="one_report"),
    )

    person_report_id: Mapped[int | None] = mapped_column(ForeignKey("person_report.id"), index=True)
    property_report_id: Mapped[int | None] = mapped_column(ForeignKey("property_report.id"), index=True)
    outcome: Mapped[str] = code_field("report_outcome", label=_("Outcome"), on="list show add search")
    ended_on: Mapped[date] = field(Date, label=_("Ended on"), on="list show add", width=3)
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add", width=3
    )
    document_date: Mapped[date | None] = field(Date, label=_("Document date"), on="show add", width=3)
    receiver: Mapped[str | None] = field(
        String(200), label=_("Received by"), on="show add", private=True, width=6
    )
    note: Mapped[str | None] = field(String(400), label=_("Note"), on="show add", width=12)

    person_report: Mapped[PersonReport | None] = link(
        person_report_id, lookup="person_report", label=_("Report of a person"), on="list show add"
    )
    property_report: Mapped[PropertyReport | None] = link(
        property_report_id, lookup="property_report", label=_("Report of property"), on="list show add"
    )

    @property
    def report(self):
        """Return the report that ends."""
        return self.person_report if self.person_report is not None else self.property_report

    @property
    def subject_number(self):
        return "" if self.report is None else self.report.number

    def update_derived(self):
        if self.report is not None and self.report.unit_code:  # else a new report of the same unit
            self.unit_code = self.report.unit_code

    def __str__(self):
        return self.subject_number


class ReportMatch(Model):
    """Two reports may be about one person or one thing; or found property may be stolen in a case.

    `first` is the missing person, the lost property or the theft, `second` what was found. Each side has its unit. A
    theft of a case that names a protected person has no second unit: that unit learns nothing of it.
    """

    __tablename__ = "report_match"
    __table_args__ = (
        UniqueConstraint("missing_id", "body_id"),
        UniqueConstraint("lost_id", "found_id"),
        UniqueConstraint("exhibit_id", "found_id"),
        Index("ix_report_match_due", "due_at", "id"),
        Index("ix_report_match_state", "state", "due_at", "id"),
        CheckConstraint(
            "(missing_id IS NULL) = (body_id IS NULL) AND (body_id IS NULL) <> (found_id IS NULL)"
            " AND (found_id IS NOT NULL) = ((lost_id IS NULL) <> (exhibit_id IS NULL))",
            name="two_sides",
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = code_field(
        "report_match_kind", label=_("Kind of match"), on="list show search", nullable=False
    )
    missing_id: Mapped[int | None] = mapped_column(ForeignKey("person_report.id"), index=True)
    body_id: Mapped[int | None] = mapped_column(ForeignKey("person_report.id"), index=True)
    lost_id: Mapped[int | None] = mapped_column(ForeignKey("property_report.id"), index=True)
    found_id: Mapped[int | None] = mapped_column(ForeignKey("property_report.id"), index=True)
    exhibit_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"), index=True)
    state: Mapped[str] = code_field(
        "report_match_state", label=_("Status"), on="list show search", nullable=False, default=WAITING
    )
    first_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"), index=True)
    second_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"), index=True)
    # The names of the fields that agree and that differ.
    agrees: Mapped[list] = mapped_column(JSON, nullable=False)
    differs: Mapped[list] = mapped_column(JSON, nullable=False)
    raised_at: Mapped[datetime] = field(DateTime, label=_("Matched at"), on="list show", nullable=False)
    due_at: Mapped[datetime] = field(
        DateTime, label=_("Answer deadline"), on="list show order", nullable=False
    )

    first_unit: Mapped[Unit | None] = link(
        first_unit_code, lookup="unit", label=_("Unit that searches"), on="list show"
    )
    second_unit: Mapped[Unit | None] = link(
        second_unit_code, lookup="unit", label=_("Unit of the find"), on="list show"
    )
    answers: Mapped[list["ReportMatchAnswer"]] = relationship(
        order_by="ReportMatchAnswer.id", back_populates="match"
    )

    @classmethod
    def __row_filter__(cls, scope):
        sides = [is_owned_within(code, scope) for code in (cls.first_unit_code, cls.second_unit_code)]
        return None if sides[0] is None else or_(*sides)

    @property
    def number(self):
        return f"RM-{self.id:07d}" if self.id else ""

    @property
    def people_needed(self):
        """Return the number of officers who confirm the match, or undo its confirmation."""
        return 1 if self.kind == PROPERTY else 2

    @property
    def sides_needed(self):
        """Return the number of units that confirm the match: one, if the other unit may not know of it."""
        units = [one for one in (self.first_unit_code, self.second_unit_code) if one]
        return max(1, min(self.people_needed, len(units)))

    @property
    def is_undone(self):
        """Return whether officers undid the confirmation of this match."""
        return self.state == DENIED and self.has_enough(SAME)

    def list_answers(self, decision, answers=None):
        """Return the answers with this decision that count, of all or of the first `answers`.

        A denial counts until its unit takes it back, and that act until its unit denies the match again.
        """
        answers = self.answers if answers is None else answers
        opposite = {OTHER: WITHDRAWN, WITHDRAWN: OTHER}.get(decision)
        last = {one.side: one.id for one in answers if one.decision == opposite}
        return [one for one in answers if one.decision == decision and one.id > last.get(one.side, 0)]

    def has_enough(self, decision, answers=None):
        """Return whether enough officers of enough units gave this answer."""
        given = self.list_answers(decision, answers)
        return (
            len({one.made_by_id for one in given}) >= self.people_needed
            and len({one.side for one in given}) >= self.sides_needed
        )

    def compute_state(self):
        """Return the state that follows from the answers, one after the other."""
        state = WAITING
        for number in range(1, len(self.answers) + 1):
            state = self._find_next_state(state, self.answers[:number])
        return ENDED if state == WAITING and self.state == ENDED else state

    def _find_next_state(self, state, answers):
        """Return the state after the last of these answers. One officer denies a match that is not confirmed.

        An undone match is confirmed again when as many officers of as many units took their denials back.
        """
        denials = self.list_answers(OTHER, answers)
        if not self.has_enough(SAME, answers):
            return DENIED if denials else WAITING
        if state == DENIED:
            return CONFIRMED if not denials and self.has_enough(WITHDRAWN, answers) else DENIED
        return DENIED if self.has_enough(OTHER, answers) else CONFIRMED

    def __str__(self):
        return self.number


class ReportMatchAnswer(Model):
    """The answer of one officer to a match, for one of its two units. It is never changed: a later answer is another row."""

    __tablename__ = "report_match_answer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("report_match.id"), index=True, nullable=False)
    side: Mapped[str] = mapped_column(String(10), nullable=False)
    decision: Mapped[str] = code_field("report_match_decision", label=_("Answer"), on="show", nullable=False)
    evidence: Mapped[str | None] = code_field(
        "identification_evidence", label=_("Evidence of identity"), on="show"
    )
    reason: Mapped[str] = field(String(400), label=_("Reason"), on="show", nullable=False)
    made_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)

    match: Mapped[ReportMatch] = relationship(ReportMatch, back_populates="answers")
    made_by: Mapped[User] = relationship(User, foreign_keys=made_by_id)

    @classmethod
    def __row_filter__(cls, scope):
        bounds = ReportMatch.__row_filter__(scope)
        return None if bounds is None else cls.match.has(bounds)
