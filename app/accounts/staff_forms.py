"""The boxes of an account."""

import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from app.accounts.models import User
from app.extensions import db
from app.kernel.forms.choices import CodeBox, LookupBox
from app.kernel.forms.inputs import TextBox
from app.kernel.forms.record_form import Filled, Fits, RecordForm
from app.kernel.text.khmer import is_khmer_name, latin_digits
from app.reference.models import Unit

FEW = 40  # units in a plain select; more are looked up
USERNAME = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
PHONE = re.compile(r"\+?[0-9 ]{6,20}")


class _Units(SelectField):
    """The units within reach."""

    def __init__(self, label=None, validators=None, reach=(), **kwargs):
        rows = db.session.scalars(select(Unit).where(Unit.code.in_(reach)).order_by(Unit.code)).all()
        self.units = {unit.code: unit for unit in rows}
        named = [SelectChoice("", ""), *(SelectChoice(code, str(unit)) for code, unit in self.units.items())]
        super().__init__(label, validators, choices=named, **kwargs)

    @property
    def unit(self):
        return self.units.get(self.data)


class _AnyUnit(LookupBox):
    @property
    def unit(self):
        return self.data


class _Username:
    def __call__(self, form, box):
        if box.errors:  # one sentence at a box that is empty or too long
            return
        if not USERNAME.fullmatch(box.data or ""):
            raise ValidationError(
                gettext("Write small Latin letters and digits, with full stops between: sok.dara.")
            )
        if db.session.scalar(select(User.id).where(User.username == box.data)):
            raise ValidationError(gettext("This user name is taken."))


class _InKhmer:
    def __call__(self, form, box):
        if box.data and not is_khmer_name(box.data):
            raise ValidationError(gettext("Write the name in Khmer letters."))


class _Phone:
    def __call__(self, form, box):
        box.data = latin_digits(box.data or "") or None
        if box.data and not PHONE.fullmatch(box.data):
            raise ValidationError(gettext("Write the digits of the telephone number."))


def account_form(granter, is_new):
    """The form class for a new account, or for the particulars of one that is there."""
    many = granter.reach is None or len(granter.reach) > FEW
    boxes = {}
    if is_new:
        hint = _("Small Latin letters: surname, full stop, given name. It never changes.")
        boxes["username"] = TextBox(_("User name"), [Filled(), Fits(40), _Username()], description=hint)
    boxes |= {
        "name_km": TextBox(_("Name in Khmer"), [Filled(), Fits(64), _InKhmer()]),
        "unit": _AnyUnit(_("Unit"), [Filled()], lookup="unit")
        if many
        else _Units(_("Unit"), [Filled()], reach=granter.reach),
        "rank": CodeBox(_("Rank"), codes_name="rank"),
        "phone": TextBox(_("Telephone"), [Fits(30), _Phone()]),
    }
    return type("AccountForm", (RecordForm,), boxes | {"by_record": many})
