"""The form of a user account."""

import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from app.accounts.models import User
from app.extensions import db
from app.kernel.forms.choices import CodeField, LookupField
from app.kernel.forms.inputs import TextField
from app.kernel.forms.record_form import RecordForm
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.text.khmer import is_khmer_name, to_latin_digits
from app.reference.models import Unit

MAX_SELECT_UNITS = 40  # with more units, a lookup field replaces the select
USERNAME = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
PHONE = re.compile(r"\+?[0-9 ]{6,20}")


class _UnitSelectField(SelectField):
    """Select of the managed units."""

    def __init__(self, label=None, validators=None, managed_units=(), **kwargs):
        rows = db.session.scalars(select(Unit).where(Unit.code.in_(managed_units)).order_by(Unit.code)).all()
        self.units = {unit.code: unit for unit in rows}
        named = [SelectChoice("", ""), *(SelectChoice(code, str(unit)) for code, unit in self.units.items())]
        super().__init__(label, validators, choices=named, **kwargs)

    @property
    def unit(self):
        return self.units.get(self.data)


class _UnitLookupField(LookupField):
    @property
    def unit(self):
        return self.data


class _ValidUsername:
    def __call__(self, form, field):
        if field.errors:  # a field shows only one message
            return
        if not USERNAME.fullmatch(field.data or ""):
            raise ValidationError(
                gettext(
                    "Use lowercase Latin letters and digits, separated by full stops, for example sok.dara."
                )
            )
        if db.session.scalar(select(User.id).where(User.username == field.data)):
            raise ValidationError(gettext("This user name is taken. Choose another."))


class _KhmerName:
    def __call__(self, form, field):
        if field.data and not is_khmer_name(field.data):
            raise ValidationError(gettext("Enter the name in Khmer letters."))


class _PhoneNumber:
    def __call__(self, form, field):
        field.data = to_latin_digits(field.data or "") or None
        if field.data and not PHONE.fullmatch(field.data):
            raise ValidationError(gettext("Enter the telephone number in digits."))


def build_account_form(granter, is_new):
    """Return the form class for a new account, or for the particulars of an existing one."""
    many = granter.managed_units is None or len(granter.managed_units) > MAX_SELECT_UNITS
    fields = {}
    if is_new:
        hint = _(
            "Use lowercase Latin letters: surname, full stop, given name. The user name cannot be changed later."
        )
        fields["username"] = TextField(
            _("User name"), [Required(), MaxLength(40), _ValidUsername()], description=hint
        )
    fields |= {
        "name_km": TextField(_("Name in Khmer"), [Required(), MaxLength(64), _KhmerName()]),
        "unit": _UnitLookupField(_("Unit"), [Required()], lookup="unit")
        if many
        else _UnitSelectField(_("Unit"), [Required()], managed_units=granter.managed_units),
        "rank": CodeField(_("Rank"), codes_name="rank"),
        "phone": TextField(_("Telephone"), [MaxLength(30), _PhoneNumber()]),
    }
    if not is_new:
        hint = _("Needed for a move to another unit that a second person must approve.")
        fields["reason"] = TextField(_("Reason"), [MaxLength(300)], description=hint)
    return type("AccountForm", (RecordForm,), fields | {"by_record": many})
