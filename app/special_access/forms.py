"""Forms for special access; each requires a reason."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select
from wtforms import ValidationError

from app.cases.models import Case
from app.extensions import db
from app.kernel.forms.choices import LookupField
from app.kernel.forms.inputs import CheckboxField, DateTimeField, MultilineField, TextField
from app.kernel.forms.record_form import RecordForm
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.text import dates, khmer

MIN_REASON_LENGTH, MAX_REASON_LENGTH = 20, 400  # characters of a reason


class MinReasonLength:
    """Require a reason of at least 20 characters."""

    def __call__(self, form, field):
        if len(field.data or "") < MIN_REASON_LENGTH and not field.errors:
            raise ValidationError(
                gettext("Enter a reason of at least %(n)s characters.", n=MIN_REASON_LENGTH)
            )


class VisibleCase:
    """Require the number of a case that the user may see."""

    def __call__(self, form, field):
        if field.errors:
            return
        number = khmer.to_latin_digits(field.data or "").replace(" ", "-")
        if db.session.scalar(select(Case.id).where(Case.number == number)) is None:
            raise ValidationError(gettext("No case with this number in your area of responsibility."))
        field.data = number


class OtherUnit:
    def __call__(self, form, field):
        if field.data is not None and field.data.code in (form.owner, current_user.unit_code):
            raise ValidationError(gettext("This unit can already view the case. Choose another."))


class FutureTime:
    def __call__(self, form, field):
        if field.data is not None and field.data <= dates.now():
            raise ValidationError(gettext("This time has already passed. Enter a later time."))


def _make_reason_field():
    hint = _(
        "At least %(n)s characters. The reason is stored and shown to the reviewing officer.",
        n=MIN_REASON_LENGTH,
    )
    return MultilineField(
        _("Reason"), [Required(), MaxLength(MAX_REASON_LENGTH), MinReasonLength()], description=hint
    )


class AccessGrantForm(RecordForm):
    """Form with full-width multi-line fields."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self:
            field.width = 12 if isinstance(field, MultilineField) else 6


class BreakGlassForm(AccessGrantForm):
    """Reason and case of a break-glass access."""

    reason = _make_reason_field()
    case_number = TextField(
        _("Case number"),
        [Required(), MaxLength(20), VisibleCase()],
        description=_("Your own case for which you need this information."),
    )


class RevealForm(AccessGrantForm):
    """Reason for revealing the name of a protected person."""

    reason = _make_reason_field()


class ShareForm(AccessGrantForm):
    """Unit, extent, reason and end of the sharing of a case."""

    owner = ""
    unit = LookupField(_("Unit"), [Required(), OtherUnit()], lookup="unit")
    may_write = CheckboxField(
        _("May add to it"),
        description=_(
            "If not ticked, the unit may only read. You are notified of what the unit adds or changes."
        ),
    )
    until = DateTimeField(
        _("Until"), [FutureTime()], description=_("If empty, sharing continues until it is ended manually.")
    )
    reason = _make_reason_field()


class ReviewForm(AccessGrantForm):
    """Findings of the review of a break-glass access."""

    note = MultilineField(
        _("Review findings"),
        [Required(), MaxLength(MAX_REASON_LENGTH), MinReasonLength()],
        description=_(
            "Was it needed for the named case? Enter at least %(n)s characters.", n=MIN_REASON_LENGTH
        ),
    )
