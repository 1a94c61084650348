"""The forms of a user account, and of several new ones that are typed or pasted as a table."""

import hashlib
import re
from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice

from app.accounts.models import User
from app.extensions import db
from app.kernel.forms.choices import CodeField, LookupField
from app.kernel.forms.inputs import MultilineField, TextField
from app.kernel.forms.record_form import RecordForm
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.text.khmer import is_khmer_name, to_latin_digits
from app.reference.models import Unit

MAX_SELECT_UNITS = 40  # with more units, a lookup field replaces the select
USERNAME = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
PHONE = re.compile(r"\+?[0-9 ]{6,20}")
MAX_LINES = 30  # new accounts at once
COLUMNS = ("username", "name_km", "rank", "phone")  # of a table of new accounts
CELL_END = re.compile(r"\t|[,;]")  # a table pasted from a spreadsheet has tabs


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


class _TableField(MultilineField):
    """Text that keeps its tabs. Each cell is normalized on its own."""

    process_formdata = TextAreaField.process_formdata


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


def _name_fields(is_new):
    """Return the fields before the unit."""
    fields = {}
    if is_new:
        hint = _(
            "Use lowercase Latin letters: surname, full stop, given name. The user name cannot be changed later."
        )
        fields["username"] = TextField(
            _("User name"), [Required(), MaxLength(40), _ValidUsername()], description=hint
        )
    return fields | {"name_km": TextField(_("Name in Khmer"), [Required(), MaxLength(64), _KhmerName()])}


def _unit_field(granter):
    many = granter.managed_units is None or len(granter.managed_units) > MAX_SELECT_UNITS
    field = (
        _UnitLookupField(_("Unit"), [Required()], lookup="unit")
        if many
        else _UnitSelectField(_("Unit"), [Required()], managed_units=granter.managed_units)
    )
    return {"unit": field}, many


def _other_fields():
    """Return the fields after the unit."""
    return {
        "rank": CodeField(_("Rank"), codes_name="rank"),
        "phone": TextField(_("Telephone"), [MaxLength(30), _PhoneNumber()]),
    }


def build_account_form(granter, is_new):
    """Return the form class for a new account, or for the particulars of an existing one."""
    unit, by_record = _unit_field(granter)
    fields = _name_fields(is_new) | unit | _other_fields()
    if not is_new:
        hint = _("Needed for a move to another unit that a second person must approve.")
        fields["reason"] = TextField(_("Reason"), [MaxLength(300)], description=hint)
    return type("AccountForm", (RecordForm,), fields | {"by_record": by_record})


def build_batch_form(granter, roles):
    """Return the form class for several new accounts of one unit. `roles` are the (name, label) pairs to choose from."""
    unit, _by_record = _unit_field(granter)
    columns = _(
        "One person per line: user name, name in Khmer, rank, telephone. Paste it from a spreadsheet."
    )
    fields = unit | {
        "role": SelectField(_("Role of all"), choices=[("", ""), *roles], default=""),
        "reason": TextField(_("Reason"), [MaxLength(300)], description=_("Needed if you choose a role.")),
        "lines": _TableField(_("New users"), [Required(), MaxLength(6000)], description=columns),
    }
    return type("AccountBatchForm", (RecordForm,), fields)


@dataclass(frozen=True)
class AccountLine:
    """One new account of a table: its number, its values by column, and the messages about them."""

    number: int
    values: dict
    problems: tuple


def read_lines(text):
    """Return the new accounts of the table in `text`, each checked as the form of one account checks it."""
    form_class = type("AccountLineForm", (RecordForm,), _name_fields(is_new=True) | _other_fields())
    lines, seen = [], set()
    for number, line in enumerate(filter(str.strip, (text or "").splitlines()), start=1):
        cells = [cell.strip() for cell in CELL_END.split(line)]
        typed = dict(zip(COLUMNS, cells, strict=False))
        form = form_class(
            MultiDict(typed | {"rank": "", "rank__text": typed.get("rank", "")}), meta={"csrf": False}
        )
        form.validate()
        problems = [
            gettext("%(field)s: %(problem)s", field=form[name].label.text, problem=error)
            for name in COLUMNS
            for error in form[name].errors
        ]
        values = {name: form[name].data or None for name in COLUMNS}
        if len(cells) > len(COLUMNS) and any(cells[len(COLUMNS) :]):
            problems.append(gettext("This line has more than four columns."))
        if values["username"] in seen:
            problems.append(gettext("This user name is in the table twice."))
        seen.add(values["username"])
        lines.append(AccountLine(number, values, tuple(problems)))
    return lines


def compute_fingerprint(unit, role, reason, lines):
    """Return a hash of what a review has shown, so that exactly this is created."""
    shown = [unit.code, role, reason, *(line.values for line in lines)]
    return hashlib.sha256(repr(shown).encode()).hexdigest()
