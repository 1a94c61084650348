"""The models of an investigation: the officers of a case, its acts, the charges, and the reviews by a chief."""

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, ForeignKey, Index, Integer, String, Text, and_, or_, select, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, object_session, relationship

from app.accounts.models import User
from app.cases.models import Case, CaseDisposition, CaseFile, CaseOffence, Exhibit, Involvement
from app.cases.models.exhibits import LATER_MARK, suspect_flag
from app.cases.row_filter import CaseChild
from app.investigation import rules
from app.investigation.rules import LEAD
from app.kernel.access.area import HasArea
from app.kernel.access.hidden_identity import get_stored
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem
from app.kernel.text import dates
from app.reference.models import Offence

JUST_ASSIGNED = _(
    "This case was just assigned to another officer. Check before you change the officer in charge."
)
IS_OPEN = text("until IS NULL AND voided_at IS NULL")
IS_OPEN_LEAD = text("kind = 'lead' AND until IS NULL AND voided_at IS NULL")

OPEN_CHARGE = _("This charge was asked for already, and has no decision yet.")
IS_IN_ACT = _("This exhibit is in the act already.")
OPEN_REVIEW = _("A review of this case is open already.")
IS_REVIEWED = text("state <> 'approved' AND voided_at IS NULL")
IS_UNDECIDED = text("decision IS NULL AND voided_at IS NULL")
IS_VALID = text("voided_at IS NULL")


def find_people_shown(*involvements):
    """Return the ids of the people that these involvements show by name, for the access log."""
    shown = [one for one in involvements if one is not None and (one.person or one.card) is not None]
    return [one.person_id for one in shown]


def _hides_person(involvement):
    return involvement.person is None and not involvement.shows_card


def _unique_while(condition, name, *columns):
    return Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


class CaseAssignment(CaseChild, HasArea, Record):
    """An officer who is in charge of a case or supports the officer in charge, until the assignment ends."""

    __tablename__ = "case_assignment"
    __rules__ = rules.ASSIGNMENT
    __editable_after_lock__ = dict.fromkeys(
        ("until", "closing_reason"), "an assignment ends when another begins"
    )
    __conflicts__ = {
        "ix_case_assignment_one_lead": Problem("officer", JUST_ASSIGNED, "V115"),
        "ix_case_assignment_once": Problem("officer", rules.IS_ASSIGNED, "V115"),
    }

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    kind: Mapped[str] = code_field("assignment_kind", label=_("Duty in the case"), on="list show add search")
    due_on: Mapped[date | None] = field(
        Date, label=_("Investigation due on"), on="list show add", width=3, index=True
    )
    reason: Mapped[str | None] = field(String(400), label=_("Reason"), on="show add", width=12)
    until: Mapped[date | None] = field(Date, label=_("Ended on"), on="list show edit", width=3)
    closing_reason: Mapped[str | None] = field(
        String(400), label=_("Reason for the end"), on="show edit", width=12
    )

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    officer: Mapped[User] = link(officer_id, lookup="officer", label=_("Officer"), on="list show add")

    __table_args__ = (
        _unique_while(IS_OPEN_LEAD, "ix_case_assignment_one_lead", "case_id"),
        _unique_while(IS_OPEN, "ix_case_assignment_once", "case_id", "officer_id"),
        Index("ix_case_assignment_officer", "officer_id", "until"),
    )

    @property
    def is_open(self):
        return self.until is None and not self.is_void

    @property
    def is_lead(self):
        """Return whether the officer is in charge of the case now."""
        return self.kind == LEAD and self.is_open

    @property
    def open_deadline(self):
        return self.due_on if self.is_open else None

    @property
    def person(self):
        return self.officer

    def __str__(self):
        return code_lists.label("assignment_kind", self.kind)


