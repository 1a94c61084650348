"""Forms made from model fields. Rules run inside the form, so that a rejected form keeps everything the clerk typed."""

from flask_appbuilder.forms import DynamicForm
from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, Text
from wtforms import Form, SelectMultipleField

from app.kernel.forms.choices import CodeField, LookupField, MultiLookupField
from app.kernel.forms.inputs import (
    SHOWN_SUFFIX,
    CheckboxField,
    CoordinateField,
    DateField,
    DateTimeField,
    DecimalField,
    IntegerField,
    MultilineField,
    TextField,
)
from app.kernel.forms.validators import MaxLength, NonNegative, Required
from app.kernel.forms.wtforms_patches import CachedFieldsMeta
from app.kernel.schema import code_lists
from app.kernel.schema.fields import fields_of
from app.kernel.schema.rules import ERROR, INFO, WARNING, Problem

MISSING_TIME = _(
    "The day has no time, so a limit counts from the earliest time that is possible on it. Enter the time, or give the reason."
)


class FieldMessage(str):
    """A message at a field, with the number of its rule.

    `reasons` are the (key, label) pairs with which a warning may be overridden, `reason` the selected key. A warning at
    the field that holds its reasons has none: filling in that field overrides it.
    """

    rule, severity, reasons, reason, named, form = "", ERROR, (), "", (), None

    @property
    def text(self):
        return str(self)

    @property
    def is_notice(self):
        return self.severity == INFO

    @property
    def blocks_save(self):
        """Return True if this message prevents the save."""
        return self.severity == ERROR or (self.severity == WARNING and not self.reason)

    @classmethod
    def from_problem(cls, problem, field=None, reason=""):
        """Return the message of a problem. `reason` is the submitted key; a key that is not in the list is ignored."""
        message = cls(problem.text)
        for name in ("rule", "severity", "named", "form"):
            setattr(message, name, getattr(problem, name))
        if problem.severity == WARNING and getattr(field, "codes_name", None) != problem.reasons:
            message.reasons = code_lists.choices(problem.reasons)
            message.reason = reason if reason in dict(message.reasons) else ""
        return message


def fields_by_name(form):
    """Return {name: field} of a form, without its prefix."""
    return {field.short_name: field for field in form}


def get_prefix(form):
    """Return what precedes the name of every field of a form that is part of a page, for example `people-0-`."""
    field = next(iter(form))
    return field.name.removesuffix(field.short_name)


class RuleMessagesMixin(Form):
    """What all forms share: problems shown as messages, warning overrides, and filling a record."""

    Meta = CachedFieldsMeta
    meanings = {}
    rule_required = frozenset()
    # By field: the values of another field that show it («kind=drug|weapon»), and those with which a rule requires it.
    when, unless = {}, {}
    # Hidden values of the page: the key of a new record (see `idempotency`), or the version and the digests of the
    # fields as shown (see `edit_conflicts`), and the fields that another user has changed.
    idempotency_key, version, field_digests = "", "", ""
    conflicts = ()
    times = ()  # names of the times of the record from which a limit runs
    known_days: set[str] = set()  # names of the times of which the record knows the same day and no time

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.overrides = []

    def process(self, formdata=None, obj=None, *args, **kwargs):
        """Fill the fields. A time of which the user or the record knows only the day is shown as a day."""
        super().process(formdata, obj, *args, **kwargs)
        day_flags, self.known_days = getattr(obj, "__day_flags__", {}), set()
        for name, flag in day_flags.items():
            if isinstance(field := self._fields.get(name), DateTimeField):
                is_known_day = bool(getattr(obj, flag))
                field.day_only = not field.time_given if field.raw_data else is_known_day
                if is_known_day and field.data == field.object_data:
                    self.known_days.add(name)

    def show_problems(self, problems, formdata):
        """Show each problem at its field. Return True if nothing prevents the save.

        A reason overrides a warning (`find_override_reason`). The overridden warnings are in `self.overrides`.
        """
        may_save, fields = True, fields_by_name(self)
        for problem in [*self._request_times(), *problems]:
            field = fields.get(problem.field) or next(iter(self))
            if problem.field in fields and field.process_errors and problem.severity != INFO:
                may_save = False  # the input could not be parsed, and the field has its own error
                continue
            message = FieldMessage.from_problem(
                problem, field, find_override_reason(formdata, field.name, problem.rule)
            )
            if problem.severity == ERROR and problem.field not in fields:
                self.form_errors.append(message)  # concerns the whole form
            elif problem.severity == ERROR:
                field.errors = [*field.errors, message]
            else:
                field.warnings.append(message)
            if message.reason:
                self.overrides.append((problem, message.reason))
            may_save = may_save and not message.blocks_save
        return may_save

    def populate(self, record, formdata):
        """Copy the submitted fields into `record`. Fields missing from a partial POST stay unchanged."""
        for name, field in fields_by_name(self).items():
            if name == "csrf_token" or not is_submitted(field, formdata):
                continue
            field.populate_obj(record, name)
        day_flags = getattr(record, "__day_flags__", {})
        without_time = {field.short_name for field in self._find_days_without_time(day_flags)}
        for name, flag in day_flags.items():
            if name in without_time:
                setattr(record, flag, True)
            elif flag not in self._fields and getattr(self._fields.get(name), "time_given", False):
                setattr(record, flag, False)
        self.times = getattr(record, "__times__", ())

    def _find_days_without_time(self, names):
        """Return the fields of these names that the user filled with a day only."""
        return [
            field
            for field in self
            if field.short_name in names
            and isinstance(field, DateTimeField)
            and field.data
            and field.raw_data
            and not field.time_given
        ]

    def _request_times(self):
        """Return a warning for each new day without a time from which a limit runs, once."""
        found = [
            Problem(one.short_name, MISSING_TIME, "V001", WARNING)
            for one in self._find_days_without_time(self.times)
            if one.short_name not in self.known_days
        ]
        self.times = ()
        return found


