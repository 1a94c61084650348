"""Validators of form fields, with messages in the language of the reader."""

from flask_babel import gettext
from wtforms import ValidationError

from app.kernel.schema.display import format_value


class Required:
    """A value was entered or selected. Unreadable input has its own message."""

    field_flags = {"required": True}

    def __call__(self, form, field):
        if field.data in (None, "") and not field.errors:
            raise ValidationError(gettext("Enter a value."))


class NonNegative:
    """Counts, weights and values are not below zero. Coordinates use CoordinateField without this validator."""

    def __call__(self, form, field):
        if field.data is not None and field.data < 0:
            raise ValidationError(gettext("This number cannot be below zero."))


class MaxLength:
    """The text in normal form is not longer than its column."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, form, field):
        if len(field.data or "") > self.limit:
            raise ValidationError(
                gettext(
                    "This text is too long. Use at most %(number)s characters.",
                    number=format_value(self.limit),
                )
            )