class InvestigationAct(CaseChild, HasArea, Record):
    """One act of an investigation: an interview, a search, a request and others, with its result."""

    __tablename__ = "investigation_act"
    __rules__ = rules.ACT
    __voided_with__ = ("case", "involvement", "other_involvement")
    __withdrawable__ = True
    __editable_after_lock__ = {
        "answered_at": "computed from the act that answers it",
        "reminded_at": "set by the reminder",
        "helps_suspect": LATER_MARK,
    }
    __cleared_by_correction__ = ("helps_suspect",)
    __times__ = ("begun_at",)
    __identity_fields__ = frozenset(("first_witness", "second_witness", "support_person", "interpreter"))
    __identity_links__ = ("involvement", "other_involvement")

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = code_field("act_kind", label=_("Kind of act"), on="list show add edit search")
    begun_at: Mapped[datetime] = field(DateTime, label=_("Begun at"), on="list show add edit order", width=3)
    ended_at: Mapped[datetime | None] = field(DateTime, label=_("Ended at"), on="show add edit", width=3)
    place_text: Mapped[str | None] = field(String(200), label=_("Place"), on="show add edit", width=6)
    officer_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    second_officer_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    involvement_id: Mapped[int | None] = mapped_column(ForeignKey("involvement.id"), index=True)
    other_involvement_id: Mapped[int | None] = mapped_column(ForeignKey("involvement.id"))
    authorised_by: Mapped[str | None] = field(
        String(120), label=_("Authorised by the prosecutor"), on="show add edit", width=4
    )
    authorised_at: Mapped[datetime | None] = field(
        DateTime, label=_("Authorised at"), on="show add edit", width=3
    )
    authorisation: Mapped[str | None] = code_field(
        "authorisation_form", label=_("Form of the authorisation"), on="show add edit"
    )
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show add edit", width=3
    )
    hour_ground: Mapped[str | None] = code_field(
        "search_ground", label=_("Ground for the hour"), on="show add edit", width=6
    )
    owner_present: Mapped[bool] = flag(APPLIES, label=_("Owner of the place present"), on="show add edit")
    first_witness: Mapped[str | None] = field(
        String(120), label=_("First witness"), on="show add edit", width=4, private=True
    )
    second_witness: Mapped[str | None] = field(
        String(120), label=_("Second witness"), on="show add edit", width=4, private=True
    )
    police_witness: Mapped[bool] = flag(
        APPLIES, label=_("A witness is of the police or gendarmerie"), on="show add edit", width=4
    )
    support_person: Mapped[str | None] = field(
        String(120), label=_("Representative or social agent"), on="show add edit", width=4, private=True
    )
    interpreter: Mapped[str | None] = field(
        String(120), label=_("Interpreter"), on="show add edit", width=4, private=True
    )
    police_interpreter: Mapped[bool] = flag(
        APPLIES, label=_("The interpreter is of the police or gendarmerie"), on="show add edit", width=4
    )
    signatures: Mapped[str | None] = code_field(
        "act_signatures", label=_("Signatures on the record"), on="show add edit", width=4
    )
    due_at: Mapped[datetime | None] = field(
        DateTime,
        label=_("Answer due at"),
        help=_("For a request: then the officer is reminded."),
        on="list show add edit",
        width=3,
    )
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("investigation_act.id"), index=True)
    result: Mapped[str | None] = field(
        Text, label=_("Result, or content of the request"), on="show add edit", width=12
    )
    helps_suspect: Mapped[bool] = suspect_flag("show add edit")
    answered_at: Mapped[datetime | None] = field(DateTime, label=_("Answered at"), on="list show")
    reminded_at: Mapped[datetime | None] = mapped_column(DateTime)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    officer: Mapped[User] = link(officer_id, lookup="officer", label=_("Officer"), on="list show add edit")
    second_officer: Mapped[User | None] = link(
        second_officer_id, lookup="officer", label=_("Second officer"), on="show add edit"
    )
    involvement: Mapped[Involvement | None] = link(
        involvement_id,
        lookup="case_person",
        label=_("Person in the case"),
        help=_("Type the number of the case and choose."),
        on="list show add edit",
    )
    other_involvement: Mapped[Involvement | None] = link(
        other_involvement_id, lookup="case_person", label=_("Other person"), on="show add edit"
    )
    answers: Mapped["InvestigationAct | None"] = link(
        answers_id,
        lookup="investigation_act",
        label=_("In answer to"),
        on="show add",
        remote_side="InvestigationAct.id",
    )

    __table_args__ = (
        Index("ix_investigation_act_begun", "begun_at", "id"),
        Index(
            "ix_investigation_act_due",
            "due_at",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    @property
    def hides_identity(self):
        """Return True if the reader may not know a person of the act: then its helpers are not named either."""
        people = (self.involvement_id, self.involvement), (self.other_involvement_id, self.other_involvement)
        return any(key is not None and (row is None or _hides_person(row)) for key, row in people)

    @property
    def hid_identity(self):
        session = object_session(self)
        keys = (get_stored(self, column) for column in ("involvement_id", "other_involvement_id"))
        people = [session.get(Involvement, key) for key in keys if key is not None]
        return any(one is None or _hides_person(one) for one in people)

    @classmethod
    def has_hidden_identity(cls):
        """Return the criterion of `hides_identity`, within the row filter of the statement."""
        return or_(
            *(
                and_(
                    key.is_not(None),
                    ~select(Involvement.id).join(Involvement.person).where(Involvement.id == key).exists(),
                )
                for key in (cls.involvement_id, cls.other_involvement_id)
            )
        )

    @property
    def people_shown(self):
        return find_people_shown(self.involvement, self.other_involvement)

    @property
    def open_deadline(self):
        """Return the deadline of a request that has no answer yet, or None."""
        return self.due_at if self.answered_at is None and not self.is_void else None

    @property
    def is_overdue(self):
        return self.open_deadline is not None and dates.now() > self.due_at

    @property
    def person(self):
        return self.involvement

    def __str__(self):
        return code_lists.label("act_kind", self.kind)


class ActExhibit(CaseChild, HasArea, Record):
    """An exhibit of an investigation act: seized or shown in it, or sent to a laboratory with it."""

    __tablename__ = "act_exhibit"
    __rules__ = rules.ACT_EXHIBIT
    __voided_with__ = ("case", "act", "exhibit")
    __withdrawable__ = True
    __editable_after_lock__ = ()
    __conflicts__ = {"ix_act_exhibit_once": Problem("exhibit", IS_IN_ACT)}

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("investigation_act.id"), index=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), index=True)
    note: Mapped[str | None] = field(
        String(400),
        label=_("Purpose, or question to the laboratory"),
        on="list show add",
        width=12,
    )

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show")
    act: Mapped[InvestigationAct] = link(
        act_id, lookup="act_of_case", label=_("Investigation act"), on="list show add",
        help=_("Type the number of the case and choose."),
    )  # fmt: skip
    exhibit: Mapped[Exhibit] = link(
        exhibit_id, lookup="exhibit", label=_("Exhibit"), on="list show add",
        help=_("Type the number of the case and choose."),
    )  # fmt: skip

    __table_args__ = (_unique_while(IS_VALID, "ix_act_exhibit_once", "act_id", "exhibit_id"),)

    def update_derived(self):
        if self.id is None and self.act is not None:
            self.case = self.act.case
        super().update_derived()

    def __str__(self):
        return str(self.exhibit or "")


