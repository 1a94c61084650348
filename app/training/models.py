"""Models of training: courses, their sessions and participants, questions, tests and certificates."""

from datetime import date, datetime, timedelta
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.confirmations.models import CONFIRMED, EDITABLE, NeedsConfirmation
from app.kernel.access.owned_by_unit import is_of_units_below
from app.kernel.access.row_filter import is_reader
from app.kernel.actor import ALL_TRAINEES, OF_UNITS_BELOW
from app.kernel.schema.fields import code_field, count, field, link
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.reference.models import Unit
from app.training import choices, rules

FIRST, SECOND = 1, 2  # the tests of a session
RESITS = 3, 4  # for participants who have not reached the results of the course
TEST_NAMES = {
    FIRST: _("First test"), SECOND: _("Second test"), RESITS[0]: _("First resit"), RESITS[1]: _("Second resit"),
}  # fmt: skip
REVIEW_REQUESTED = "question.requested"


class Course(Record):
    """The plan of a course. It is fixed after 48 hours: a changed plan is a new course."""

    __tablename__ = "course"
    __rules__ = rules.COURSE
    __editable_after_lock__ = {}
    __unrestricted__ = "every officer may know which courses there are"
    __table_args__ = (Index("ix_course_title", "title_km", "id"),)

    title_km: Mapped[str] = field(
        String(200), label=_("Title in Khmer"), on="list show add edit search", width=6
    )
    title_en: Mapped[str | None] = field(
        String(200), label=_("Title in English"), on="show add edit", width=6
    )
    syllabus: Mapped[str] = field(Text, label=_("Syllabus"), on="show add edit", width=12)
    hours: Mapped[int] = count(label=_("Hours"), on="list show add edit")
    validity_months: Mapped[int] = count(
        label=_("Validity of the certificate in months"), on="list show add edit", default=24
    )
    attendance_percent: Mapped[int] = count(
        label=_("Least attendance in percent"), on="show add edit", default=80
    )
    good_percent: Mapped[int] = count(label=_("Good from percent"), on="show add edit", default=80)
    average_percent: Mapped[int] = count(label=_("Average from percent"), on="show add edit", default=50)

    def __str__(self):
        return self.title_km or ""


