"""Forms made from fields. Rules run inside the form, so that a refused clerk keeps every word she typed."""

from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, Text
from wtforms import Form, SelectMultipleField, ValidationError
from wtforms.fields import Label

from app.kernel.forms.choices import CodeBox, LookupBox, SeveralBox
from app.kernel.forms.inputs import (
    SHOWN,
    DateBox,
    DecimalBox,
    FlagBox,
    MomentBox,
    NumberBox,
    PositionBox,
    TextArea,
    TextBox,
)
from app.kernel.schema import code_lists
from app.kernel.schema.display import said
from app.kernel.schema.fields import declared
from app.kernel.schema.rules import ERROR, NOTICE, WARNING


class Said(str):
    """A sentence at a field, with the number of the rule that spoke.

    `reasons` are the (key, word) pairs by which a warning may be passed, `reason` the key that was given. A
    warning at the very box that holds its reasons has none of its own: filling the box passes it.
    """

    rule, severity, reasons, reason = "", ERROR, (), ""

    @property
    def text(self):
        return str(self)

    @property
    def notice(self):
        return self.severity == NOTICE

    @property
    def stops(self):
        """Whether this stands in the way of the save."""
        return self.severity == ERROR or (self.severity == WARNING and not self.reason)

    @classmethod
    def of(cls, problem, box=None, given=""):
        said = cls(problem.text)
        said.rule, said.severity = problem.rule, problem.severity
        if problem.severity == WARNING and getattr(box, "codes_name", None) != problem.reasons:
            said.reasons = code_lists.choices(problem.reasons)
            said.reason = given if given in dict(said.reasons) else ""
        return said


class Copying:
    """How a form comes by its boxes: each is made once and copied for every form, with a name of its own.

    The entry of a case has two hundred boxes and more; to make them anew took as long as to read what was typed.
    So a box takes nothing into itself while it is made that holds for one reader or one day: a form that needs that is
    a class of its own, made for the request.
    """

    def bind_field(self, form, unbound_field, options):
        known = unbound_field.__dict__.setdefault("made_for", {})
        made = known.get(type(form)) or known.setdefault(type(form), self._made(form, unbound_field, options))
        name = options["prefix"] + made.short_name
        # It does not know its form: the two would hold each other, and the collector would stop every ninth save for them.
        own = {
            "meta": self,
            "name": name,
            "label": Label(name, made.label.text),
            "warnings": [],
        }
        box = object.__new__(type(made))
        box.__dict__ = made.__dict__ | own | ({"id": name} if made.id == made.short_name else {})
        return box

    def _made(self, form, unbound_field, options):
        box = super().bind_field(form, unbound_field, options | {"prefix": ""})
        meaning = form.meanings.get(box.short_name)
        # What is written in several lines takes the whole width.
        box.width = meaning.width if meaning else 12 if isinstance(box, TextArea) else 4
        box.optional = not box.flags.required and box.short_name not in form.spoken
        box.when, box.unless = form.when.get(box.short_name), form.unless.get(box.short_name)
        box.meta = box._form = None
        return box


class Speaks:
    """What every form of the register does with problems, and how it fills a record."""

    Meta = Copying
    meanings = {}
    spoken = frozenset()
    # By box: with which values of another one it is shown («kind=drug|weapon»), and with which a rule wants it filled.
    when, unless = {}, {}
    # What a page of the form carries along, hidden: the key of a new record (`once`), or the version and the
    # marks of the boxes that were shown (`meanwhile`), and the fields in which somebody else was faster.
    once, version, seen = "", "", ""
    clashes = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.passed = []

    def hear(self, problems, formdata):
        """Put each problem beside its field. True where nothing stands in the way of the save.

        A warning is passed by a reason (`reason_given`); the passed ones are in `self.passed`.
        """
        clear = True
        for problem in problems:
            box = self._fields.get(problem.field) or next(iter(self._fields.values()))
            if box.process_errors and problem.severity != NOTICE:
                clear = False  # what was typed there could not be read, and the box has said so
                continue
            said = Said.of(problem, box, reason_given(formdata, box.name, problem.rule))
            if problem.severity == ERROR and problem.field not in self._fields:
                self.form_errors.append(said)  # of the whole form; no box is to blame
            elif problem.severity == ERROR:
                box.errors = [*box.errors, said]
            else:
                box.warnings.append(said)
            if said.reason:
                self.passed.append((problem, said.reason))
            clear = clear and not said.stops
        return clear

    def fill(self, record, formdata):
        """Copy the fields that the browser really sent into `record`: a partial POST empties nothing."""
        for name, box in self._fields.items():
            if name == "csrf_token" or not was_sent(box, formdata):
                continue
            box.populate_obj(record, name)