class Charge(CaseChild, HasArea, Record):
    """A charge that the police ask for, of one person and one offence of a case, and the decision of the prosecutor."""

    __tablename__ = "charge"
    __rules__ = rules.CHARGE
    __names_suspect__ = True
    __voided_with__ = ("case", "involvement", "case_offence")
    __withdrawable__ = True
    __editable_after_lock__ = dict.fromkeys(
        ("decision", "changed_to_code", "prosecutor", "document_no", "document_date", "reason"),
        "the prosecutor decides later, once",
    )
    __conflicts__ = {"ix_charge_one_open": Problem("case_offence", OPEN_CHARGE, "V124")}

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    involvement_id: Mapped[int] = mapped_column(ForeignKey("involvement.id"), index=True)
    case_offence_id: Mapped[int] = mapped_column(ForeignKey("case_offence.id"), index=True)
    asked_on: Mapped[date] = field(Date, label=_("Asked on"), on="list show add order", width=3)
    decision: Mapped[str | None] = code_field(
        "charge_decision", label=_("Decision of the prosecutor"), on="list show edit correct"
    )
    changed_to_code: Mapped[str | None] = field(
        String(40), ForeignKey("offence.code"), label=_("Offence as changed"), on=""
    )
    prosecutor: Mapped[str | None] = field(String(120), label=_("Prosecutor"), on="show edit correct")
    document_no: Mapped[str | None] = field(
        String(60), label=_("Number of the document"), on="list show edit correct", width=3
    )
    document_date: Mapped[date | None] = field(
        Date, label=_("Document date"), on="show edit correct", width=3
    )
    reason: Mapped[str | None] = field(
        String(400), label=_("Reason of the prosecutor"), on="show edit correct", width=12
    )

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    involvement: Mapped[Involvement] = link(
        involvement_id,
        lookup="case_person",
        label=_("Suspect"),
        help=_("Type the number of the case and choose."),
        on="list show add",
    )
    case_offence: Mapped[CaseOffence] = link(
        case_offence_id,
        lookup="case_offence",
        label=_("Offence"),
        help=_("Type the number of the case and choose."),
        on="list show add",
    )
    changed_to: Mapped[Offence | None] = link(
        changed_to_code, lookup="offence", label=_("Offence as changed"), on="show edit correct"
    )

    __table_args__ = (
        Index("ix_charge_asked", "asked_on", "id"),
        Index(
            "ix_charge_one_open", "involvement_id", "case_offence_id", unique=True, sqlite_where=IS_UNDECIDED,
            postgresql_where=IS_UNDECIDED,
        ),
    )  # fmt: skip

    @property
    def people_shown(self):
        return find_people_shown(self.involvement)

    def __str__(self):
        if self.changed_to_code:
            return lookups.get_lookup("offence").words(self.changed_to_code)
        return str(self.case_offence or "")