class CourseSession(Record):
    """One session of a course: where, when and by which trainers."""

    __tablename__ = "course_session"
    __rules__ = rules.SESSION
    __editable_after_lock__ = dict.fromkeys(
        ("trainer_id", "second_trainer_id", "third_trainer_id"), "a trainer may be replaced"
    )
    __unrestricted__ = "every officer may know when and where a course takes place"
    __table_args__ = (Index("ix_course_session_starts", "starts_on", "id"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    name: Mapped[str] = field(
        String(120), label=_("Name of the session"), on="list show add edit search", width=6
    )
    place: Mapped[str] = field(String(200), label=_("Place of the session"), on="list show add edit", width=6)
    starts_on: Mapped[date] = field(Date, label=_("First day"), on="list show add edit order", width=3)
    days: Mapped[int] = count(label=_("Days"), on="list show add edit")
    note: Mapped[str | None] = field(
        String(400), label=_("Note"), help=_("Shown with the results."), on="show add edit", width=12
    )
    trainer_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    second_trainer_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    third_trainer_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)

    course: Mapped[Course] = link(course_id, lookup="course", label=_("Course"), on="list show add edit")
    trainer: Mapped[User] = link(trainer_id, lookup="officer", label=_("Trainer"), on="show add edit")
    second_trainer: Mapped[User | None] = link(
        second_trainer_id, lookup="officer", label=_("Second trainer"), on="show add edit"
    )
    third_trainer: Mapped[User | None] = link(
        third_trainer_id, lookup="officer", label=_("Third trainer"), on="show add edit"
    )

    @property
    def trainer_ids(self):
        """Return the ids of the accounts of the trainers."""
        return {self.trainer_id, self.second_trainer_id, self.third_trainer_id} - {None}

    @property
    def trainers(self):
        """Return the accounts of the trainers."""
        return [one for one in (self.trainer, self.second_trainer, self.third_trainer) if one is not None]

    @property
    def has_ended(self):
        """Return whether the last day of the session is over."""
        return dates.now().date() >= self.starts_on + timedelta(days=self.days)

    @property
    def half_days(self):
        """Return the number of half-days."""
        return 2 * self.days

    def __str__(self):
        return self.name or ""


class Question(NeedsConfirmation, Record):
    """A question of the bank. It is used after another officer has confirmed it, and never edited."""

    __tablename__ = "question"
    __rules__ = rules.QUESTION
    __editable_after_lock__ = EDITABLE | {
        "retired_at": "a question retires when the law or the screen changes"
    }
    __unrestricted__ = "the bank is one for the country; the permission table names its readers"
    __request_text__ = REVIEW_REQUESTED
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
        Index("ix_question_topic", "topic", "id"),
    )

    topic: Mapped[str] = code_field("training_topic", label=_("Topic"), on="list show add search")
    kind: Mapped[str] = code_field("question_kind", label=_("Kind of question"), on="list show add search")
    text_km: Mapped[str] = field(
        String(400), label=_("Question in Khmer"), on="list show add search", width=12
    )
    choices_km: Mapped[str] = field(
        Text, label=_("Choices in Khmer"), on="show add", width=12,
        help=_("One choice in a line, at least two. A star * begins each right choice."),
    )  # fmt: skip
    text_en: Mapped[str | None] = field(String(400), label=_("Question in English"), on="show add", width=12)
    choices_en: Mapped[str | None] = field(
        Text, label=_("Choices in English"), on="show add", width=12,
        help=_("In the same order, without stars."),
    )  # fmt: skip
    why: Mapped[str | None] = field(
        String(400), label=_("Why the choice is right"), on="show add", width=12,
        help=_("Participants read it after the end of the test."),
    )  # fmt: skip
    retired_at: Mapped[datetime | None] = field(DateTime, label=_("Retired at"), on="show")

    @property
    def subject_number(self):
        return f"Q-{self.id:04d}"

    @property
    def is_usable(self):
        """Return whether a test may contain the question (rule V147)."""
        return self.confirmation == CONFIRMED and self.retired_at is None and not self.is_void

    @property
    def right_choices(self):
        """Return the positions of the right choices."""
        return frozenset(at for at, one in enumerate(choices.parse_choices(self.choices_km)) if one.is_right)

    def __str__(self):
        return self.text_km or ""


