"""Models of imports: the file and its progress, its entries, and the profiles that users saved."""

import hashlib
import json
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.imports.profiles import Profile
from app.kernel.schema.fields import code_field, count, field
from app.kernel.text import dates

READ, CHECKED, RUNNING, DONE, REFUSED = "read", "checked", "running", "done", "refused"  # states of an import
BEFORE_APPROVAL = READ, CHECKED, REFUSED
ENTERED, WAITING, FIXED = "entered", "waiting", "fixed"  # states of an entry


class ImportRun(Model):
    """One imported file: uploaded by one officer, approved by another."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = field(String(120), label=_("Imported file"), on="list show", nullable=False)
    kind: Mapped[str] = code_field("import_kind", label=_("Contents"), on="list show search", nullable=False)
    state: Mapped[str] = code_field(
        "import_state", label=_("Status"), on="list show search", default=READ, nullable=False
    )
    # Copy of the profile at upload; later changes of the profile do not affect this import.
    settings: Mapped[Any] = mapped_column(JSON, nullable=False)
    # Settings before the last changes, for undoing them.
    earlier_settings: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False, index=True)
    size: Mapped[int] = mapped_column(Integer, nullable=False)
    read_at: Mapped[datetime] = field(
        DateTime, label=_("Read at"), on="list show", default=dates.now, nullable=False
    )
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    # The officer who uploaded the file, or who changed its columns last.
    read_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    # Result of the last trial run: rows, and how often each rule reported a problem.
    report: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    approved_at: Mapped[datetime | None] = field(DateTime, label=_("Approved at"), on="show")
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    # Last processed row of the file, updated in the transaction that writes its records.
    last_row: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    entered: Mapped[int] = count(label=_("Imported rows"), on="list show", default=0, nullable=False)
    waiting: Mapped[int] = count(label=_("Rows to fix"), on="list show", default=0, nullable=False)
    fixed: Mapped[int] = count(
        label=_("Fixed rows to approve"), on="show", default=0, nullable=False, server_default="0"
    )
    known: Mapped[int] = count(label=_("Already registered"), on="show", default=0, nullable=False)
    matched: Mapped[int] = count(
        label=_("Previously registered people"), on="show", default=0, nullable=False
    )
    warned: Mapped[int] = count(label=_("Imported with warnings"), on="show", default=0, nullable=False)
    # Data rows that were read, and the last row of the file. Files imported by an earlier version have neither.
    read_rows: Mapped[int | None] = mapped_column(Integer)
    end_row: Mapped[int | None] = mapped_column(Integer)
    ended_at: Mapped[datetime | None] = field(DateTime, label=_("Ended at"), on="show")

    uploaded_by: Mapped[User] = relationship(foreign_keys=uploaded_by_id)
    read_by: Mapped[User] = relationship(foreign_keys=read_by_id)
    approved_by: Mapped[User | None] = relationship(foreign_keys=approved_by_id)

    __table_args__ = (
        # The approving officer neither uploaded nor read the file, and is the second officer of all its records.
        CheckConstraint(
            "approved_by_id IS NULL OR (approved_by_id <> read_by_id AND approved_by_id <> uploaded_by_id)",
            name="ck_import_run_two_people",
        ),
        Index("ix_import_run_state", "state", "id"),
        Index("ix_import_run_kind", "kind", "id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        return None if scope.is_unrestricted or scope.is_nationwide else false()

    @property
    def profile(self):
        return Profile.from_settings(self.settings)

    @property
    def mapping_hash(self):
        """The hash of how the columns are read. The approving officer approves this hash and the hash of the file."""
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()

    def __str__(self):
        return self.title or ""


class ImportEntry(Model):
    """One entry of a file (a row, or all rows of a case): registered, or rejected with its problems.

    An officer fixes a rejected entry, and another one approves it. Triggers of the database enforce this.
    """

    __tablename__ = "import_entry"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), nullable=False)
    row: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[str] = mapped_column(String(40), nullable=False)
    # Equal for equal entries of one source system, in any file.
    fingerprint: Mapped[str] = mapped_column(String(64), nullable=False)
    entity: Mapped[str | None] = mapped_column(String(40))
    entity_id: Mapped[int | None] = mapped_column(Integer)
    # Errors and warnings: [{field, rule, severity, km, en}]. Values are kept while the entry is rejected.
    problems: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    values: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    # The values of the file, kept while a fix of them waits for approval.
    file_values: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    fixed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    fixed_by: Mapped[User | None] = relationship(foreign_keys=fixed_by_id)
    run: Mapped[ImportRun] = relationship()

    __table_args__ = (
        UniqueConstraint("fingerprint", name="uq_import_entry"),
        Index("ix_import_entry_waits", "run_id", "state", "row"),
        Index("ix_import_entry_record", "entity", "entity_id"),
    )

    @classmethod
    def __row_filter__(cls, scope):
        return None if scope.is_unrestricted or scope.is_nationwide else false()


class ImportOutcomes(Model):
    """The outcomes of the rows of one batch of a file, as JSON that `row_outcomes` writes and no one changes."""

    __tablename__ = "import_outcomes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), nullable=False)
    lines: Mapped[str] = mapped_column(Text, nullable=False)

    __table_args__ = (Index("ix_import_outcomes_run", "run_id", "id"),)

    @classmethod
    def __row_filter__(cls, scope):
        return None if scope.is_unrestricted or scope.is_nationwide else false()


class ImportProfile(Model):
    """A profile saved by a user for later files."""

    __tablename__ = "import_profile"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), nullable=False, unique=True)
    kind: Mapped[str] = mapped_column(String(40), nullable=False)
    settings: Mapped[Any] = mapped_column(JSON, nullable=False)
    made_at: Mapped[datetime] = mapped_column(DateTime, nullable=False, default=dates.now)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)

    made_by: Mapped[User] = relationship()

    @property
    def profile(self):
        return Profile.from_settings(self.settings)


class ImportProfileVersion(Model):
    """The settings of a saved profile after one change."""

    __tablename__ = "import_profile_version"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    profile_id: Mapped[int] = mapped_column(
        ForeignKey("import_profile.id", ondelete="CASCADE"), nullable=False
    )
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    settings: Mapped[Any] = mapped_column(JSON, nullable=False)
    made_at: Mapped[datetime] = mapped_column(DateTime, nullable=False, default=dates.now)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)

    made_by: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("profile_id", "number", name="uq_import_profile_version"),)