class OutcomeNotice(CaseChild, HasArea, Record):
    """How and when a victim was informed of a step of procedure, such as the end of the case."""

    __tablename__ = "outcome_notice"
    __rules__ = rules.OUTCOME_NOTICE
    __voided_with__ = ("case", "disposition", "involvement")
    __withdrawable__ = True
    __editable_after_lock__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    disposition_id: Mapped[int] = mapped_column(ForeignKey("case_disposition.id"), index=True)
    involvement_id: Mapped[int] = mapped_column(ForeignKey("involvement.id"), index=True)
    informed_on: Mapped[date] = field(Date, label=_("Informed on"), on="list show add order", width=3)
    means: Mapped[str] = code_field("notice_means", label=_("How informed"), on="list show add search")
    note: Mapped[str | None] = field(String(400), label=_("Note"), on="show add", width=12)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show")
    disposition: Mapped[CaseDisposition] = link(
        disposition_id, lookup="step_of_case", label=_("Step of procedure"), on="list show add",
        help=_("Type the number of the case and choose."),
    )  # fmt: skip
    involvement: Mapped[Involvement] = link(
        involvement_id, lookup="case_person", label=_("Victim"), on="list show add",
        help=_("Type the number of the case and choose."),
    )  # fmt: skip

    __table_args__ = (Index("ix_outcome_notice_informed", "informed_on", "id"),)

    def update_derived(self):
        if self.id is None and self.disposition is not None:
            self.case = self.disposition.case
        super().update_derived()

    @property
    def people_shown(self):
        return find_people_shown(self.involvement)

    def __str__(self):
        return code_lists.label("notice_means", self.means)


class CaseReview(CaseChild, HasArea, Record):
    """A review of a case by a chief: it waits, is returned with remarks and answered, or approved."""

    __tablename__ = "case_review"
    __rules__ = ()
    __editable_after_lock__ = dict.fromkeys(
        ("state", "round", "decided_at", "decided_by_id"), "written when the chief returns or approves"
    )
    __conflicts__ = {"ix_case_review_one_open": Problem("case", OPEN_REVIEW)}

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    note: Mapped[str | None] = field(String(400), label=_("What to check"), on="show add", width=12)
    state: Mapped[str] = code_field(
        "review_state", label=_("Status"), on="list show search", default=rules.WAITING
    )
    round: Mapped[int] = count(label=_("Round"), on="list show", default=1)
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Reviewed at"), on="list show")

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    remarks: Mapped[list["ReviewRemark"]] = relationship(back_populates="review", order_by="ReviewRemark.id")

    __table_args__ = (
        Index(
            "ix_case_review_one_open", "case_id", unique=True, sqlite_where=IS_REVIEWED, postgresql_where=IS_REVIEWED
        ),
    )  # fmt: skip

    @declared_attr
    def decided_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    def __str__(self):
        return code_lists.label("review_state", self.state)


class ReviewRemark(Model):
    """A remark of a chief on one part of a case, and the answer to it. Neither changes afterwards."""

    __tablename__ = "review_remark"
    __row_policy__ = ""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("case_review.id"), index=True, nullable=False)
    round: Mapped[int] = mapped_column(Integer, nullable=False)
    part: Mapped[str] = code_field("review_part", label=_("Part of the case"), on="show", nullable=False)
    text: Mapped[str] = field(String(400), label=_("Remark"), on="show", nullable=False)
    made_at: Mapped[datetime] = field(DateTime, label=_("Made at"), on="show", nullable=False)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    answer: Mapped[str | None] = field(String(400), label=_("Answer"), on="show")
    answered_at: Mapped[datetime | None] = field(DateTime, label=_("Answered at"), on="show")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    review: Mapped[CaseReview] = relationship(back_populates="remarks")

    @classmethod
    def __row_filter__(cls, scope):
        bounds = CaseReview.__row_filter__(scope)
        return None if bounds is None else cls.review.has(bounds)


CaseFile.act = link(
    CaseFile.act_id,
    argument=InvestigationAct,
    lookup="investigation_act",
    label=_("Investigation act"),
    on="show",
)
InvestigationAct.files = relationship(
    CaseFile, foreign_keys=CaseFile.act_id, viewonly=True, order_by=CaseFile.id
)
InvestigationAct.exhibits = relationship(
    ActExhibit, viewonly=True, foreign_keys=ActExhibit.act_id, order_by=ActExhibit.id
)
