"""Models of account administration: particulars of users, requests for a second administrator, access reviews."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, Boolean, CheckConstraint, DateTime, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User

User.rank = mapped_column(String(30))  # of the code list `rank`
User.phone = mapped_column(String(30))
User.active_since = mapped_column(DateTime)  # created or reopened; dormancy counts from here
User.closed_at = mapped_column(DateTime)
User.close_reason = mapped_column(String(20))  # by_hand, unused
Index("ix_ab_user_unit_code", User.__table__.c.unit_code, User.__table__.c.id)

REQUESTED, DONE, REFUSED = "requested", "done", "refused"


class StaffRequest(Model):
    """A request that a second person decides: an act on an account, or a change of the reference data.

    `changes` holds [value at the request, requested value] by column. An approval applies only if the first value is
    still the current one. `open_key` is unique while the request is open, so that no act is requested twice.
    """

    __tablename__ = "staff_request"
    __table_args__ = (
        CheckConstraint("decided_by_id <> requested_by_id", name="ck_staff_request_two_people"),
        CheckConstraint("decided_by_id <> user_id", name="ck_staff_request_not_by_requester"),
        CheckConstraint("requested_by_id <> user_id", name="ck_staff_request_not_for_requester"),
        CheckConstraint("(state = 'requested') = (decided_by_id IS NULL)", name="ck_staff_request_decided"),
        CheckConstraint("(state = 'requested') = (note IS NULL)", name="ck_staff_request_decided_with_note"),
        CheckConstraint("(user_id IS NULL) = (entity IS NOT NULL)", name="ck_staff_request_one_subject"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    act: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    role: Mapped[str | None] = mapped_column(String(64))
    entity: Mapped[str | None] = mapped_column(String(20))  # table and key of a row of the reference data
    entity_key: Mapped[str | None] = mapped_column(String(40))
    changes: Mapped[dict] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(300))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    requested_at: Mapped[datetime] = mapped_column(DateTime)
    state: Mapped[str] = mapped_column(String(10), default=REQUESTED, index=True)
    open_key: Mapped[str | None] = mapped_column(String(140), unique=True)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime)
    note: Mapped[str | None] = mapped_column(String(300))
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": version}  # of two decisions at once, the second fails

    user: Mapped[User | None] = relationship(User, foreign_keys=user_id)
    requested_by: Mapped[User] = relationship(User, foreign_keys=requested_by_id)
    decided_by: Mapped[User | None] = relationship(User, foreign_keys=decided_by_id)


class StaffReview(Model):
    """A signed quarterly review: each user of a unit and below was confirmed or lost their roles."""

    __tablename__ = "staff_review"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), index=True)
    is_national: Mapped[bool] = mapped_column(
        Boolean, default=False
    )  # by an administrator: accounts that no unit administrator may review
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    signed_at: Mapped[datetime] = mapped_column(DateTime)

    signed_by: Mapped[User] = relationship(User, foreign_keys=signed_by_id)
    lines: Mapped[list["StaffReviewLine"]] = relationship(back_populates="review")


class StaffReviewLine(Model):
    """The decision on one user, with the roles held on that day."""

    __tablename__ = "staff_review_line"

    review_id: Mapped[int] = mapped_column(ForeignKey("staff_review.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    roles: Mapped[str] = mapped_column(String(500))
    confirmed: Mapped[bool] = mapped_column(Boolean)

    review: Mapped[StaffReview] = relationship(back_populates="lines")
