"""The part of a record that a second officer writes."""

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.kernel.schema.fields import code_field, field

AWAITING, CONFIRMED, REJECTED = "awaiting", "confirmed", "rejected"
IN_EFFECT = (None, CONFIRMED)  # confirmations of a record that counts
EDITABLE = dict.fromkeys(
    ("confirmation", "decided_at", "decided_by_id", "decision_reason"), "written by the second officer"
)


class NeedsConfirmation:
    """Mixin of a record that has no effect until a second officer of the owner unit, or above it, confirms it."""

    __request_text__: str  # the key of the text of the task, unless `request_text` chooses one
    subject_number: str  # the public number of what the record is about

    confirmation: Mapped[str | None] = code_field(
        "confirmation", label=_("Confirmation by a second officer"), on="list show search"
    )
    decided_at: Mapped[datetime | None] = field(DateTime, label=_("Decided at"), on="show")
    decision_reason: Mapped[str | None] = field(
        String(400), label=_("Reason for the decision"), on="show", width=12
    )

    @declared_attr
    def decided_by_id(cls) -> Mapped[int | None]:
        return mapped_column(Integer, ForeignKey("ab_user.id"))

    @property
    def author_number(self):
        """Return the number of the subject that its author may see."""
        return self.subject_number

    @property
    def needs_confirmation(self):
        return True

    @property
    def request_text(self):
        return self.__request_text__

    @property
    def named_deciders(self):
        """Return the ids of the only officers who may decide, or None: the command of the owner unit decides."""
        return None

    @property
    def deciding_role(self):
        """Return a role that may decide besides the command of the owner unit, or None."""
        return None

    @property
    def owner_unit_code(self):
        """Return the code of the unit that owns what the record ends. Its second officer decides, or one above it."""
        return self.unit_code

    @property
    def is_in_effect(self):
        """True if the record counts: it is not void, and confirmed if it must be."""
        return not self.is_void and self.confirmation in IN_EFFECT
