"""Forms of an export: format and case number, period of a data set, approval request, and decision."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, ValidationError

from app.accounts.access_purpose import CASE_NUMBER, MAX_NUMBER_LENGTH
from app.exports.exchange_sets import list_receivers
from app.kernel.forms.inputs import DateField, MultilineField, TextField
from app.kernel.forms.record_form import RecordForm
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.text import khmer

MIN_REASON_LENGTH, MAX_REASON_LENGTH = 20, 400  # characters of a reason
FORMATS = (
    ("xlsx", _("Excel spreadsheet (.xlsx)")),
    ("csv", _("Text for spreadsheets and other programs (.csv)")),
    ("jsonl", _("JSON lines, for programs (.jsonl)")),
)


class ValidCaseNumber:
    """Validates a case number in the format of the search purpose."""

    def __call__(self, form, field):
        number = khmer.to_latin_digits(field.data or "").replace(" ", "")
        if not field.errors and not (CASE_NUMBER.fullmatch(number) and len(number) <= MAX_NUMBER_LENGTH):
            raise ValidationError(gettext("Enter the case number for this export."))
        field.data = number


class LongEnoughReason:
    """Validates that a reason has at least MIN_REASON_LENGTH characters."""

    def __call__(self, form, field):
        if len(field.data or "") < MIN_REASON_LENGTH and not field.errors:
            raise ValidationError(
                gettext("Enter a reason of at least %(n)s characters.", n=MIN_REASON_LENGTH)
            )


class ExportForm(RecordForm):
    """File format and case number of an export."""

    format = RadioField(_("File format"), choices=FORMATS, default="xlsx")
    case_number = TextField(_("Case number"), [Required(), MaxLength(MAX_NUMBER_LENGTH), ValidCaseNumber()])

    @property
    def arguments(self):
        """Return the arguments of the export that its URL does not contain."""
        return {}

    @property
    def details(self):
        """Return what the title of the export names besides its kind."""
        return ()


class DataSetForm(ExportForm):
    """Adds the period of the cases."""

    begins = DateField(_("Cases from"), [Required()])
    ends = DateField(_("Cases until"), [Required()])

    def validate_ends(self, field):
        if self.begins.data and field.data and field.data < self.begins.data:
            raise ValidationError(
                gettext("The end of the period is before its beginning. Correct one of the two dates.")
            )

    @property
    def arguments(self):
        return {"begins": self.begins.data.isoformat(), "ends": self.ends.data.isoformat()}


class ExchangeForm(DataSetForm):
    """Adds the receiver of an exchange set; the period is that of the steps of procedure."""

    receiver = SelectField(_("Receiver"), [Required()], choices=list_receivers)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.begins.label.text, self.ends.label.text = gettext("From"), gettext("Until")
        self.receiver.width = 12

    @property
    def arguments(self):
        return super().arguments | {"receiver": self.receiver.data}

    @property
    def details(self):
        choices = ((group, *one) for group, some in self.receiver.choices.items() for one in some)
        return next((group, name) for group, key, name in choices if key == self.receiver.data)


class ApprovalRequestForm(RecordForm):
    """Reason for exporting more rows than the role allows."""

    reason = MultilineField(
        _("Reason for the export"),
        [Required(), MaxLength(MAX_REASON_LENGTH), LongEnoughReason()],
        description=_(
            "At least %(n)s characters. The reason is stored and shown to the deciding officer.",
            n=MIN_REASON_LENGTH,
        ),
    )


class DecisionForm(RecordForm):
    """Decision of the second person."""

    decision = MultilineField(
        _("Decision"),
        [Required(), MaxLength(MAX_REASON_LENGTH), LongEnoughReason()],
        description=_(
            "At least %(n)s characters. The reason is stored and sent to the requesting officer.",
            n=MIN_REASON_LENGTH,
        ),
    )
