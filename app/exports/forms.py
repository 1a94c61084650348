"""The forms of an export: as what and for which case, the period of a data set, the reason for more rows."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, ValidationError

from app.accounts.access_purpose import CASE_NUMBER, LONGEST_NUMBER
from app.kernel.forms.inputs import DateBox, TextArea, TextBox
from app.kernel.forms.record_form import Filled, Fits, RecordForm
from app.kernel.text import khmer

SHORTEST, LONGEST = 20, 400  # characters of a reason
FORMATS = (
    ("xlsx", _("Excel sheet (.xlsx)")),
    ("csv", _("Text for sheets and other programs (.csv)")),
    ("jsonl", _("JSON lines, for programs (.jsonl)")),
)


class ACaseNumber:
    """The number of a case, as the purpose in the bar takes it."""

    def __call__(self, form, box):
        number = khmer.latin_digits(box.data or "").replace(" ", "")
        if not box.errors and not (CASE_NUMBER.fullmatch(number) and len(number) <= LONGEST_NUMBER):
            raise ValidationError(gettext("Give the number of the case for which this is exported."))
        box.data = number


class LongEnough:
    def __call__(self, form, box):
        if len(box.data or "") < SHORTEST and not box.errors:
            raise ValidationError(gettext("Give the reason in at least %(n)s characters.", n=SHORTEST))


class ExportForm(RecordForm):
    """As which file, for which case."""

    format = RadioField(_("As which file"), choices=FORMATS, default="xlsx")
    case_number = TextBox(_("Case number"), [Filled(), Fits(LONGEST_NUMBER), ACaseNumber()])

    @property
    def arguments(self):
        """What the export is of, beside what its address says."""
        return {}


class DataSetForm(ExportForm):
    """The cases of which days."""

    begins = DateBox(_("Cases from"), [Filled()])
    ends = DateBox(_("Cases until"), [Filled()])

    def validate_ends(self, box):
        if self.begins.data and box.data and box.data < self.begins.data:
            raise ValidationError(gettext("The end of the period lies before its beginning."))

    @property
    def arguments(self):
        return {"begins": self.begins.data.isoformat(), "ends": self.ends.data.isoformat()}


class MoreForm(RecordForm):
    """Why more rows are needed than the role may take."""

    reason = TextArea(
        _("Reason for the export"),
        [Filled(), Fits(LONGEST), LongEnough()],
        description=_("At least %(n)s characters. Whoever decides reads it, and it is kept.", n=SHORTEST),
    )


class DecisionForm(RecordForm):
    """The decision of the second person."""

    decision = TextArea(
        _("Decision"),
        [Filled(), Fits(LONGEST), LongEnough()],
        description=_("At least %(n)s characters. It is kept, and told to whoever asked.", n=SHORTEST),
    )
