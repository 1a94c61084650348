"""The forms by which something is opened: each asks for a reason."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select
from wtforms import ValidationError

from app.cases.models import Case
from app.extensions import db
from app.kernel.forms.choices import LookupBox
from app.kernel.forms.inputs import MomentBox, TextArea, TextBox
from app.kernel.forms.record_form import Filled, Fits, RecordForm
from app.kernel.text import dates, khmer

SHORTEST, LONGEST = 20, 400  # characters of a reason


class LongEnough:
    """A reason that says something."""

    def __call__(self, form, box):
        if len(box.data or "") < SHORTEST and not box.errors:
            raise ValidationError(gettext("Give the reason in at least %(n)s characters.", n=SHORTEST))


class OwnCase:
    """The number of a case that the asker sees: for his own work somebody is opened."""

    def __call__(self, form, box):
        if box.errors:
            return
        number = khmer.latin_digits(box.data or "").replace(" ", "-")
        if db.session.scalar(select(Case.id).where(Case.number == number)) is None:
            raise ValidationError(gettext("No case of this number is in your part of the register."))
        box.data = number


class AnotherUnit:
    def __call__(self, form, box):
        if box.data is not None and box.data.code in (form.owner, current_user.unit_code):
            raise ValidationError(gettext("This unit sees the case already. Choose another."))


class Later:
    def __call__(self, form, box):
        if box.data is not None and box.data <= dates.now():
            raise ValidationError(gettext("This moment has passed already."))


def _reason():
    hint = _("At least %(n)s characters. It is kept, and whoever reviews it reads it.", n=SHORTEST)
    return TextArea(_("Reason"), [Filled(), Fits(LONGEST), LongEnough()], description=hint)


class OpeningForm(RecordForm):
    """What is written in several lines takes the whole width."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for box in self:
            box.width = 12 if isinstance(box, TextArea) else 6


class BreakGlassForm(OpeningForm):
    """Why a person outside one's part is opened, and for which case."""

    reason = _reason()
    case_number = TextBox(
        _("Case number"),
        [Filled(), Fits(20), OwnCase()],
        description=_("The case of your own work for which you need to know."),
    )


class RevealForm(OpeningForm):
    """Why the name of a protected person is needed."""

    reason = _reason()


class ShareForm(OpeningForm):
    """With which unit a case is shared, why and until when."""

    owner = ""
    unit = LookupBox(_("Unit"), [Filled(), AnotherUnit()], lookup="unit")
    until = MomentBox(_("Until"), [Later()], description=_("Empty: until it is ended by hand."))
    reason = _reason()


class ReviewForm(OpeningForm):
    """What the review of a break-glass found."""

    note = TextArea(
        _("What the review found"),
        [Filled(), Fits(LONGEST), LongEnough()],
        description=_("Was it needed for the case that was named? At least %(n)s characters.", n=SHORTEST),
    )
