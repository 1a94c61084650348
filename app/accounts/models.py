"""A user is FAB's user with a unit, a rank, a Khmer name and a language; and what the register keeps of sign-ins.

FAB's `User` takes columns in place; a subclass of it breaks FAB's groups.
"""

from datetime import datetime

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Boolean, DateTime, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.reference.models import Unit

User.unit_code = mapped_column(String(20), ForeignKey("unit.code"))
User.language = mapped_column(String(2), nullable=False, default="km", server_default="km")
User.name_km = mapped_column(String(120))
# Somebody else has set the password: it serves to sign in once and choose another.
User.must_change_password = mapped_column(Boolean, nullable=False, default=False, server_default=false())
User.unit = relationship(Unit, foreign_keys=User.unit_code, lazy="joined")


class SignIn(Model):
    """One session of one user. Its token is in the browser alone; here stands the SHA-256 of it."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    began_at: Mapped[datetime] = mapped_column(DateTime)
    seen_at: Mapped[datetime] = mapped_column(DateTime)
    proved_at: Mapped[datetime] = mapped_column(DateTime)  # when the password was given last
    address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(80))
    waits_for_code: Mapped[bool] = mapped_column(Boolean, default=False)  # nobody is signed in yet
    second_factor: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    ended_because: Mapped[str | None] = mapped_column(String(20))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    # For which work people are looked up (see `purposes`); the note says in words what has no case number.
    purpose: Mapped[str | None] = mapped_column(String(40))
    case_number: Mapped[str | None] = mapped_column(String(40))
    purpose_note: Mapped[str | None] = mapped_column(String(200))
    purpose_until: Mapped[datetime | None] = mapped_column(DateTime)

    user: Mapped[User] = relationship(User, foreign_keys=user_id)

    @property
    def mark(self):
        """Names the session in the trace and opens nothing."""
        return self.token_hash[:8]


class WrongTry(Model):
    """A try to sign in that failed, or is being weighed. The name may be a mistyped password, so it is hashed."""

    __tablename__ = "wrong_try"
    __table_args__ = (
        Index("ix_wrong_try_name", "name_hash", "at"),
        Index("ix_wrong_try_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime)
    name_hash: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))


class SecondFactor(Model):
    """The secret that a user's telephone shares with the register, encrypted."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    confirmed_at: Mapped[datetime] = mapped_column(DateTime)
    last_step: Mapped[int] = mapped_column(
        Integer, default=0
    )  # half-minutes since 1970 of the last code taken


class RecoveryCode(Model):
    """One of ten codes for the day on which the telephone is lost; each serves once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(DateTime)


class ApiToken(Model):
    """With this a program asks the API in the name of a user: `ecr_MARK_SECRET`, of which the secret is hashed."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    mark: Mapped[str] = mapped_column(String(8), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    writes: Mapped[bool] = mapped_column(Boolean, default=False)
    made_at: Mapped[datetime] = mapped_column(DateTime)
    expires_at: Mapped[datetime] = mapped_column(DateTime)
    used_at: Mapped[datetime | None] = mapped_column(DateTime)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)


__all__ = ["ApiToken", "RecoveryCode", "SecondFactor", "SignIn", "User", "WrongTry"]
