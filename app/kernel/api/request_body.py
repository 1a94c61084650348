"""Request bodies: a JSON body is converted to form data, so that one set of rules checks screens and programs."""

import json
import re
from decimal import Decimal

from flask import abort, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field

from app.kernel.api.problem_details import invalid_values_response
from app.kernel.concurrency import idempotency
from app.kernel.forms.choices import CodeField, LookupField
from app.kernel.forms.inputs import CheckboxField
from app.kernel.forms.record_form import RowForm, fields_by_name
from app.kernel.schema.rules import ERROR, WARNING, WHOLE_RECORD
from app.kernel.text import dates

MAX_BODY_SIZE = 1024 * 1024  # bytes
VERSION = "version"
INVALID_VALUE = _("This value is not valid.")
_REASON = re.compile(r"(.+?)(__[A-Z]\d+)?__reason")


class BodyForm(RowForm):
    """The form of a body. Problems of no particular field belong to its first field, the record as a whole."""

    record = Field()

    def problems_by_field(self):
        """Return all problems: field → list of {"text", "rule", "severity"}, with the reasons of a warning."""
        return collect_problems(self)

    def error_response(self, problems):
        """Return the response (422) to problems that were found after the validation of the form."""
        self.show_problems(problems, {})
        return invalid_values_response(self.problems_by_field())


def collect_problems(form):
    """Return all problems of a form by field; those of no field belong to the record as a whole."""
    problems = {}
    for name, field in fields_by_name(form).items():
        messages = (*field.errors, *field.warnings)
        shown = [serialize_problem(one) for one in messages if not getattr(one, "reason", "")]
        if shown:
            problems[name] = shown
    if form.form_errors:
        problems[WHOLE_RECORD] = [*map(serialize_problem, form.form_errors), *problems.get(WHOLE_RECORD, [])]
    return problems


def serialize_problem(message):
    """Return one problem with its rule and, for a warning, the reasons that override it."""
    severity = getattr(message, "severity", ERROR)
    problem = {"text": str(message), "rule": getattr(message, "rule", ""), "severity": severity}
    if severity == WARNING:
        problem["reasons"] = [{"key": key, "label": label} for key, label in message.reasons]
    return problem


def build_problem_list(text):
    """Return a list with one problem of no rule."""
    return [{"text": str(text), "rule": "", "severity": ERROR}]


def read_body():
    """Return the JSON object of the body. Other content, and a body that is too large or too deep, ends the request."""
    if request.mimetype != "application/json":
        abort(400, gettext("Send the values as JSON (Content-Type: application/json)."))
    content = request.stream.read(MAX_BODY_SIZE + 1)
    if len(content) > MAX_BODY_SIZE:
        abort(413)
    try:
        body = json.loads(content, parse_float=Decimal, parse_constant=_reject_constant)
    except (ValueError, ArithmeticError, RecursionError):
        abort(400, gettext("The request body is not valid JSON."))
    if not isinstance(body, dict):
        abort(400, gettext("The request body must be a JSON object with one value for each field."))
    return body


def read_idempotency_key():
    """Return the Idempotency-Key of this request, or an empty text. An invalid key ends the request."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not idempotency.is_valid_key(key):
        abort(400, gettext("The Idempotency-Key must have 8 to 80 letters, digits or signs, without spaces."))
    return key


def serialize_conflict(conflict, saved, sent):
    """Return an edit conflict of a field: the value saved by another user, and the value of this request."""
    sent = sent.get("id") if isinstance(sent, dict) else sent
    sent = float(sent) if isinstance(sent, Decimal) else sent
    values = {
        "theirs": saved[conflict.name],
        "yours": sent,
        "by": conflict.changed_by,
        "at": conflict.changed_at_iso or None,
    }
    label = f"{conflict.name}_label"
    return values | ({"theirs_label": saved[label]} if label in saved else {})


def _reject_constant(name):
    raise ValueError(name)  # NaN and Infinity are not JSON


def build_formdata(body, form_class, record=None):
    """Return (the form data of a body, errors by field). Remove `version` from the body before.

    A day without a time is returned as midnight. If the body of a change sends it back, it stays a day.
    """
    fields = fields_by_name(form_class(formdata=None))
    fields.pop(WHOLE_RECORD, None)
    formdata, errors = MultiDict(), {}
    for key, value in body.items():
        try:
            if key in fields:
                formdata[key] = _form_text(fields[key], value)
            elif _is_reason(key, fields) and isinstance(value, str):
                formdata[key] = value
            else:
                raise ValueError(gettext("There is no such field here."))
        except ValueError as error:
            errors[key] = build_problem_list(str(error))
    for name, flag in getattr(record, "__day_flags__", {}).items():
        if name in formdata and getattr(record, flag) and body.get(flag, True):
            formdata[name] = _keep_day(formdata[name], getattr(record, name))
    return formdata, errors


def _keep_day(text, midnight):
    """Return the day if `text` is its midnight, else `text`."""
    try:
        moment, _has_time = dates.parse_datetime(text)
    except dates.InvalidDate:
        return text
    return f"{moment:%d/%m/%Y}" if moment == midnight else text


def _is_reason(key, fields):
    match = _REASON.fullmatch(key)
    return match is not None and match[1] in (*fields, WHOLE_RECORD)


def _form_text(field, value):
    """Return the text that a person would have typed into the field. Raise ValueError with a message."""
    if isinstance(value, dict) and isinstance(field, LookupField) and not isinstance(field, CodeField):
        value = value.get("id")  # a link may be sent back as the API returned it
    if isinstance(field, CheckboxField):
        if not isinstance(value, bool):
            raise ValueError(gettext("This value must be true or false."))
        return str(value).lower()
    if value is None:
        return ""
    if isinstance(value, Decimal):
        if not -20 < value.adjusted() < 20:  # 1e999999999 would be expanded to a billion digits
            raise ValueError(gettext("Enter a number."))
        return f"{value:f}".replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(str(INVALID_VALUE))
    return value
