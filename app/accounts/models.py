"""FAB's user with unit, Khmer name and language, and the models of sessions, second factors and API tokens.

The columns are added to FAB's `User` in place, because a subclass breaks FAB's groups.
"""

from datetime import datetime

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, Index, Integer, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.access.owned_by_unit import FOLLOWS_UNIT
from app.reference.models import Unit

User.unit_code = mapped_column(String(20), ForeignKey("unit.code"), info=FOLLOWS_UNIT)
User.language = mapped_column(String(2), nullable=False, default="km", server_default="km")
User.display = mapped_column(
    String(40), nullable=False, default="", server_default=""
)  # see `display_settings`
User.name_km = mapped_column(String(120))
# Another user set the password: it is valid for one sign-in, at which the user must choose a new one.
User.must_change_password = mapped_column(Boolean, nullable=False, default=False, server_default=false())
User.functions = mapped_column(String(200))  # see `account_functions`
User.unit = relationship(Unit, foreign_keys=User.unit_code, lazy="joined")


class LoginSession(Model):
    """One session of a user. The token is only in the browser; this row holds its SHA-256."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(DateTime)
    last_seen_at: Mapped[datetime] = mapped_column(DateTime)
    authenticated_at: Mapped[datetime] = mapped_column(DateTime)  # the last check of the password
    address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(80))
    awaits_second_factor: Mapped[bool] = mapped_column(Boolean, default=False)  # not signed in yet
    second_factor: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    end_reason: Mapped[str | None] = mapped_column(String(20))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    # The purpose of access to people (see `access_purpose`); the note replaces a missing case number.
    purpose: Mapped[str | None] = mapped_column(String(40))
    case_number: Mapped[str | None] = mapped_column(String(40))
    case_unknown: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    purpose_note: Mapped[str | None] = mapped_column(String(200))
    purpose_until: Mapped[datetime | None] = mapped_column(DateTime)

    user: Mapped[User] = relationship(User, foreign_keys=user_id)

    @property
    def session_ref(self):
        """Return the id of the session in the audit log. It gives no access."""
        return self.token_hash[:8]


class FormerTrait(Model):
    """An e-mail address or telephone that a user had before, in the form in which two accounts are compared."""

    __tablename__ = "former_trait"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(320))
    until: Mapped[datetime] = mapped_column(DateTime)


class FailedLogin(Model):
    """A failed or unfinished sign-in attempt. The name is hashed, because it may be a mistyped password."""

    __tablename__ = "failed_login"
    __table_args__ = (
        Index("ix_failed_login_name", "name_hash", "at"),
        Index("ix_failed_login_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime)
    name_hash: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))


class SecondFactor(Model):
    """The secret that a user's telephone shares with the system, encrypted."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    confirmed_at: Mapped[datetime] = mapped_column(DateTime)
    last_step: Mapped[int] = mapped_column(
        Integer, default=0
    )  # of the last used code; 30-second steps since 1970


class RecoveryCode(Model):
    """One of ten single-use codes for a lost telephone."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(DateTime)


class Passkey(Model):
    """A key of a device or a security key (WebAuthn). The private key never leaves the device."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    host: Mapped[str] = mapped_column(String(255))  # the only site at which the device uses the key
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)  # a lower one in an answer reveals a copied key
    added_at: Mapped[datetime] = mapped_column(DateTime)
    used_at: Mapped[datetime | None] = mapped_column(DateTime)


class ApiToken(Model):
    """A token of a program that uses the API as a user: `ecr_PUBLIC-ID_SECRET`. The secret is stored hashed."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    public_id: Mapped[str] = mapped_column(String(8), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    writes: Mapped[bool] = mapped_column(Boolean, default=False)
    made_at: Mapped[datetime] = mapped_column(DateTime)
    expires_at: Mapped[datetime] = mapped_column(DateTime)
    used_at: Mapped[datetime | None] = mapped_column(DateTime)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)


__all__ = ["ApiToken", "Passkey", "RecoveryCode", "SecondFactor", "LoginSession", "User", "FailedLogin"]