def reason_given(formdata, name, rule):
    """The reason by which a warning of this rule at the box `name` is passed: its own, else the one for all at that box.

    Two warnings at one box may be passed by reasons of different lists.
    """
    return formdata.get(f"{name}__{rule}__reason") or formdata.get(f"{name}__reason", "")


def was_sent(box, formdata):
    """Whether the page showed this box. A browser sends no unticked box and no emptied list, so these bear a mark."""
    if isinstance(box, (FlagBox, SelectMultipleField)):
        return box.name in formdata or f"{box.name}{SHOWN}" in formdata
    return box.name in formdata or (isinstance(box, LookupBox) and box.text_name in formdata)


class RecordForm(Speaks, DynamicForm):
    """A whole form with its CSRF token."""


class RowForm(Speaks, Form):
    """A row inside a larger form; `prefix` tells the rows apart."""


def form_for(model, names, base=RecordForm, optional=(), spoken=(), code_box=CodeBox):
    """A form class with a box for each named field of `model`.

    A box must be filled where the column may not be NULL (flags and columns with a default aside), but for the
    `optional` ones. Of the emptiness of the `spoken` ones a rule speaks, with its number.
    """
    meanings = declared(model)
    boxes = {
        name: _box(model, name, meanings[name], name in (*optional, *spoken), code_box) for name in names
    }
    return type(
        f"{model.__name__}Form",
        (base,),
        {
            **boxes,
            "meanings": meanings,
            "spoken": frozenset(spoken),
            "unless": getattr(model, "__unless__", {}),
        },
    )


def _box(model, name, meaning, may_be_empty, code_box):
    attribute = model.__mapper__.attrs[name]
    linked = not hasattr(attribute, "columns")
    column = next(iter(attribute.local_columns)) if linked else attribute.columns[0]
    forced = not column.nullable and column.default is None and not isinstance(column.type, Boolean)
    must = forced and not may_be_empty
    options = {
        "label": meaning.label,
        "description": meaning.help or "",
        "validators": [Filled()] if must else [],
    }
    if meaning.lookup:
        return LookupBox(lookup=meaning.lookup, **options)
    if meaning.codes:
        return code_box(codes_name=meaning.codes, **options)
    if meaning.several:
        return SeveralBox(lookup=meaning.several, **options)
    kind = _kind(column.type)
    if kind in (TextBox, TextArea) and getattr(column.type, "length", None):
        options["validators"].append(Fits(column.type.length))
    if kind in (NumberBox, DecimalBox):
        options["validators"].append(NotNegative())
    if kind is DecimalBox:
        options["places"] = column.type.scale
    if kind is FlagBox:
        options["pair"] = meaning.pair
    return kind(**options)


class Filled:
    """Something was typed or chosen; what could not be read has its own sentence."""

    field_flags = {"required": True}

    def __call__(self, form, box):
        if box.data in (None, "") and not box.errors:
            raise ValidationError(gettext("Fill in this box."))


class NotNegative:
    """Nothing that is counted, weighed or valued here can be below zero; positions have a box of their own."""

    def __call__(self, form, box):
        if box.data is not None and box.data < 0:
            raise ValidationError(gettext("This number cannot be below zero."))


class Fits:
    """The text is no longer than its column, counted in its normal form."""

    def __init__(self, longest):
        self.longest = longest

    def __call__(self, form, box):
        if len(box.data or "") > self.longest:
            raise ValidationError(
                gettext("This text is too long: at most %(number)s characters.", number=said(self.longest))
            )


def _kind(type_):
    for column_type, box in (
        (Boolean, FlagBox),
        (DateTime, MomentBox),
        (Date, DateBox),
        (Integer, NumberBox),
        (Float, PositionBox),
        (Numeric, DecimalBox),
        (Text, TextArea),
    ):
        if isinstance(type_, column_type):
            return box
    return TextBox