class Participant(Model):
    """A participant of a session, with rank and unit at that time. Participants of earlier courses have no account.

    Participants and their results are visible to themselves, to the trainers of the session, to the planners of courses and
    to the chiefs of their units.

    `present` has one character for each half-day: 1 for present, 0 for absent.
    """

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        UniqueConstraint("session_id", "user_id"),
        Index("ix_participant_unit", "unit_code", "session_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("course_session.id"))
    number: Mapped[int] = mapped_column(Integer)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    rank: Mapped[str | None] = mapped_column(String(30))
    unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"))
    present: Mapped[str] = mapped_column(String(80), default="")
    practice_exercises: Mapped[int | None] = mapped_column(Integer)
    practice_percent: Mapped[int | None] = mapped_column(Integer)
    # Removed by a planner before the first test. The number stays used, and the history keeps the reason.
    removed_at: Mapped[datetime | None] = mapped_column(DateTime)

    session: Mapped[CourseSession] = relationship(CourseSession)
    user: Mapped[User | None] = relationship(User, foreign_keys=user_id)
    unit: Mapped[Unit | None] = relationship(Unit)
    sittings: Mapped[list["Sitting"]] = relationship(back_populates="participant")
    certificate: Mapped["Certificate | None"] = relationship(back_populates="participant")

    @classmethod
    def __row_filter__(cls, scope):
        if scope.is_unrestricted or scope.trainees == ALL_TRAINEES:
            return None
        trainers = CourseSession.trainer_id, CourseSession.second_trainer_id, CourseSession.third_trainer_id
        taught = select(CourseSession.id).where(or_(*map(is_reader, trainers)))
        units = [is_of_units_below(cls.unit_code, scope.units)] if scope.trainees == OF_UNITS_BELOW else []
        return or_(is_reader(cls.user_id), cls.session_id.in_(taught), *units)

    @property
    def name(self):
        """Return the name of the account, or None for a participant without one."""
        return (self.user.name_km or self.user.get_full_name()) if self.user is not None else None

    def get_sitting(self, ordinal):
        """Return the participant's work on a test of the session, or None."""
        return next((one for one in self.sittings if one.test.ordinal == ordinal), None)


class CourseTest(Model):
    """A test or a resit of a session. Its questions are drawn once, with the seed. One that no one began can be cancelled."""

    __tablename__ = "course_test"
    __table_args__ = (
        Index(
            "ix_course_test_valid", "session_id", "ordinal", unique=True,
            sqlite_where=text("cancelled_at IS NULL"), postgresql_where=text("cancelled_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("course_session.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    opens_at: Mapped[datetime] = mapped_column(DateTime)
    closes_at: Mapped[datetime] = mapped_column(DateTime)
    seed: Mapped[int] = mapped_column(Integer)
    question_ids: Mapped[Any] = mapped_column(JSON)
    start_code: Mapped[str | None] = mapped_column(String(6))  # the trainer shows it in the room
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    session: Mapped[CourseSession] = relationship(CourseSession)

    @property
    def name(self):
        return TEST_NAMES[self.ordinal]


class Sitting(Model):
    """One participant's work on a test: begun once, ended by the clock of the server or by the participant."""

    __tablename__ = "sitting"
    __table_args__ = (UniqueConstraint("test_id", "participant_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("course_test.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(DateTime)
    ends_at: Mapped[datetime] = mapped_column(DateTime)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime)
    percent: Mapped[int | None] = mapped_column(Integer)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))  # of a result on paper

    test: Mapped[CourseTest] = relationship(CourseTest)
    participant: Mapped[Participant] = relationship(back_populates="sittings")

    @classmethod
    def __row_filter__(cls, scope):
        bounds = Participant.__row_filter__(scope)
        return None if bounds is None else cls.participant_id.in_(select(Participant.id).where(bounds))

    answers: Mapped[list["TestAnswer"]] = relationship(back_populates="sitting")


class TestAnswer(Model):
    """The answer to one question: the positions of the chosen choices, separated by commas."""

    __test__ = False  # no test class, whatever its name begins with
    __tablename__ = "test_answer"
    __table_args__ = (UniqueConstraint("sitting_id", "question_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    chosen: Mapped[str] = mapped_column(String(40))
    is_right: Mapped[bool] = mapped_column(Boolean)
    answered_at: Mapped[datetime] = mapped_column(DateTime)

    sitting: Mapped[Sitting] = relationship(back_populates="answers")

    @classmethod
    def __row_filter__(cls, scope):
        bounds = Sitting.__row_filter__(scope)
        return None if bounds is None else cls.sitting_id.in_(select(Sitting.id).where(bounds))


class CertificateCounter(Model):
    """The last number of a certificate in a year."""

    __tablename__ = "certificate_counter"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Certificate(Model):
    """A certificate of a participant. `code` is on the paper only, so that a guessed number proves nothing."""

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoke_reason IS NULL)", name="ck_certificate_revoked"),
        CheckConstraint("issued_by_id <> user_id", name="ck_certificate_not_to_oneself"),
        Index("ix_certificate_user", "user_id", "valid_until"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    code: Mapped[str] = mapped_column(String(12))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    holder_name: Mapped[str] = mapped_column(String(130))  # on the day of issue: an account can be renamed
    issued_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    revoke_reason: Mapped[str | None] = mapped_column(String(400))
    reminded_days: Mapped[int | None] = mapped_column(Integer)  # of the last reminder: 60, 30 or 7

    participant: Mapped[Participant] = relationship(back_populates="certificate")
    user: Mapped[User | None] = relationship(User, foreign_keys=user_id)
