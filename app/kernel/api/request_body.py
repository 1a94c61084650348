"""What a program sends: a JSON body brought into the boxes of the form, so that one set of rules judges both."""

import json
import re
from decimal import Decimal

from flask import abort, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field

from app.kernel.api.serialization import answer
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.forms.choices import CodeBox, LookupBox
from app.kernel.forms.inputs import FlagBox
from app.kernel.forms.record_form import RowForm
from app.kernel.schema.rules import ERROR, WARNING

LARGEST = 1024 * 1024  # bytes of a body
WHOLE = "record"  # where problems stand that belong to no field of this body
VERSION = "version"
UNREADABLE = _("This value cannot be read.")
_REASON = re.compile(r"(.+?)(__[A-Z]\d+)?__reason")


class BodyForm(RowForm):
    """The form behind a body. What belongs to no other box stands at the first one, the record as a whole."""

    record = Field()

    def answers(self):
        """Everything that is wrong: field → a list of {"text", "rule", "severity"}, with the reasons of a warning."""
        return answers_of(self)

    def refused(self, problems):
        """The answer to what was refused below the boxes."""
        self.hear(problems, {})
        return answer({"errors": self.answers()}, UNPROCESSABLE)


def answers_of(form):
    """Everything that is wrong in a form, by field; what belongs to no field stands at the record as a whole."""
    told = {}
    for name, box in form._fields.items():
        said = [told_of(one) for one in (*box.errors, *box.warnings) if not getattr(one, "reason", "")]
        if said:
            told[name] = said
    if form.form_errors:
        told[WHOLE] = [*map(told_of, form.form_errors), *told.get(WHOLE, [])]
    return told


def told_of(said):
    """One sentence at a box, with the rule that spoke and, of a warning, the reasons by which it is passed."""
    severity = getattr(said, "severity", ERROR)
    told = {"text": str(said), "rule": getattr(said, "rule", ""), "severity": severity}
    if severity == WARNING:
        told["reasons"] = [{"key": key, "label": word} for key, word in said.reasons]
    return told


def refused(text, severity=ERROR):
    return [{"text": str(text), "rule": "", "severity": severity}]


def read_body():
    """The JSON object that was sent. Anything else, and one that is too large or too deep, ends the request."""
    if request.mimetype != "application/json":
        abort(400, gettext("Send the values as JSON (Content-Type: application/json)."))
    sent = request.stream.read(LARGEST + 1)
    if len(sent) > LARGEST:
        abort(413)
    try:
        body = json.loads(sent, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError):
        abort(400, gettext("The body is no JSON that can be read."))
    if not isinstance(body, dict):
        abort(400, gettext("The body must be a JSON object with one value for each field."))
    return body


def read_key():
    """The Idempotency-Key of this request, empty where it has none. One that cannot be a key ends the request."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not idempotency.fits(key):
        abort(400, gettext("The Idempotency-Key must have 8 to 80 letters, digits or signs, without blanks."))
    return key


def clash(one, theirs, mine):
    """A field that somebody else changed meanwhile: his value as it is told, and the one that was sent."""
    mine = mine.get("id") if isinstance(mine, dict) else mine
    mine = float(mine) if isinstance(mine, Decimal) else mine
    told = {"theirs": theirs[one.name], "yours": mine, "by": one.who, "at": one.iso or None}
    label = f"{one.name}_label"
    return told | ({"theirs_label": theirs[label]} if label in theirs else {})


def _no_constant(name):
    raise ValueError(name)  # NaN and Infinity are no JSON


def to_formdata(body, form_class):
    """(what the boxes would have been sent, errors by field). `version` is not for the boxes and must be gone."""
    boxes = {name: box for name, box in form_class(formdata=None)._fields.items() if name != WHOLE}
    formdata, errors = MultiDict(), {}
    for key, value in body.items():
        try:
            if key in boxes:
                formdata[key] = _text(boxes[key], value)
            elif (of := _REASON.fullmatch(key)) and of[1] in (*boxes, WHOLE) and isinstance(value, str):
                formdata[key] = value
            else:
                raise ValueError(gettext("There is no such field here."))
        except ValueError as fault:
            errors[key] = refused(str(fault))
    return formdata, errors


def _text(box, value):
    """What a person would have typed into `box`. Raises ValueError with a sentence."""
    if isinstance(value, dict) and isinstance(box, LookupBox) and not isinstance(box, CodeBox):
        value = value.get("id")  # a link may be sent back as it was told
    if isinstance(box, FlagBox):
        if not isinstance(value, bool):
            raise ValueError(gettext("This value is either true or false."))
        return str(value).lower()
    if value is None:
        return ""
    if isinstance(value, Decimal):
        if not -20 < value.adjusted() < 20:  # 1e999999999 would be written out
            raise ValueError(gettext("Write a number."))
        return f"{value:f}".replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(str(UNREADABLE))
    return value