def find_override_reason(formdata, name, rule):
    """Return the submitted reason for a warning of `rule` at the field `name`, else the one for all warnings there.

    Two warnings at one field may have reasons of different lists.
    """
    return formdata.get(f"{name}__{rule}__reason") or formdata.get(f"{name}__reason", "")


def is_submitted(field, formdata):
    """Return True if the page showed this field.

    A browser sends no unticked checkbox and no empty list, so these have a hidden marker.
    """
    if isinstance(field, (CheckboxField, SelectMultipleField)):
        return field.name in formdata or f"{field.name}{SHOWN_SUFFIX}" in formdata
    return field.name in formdata or (isinstance(field, LookupField) and field.text_name in formdata)


class RecordForm(RuleMessagesMixin, DynamicForm):
    """A complete form with a CSRF token."""


class RowForm(RuleMessagesMixin):
    """A row inside a larger form. `prefix` separates the rows."""


def make_form_class(model, names, base=RecordForm, optional=(), rule_required=(), code_field=CodeField):
    """Return a form class with a field for each named field of `model`.

    A field is required if its column is NOT NULL, except flags, columns with a default and `optional` fields. For
    `rule_required` fields a rule reports an empty value, with its number.
    """
    meanings = fields_of(model)
    fields = {
        name: _make_field(model, name, meanings[name], name in (*optional, *rule_required), code_field)
        for name in names
    }
    return type(
        f"{model.__name__}Form",
        (base,),
        {
            **fields,
            "meanings": meanings,
            "rule_required": frozenset(rule_required),
            "unless": getattr(model, "__unless__", {}),
        },
    )


def _make_field(model, name, meaning, may_be_empty, code_field):
    attribute = model.__mapper__.attrs[name]
    is_link = not hasattr(attribute, "columns")
    column = next(iter(attribute.local_columns)) if is_link else attribute.columns[0]
    is_mandatory = not column.nullable and column.default is None and not isinstance(column.type, Boolean)
    is_required = is_mandatory and not may_be_empty
    options = {
        "label": meaning.label,
        "description": meaning.help or "",
        "validators": [Required()] if is_required else [],
    }
    if meaning.lookup:
        return LookupField(lookup=meaning.lookup, **options)
    if meaning.codes:
        return code_field(codes_name=meaning.codes, **options)
    if meaning.multi_choice:
        return MultiLookupField(lookup=meaning.multi_choice, **options)
    kind = _field_class(column.type)
    if kind in (TextField, MultilineField) and getattr(column.type, "length", None):
        options["validators"].append(MaxLength(column.type.length))
    if kind in (IntegerField, DecimalField):
        options["validators"].append(NonNegative())
    if kind is DecimalField:
        options["places"] = column.type.scale
    if kind is CheckboxField:
        options["yes_no_labels"] = meaning.yes_no_labels
    return kind(**options)


def _field_class(type_):
    for column_type, field in (
        (Boolean, CheckboxField),
        (DateTime, DateTimeField),
        (Date, DateField),
        (Integer, IntegerField),
        (Float, CoordinateField),
        (Numeric, DecimalField),
        (Text, MultilineField),
    ):
        if isinstance(type_, column_type):
            return field
    return TextField
