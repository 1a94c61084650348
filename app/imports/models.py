"""Imports: the file and what became of it, each of its entries, and the profiles that people made themselves."""

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
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.imports.profiles import Profile
from app.kernel.schema.fields import coded, count, field
from app.kernel.text import dates

READ, CHECKED, RUNNING, DONE, REFUSED = "read", "checked", "running", "done", "refused"  # of an import
ENTERED, WAITS, LEFT_OUT = "entered", "waits", "left_out"  # of an entry


class ImportRun(Model):
    """One file that is brought in: read by one, let in by another."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = field(String(120), label=_("Imported file"), on="list show", nullable=False)
    kind: Mapped[str] = coded("import_kind", label=_("What it holds"), on="list show search", nullable=False)
    state: Mapped[str] = coded(
        "import_state", label=_("State"), on="list show search", default=READ, nullable=False
    )
    # The profile as it was when the file was read; a later change of it changes nothing here.
    settings: Mapped[Any] = mapped_column(JSON, nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False, index=True)
    size: Mapped[int] = mapped_column(Integer, nullable=False)
    read_at: Mapped[datetime] = field(
        DateTime, label=_("Read at"), on="list show", default=dates.now, nullable=False
    )
    read_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    # What the last trial run found: rows, and how often each rule spoke.
    report: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    let_in_at: Mapped[datetime | None] = field(DateTime, label=_("Let in at"), on="show")
    let_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    # The last row of the file that is dealt with, kept in the transaction of what was made of it.
    last_row: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    entered: Mapped[int] = count(label=_("Brought in"), on="list show", default=0, nullable=False)
    waiting: Mapped[int] = count(label=_("Waiting to be mended"), on="list show", default=0, nullable=False)
    known: Mapped[int] = count(label=_("There already"), on="show", default=0, nullable=False)
    matched: Mapped[int] = count(
        label=_("People who were in the register"), on="show", default=0, nullable=False
    )
    warned: Mapped[int] = count(label=_("Brought in with warnings"), on="show", default=0, nullable=False)
    ended_at: Mapped[datetime | None] = field(DateTime, label=_("Ended at"), on="show")

    read_by: Mapped[User] = relationship(foreign_keys=read_by_id)
    let_in_by: Mapped[User | None] = relationship(foreign_keys=let_in_by_id)

    __table_args__ = (
        # Whoever lets it in has not read it: he is the second officer of all that it brings.
        CheckConstraint(
            "let_in_by_id IS NULL OR let_in_by_id <> read_by_id", name="ck_import_run_two_people"
        ),
        Index("ix_import_run_state", "state", "id"),
        Index("ix_import_run_kind", "kind", "id"),
    )

    @classmethod
    def __within__(cls, scope):
        return None if scope.everything or scope.whole else false()

    @property
    def profile(self):
        return Profile.of(self.settings)

    def __str__(self):
        return self.title or ""


class ImportEntry(Model):
    """One entry of a file (a row; of a case all its rows): brought in, or waiting with its reasons."""

    __tablename__ = "import_entry"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), nullable=False)
    row: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[str] = mapped_column(String(40), nullable=False)
    # The same entry of the same register has the same one, in whichever file it comes.
    fingerprint: Mapped[str] = mapped_column(String(64), nullable=False)
    entity: Mapped[str | None] = mapped_column(String(40))
    entity_id: Mapped[int | None] = mapped_column(Integer)
    # What was wrong, or what only warned: [{field, rule, severity, km, en}]. Its values, as long as it waits.
    problems: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    values: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)

    run: Mapped[ImportRun] = relationship()

    __table_args__ = (
        UniqueConstraint("fingerprint", name="uq_import_entry"),
        Index("ix_import_entry_waits", "run_id", "state", "row"),
        Index("ix_import_entry_record", "entity", "entity_id"),
    )

    @classmethod
    def __within__(cls, scope):
        return None if scope.everything or scope.whole else false()


class ImportProfile(Model):
    """A profile that somebody made on screen, for files that come again."""

    __tablename__ = "import_profile"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), nullable=False, unique=True)
    kind: Mapped[str] = mapped_column(String(40), nullable=False)
    settings: Mapped[Any] = mapped_column(JSON, nullable=False)
    made_at: Mapped[datetime] = mapped_column(DateTime, nullable=False, default=dates.now)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
