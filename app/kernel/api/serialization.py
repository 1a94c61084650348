"""Records as JSON, and the query parameters of lists.

Rows are serialized by the declarations of their fields. The serializer that FAB's API uses takes most of the time of
its responses.
"""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from flask import Response, abort
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import foreign_key_column
from app.kernel.schema.fields import fields_of
from app.kernel.screens.filters import BEGINS, FROM, IS, UNTIL, Filters
from app.kernel.text import dates

OPERATORS = {"is": IS, "begins": BEGINS, "from": FROM, "until": UNTIL}
# Parameter of the API → argument of a list on the screens.
PAGING_ARGUMENTS = {
    "page_size": "psize",
    "order": "_oc",
    "direction": "_od",
    "after": "after",
    "before": "before",
}
LANGUAGE_ARGUMENT = "_l_"  # Khmer or English, see `language.select_language`
RECORD_NUMBER = re.compile(r"[A-Z]-0*([1-9][0-9]{0,9})")  # such as P-0000012: a letter and the key
BOOLEAN_VALUES = {"true": "1", "false": "0", "1": "1", "0": "0"}


def json_response(content, status=200, **headers):
    """Return a JSON response in UTF-8. Escaped Khmer would be three times as long."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers, content_type="application/json; charset=utf-8")


def resolve_key(model, key_or_number):
    """Return the key, as text, of the record with this key or public number; any other text is returned unchanged."""
    if key_or_number.isdecimal() or not hasattr(model, "number"):
        return key_or_number
    number = model.__mapper__.columns.get("number")
    if number is not None and number.unique:
        return str(db.session.scalar(select(model.id).where(number == key_or_number)) or key_or_number)
    digits = RECORD_NUMBER.fullmatch(key_or_number)
    return digits[1] if digits else key_or_number


class Serializer:
    """Serializes the given fields of a record.

    A code is returned as its key, followed by its label in the reader's language (`role`, `role_label`); a link as
    {"id": key, "name": text} or null. Times are those of Cambodia with their zone (RFC 3339). `joins` loads the links that have no cached names.
    """

    def __init__(self, model, names):
        meanings, self.model = fields_of(model), model
        self.plain, self.coded, self.linked, self.joins = [], [], [], []
        self.identity = getattr(model, "__identity_fields__", frozenset()) & set(names)
        for name in dict.fromkeys(names):
            meaning = meanings.get(name)
            if meaning is not None and meaning.lookup:
                format_key = lookups.get_lookup(meaning.lookup).words
                self.linked.append((name, foreign_key_column(model, name), format_key))
                if format_key is None:
                    self.joins.append(joinedload(getattr(model, name)))
            elif meaning is not None and meaning.codes:
                self.coded.append((name, f"{name}_label", meaning.codes))
            else:
                self.plain.append(name)

    def serialize(self, record):
        """Return the record as a dictionary."""
        values = {name: _serialize_value(getattr(record, name)) for name in self.plain}
        for name, label, codes_name in self.coded:
            key = getattr(record, name)
            values[name], values[label] = key, code_lists.label(codes_name, key) if key else None
        for name, key_name, format_key in self.linked:
            key = getattr(record, key_name)
            if key is None:
                values[name] = None
            elif format_key is not None:
                values[name] = {"id": key, "name": format_key(key)}
            else:
                values[name] = _serialize_link(key, getattr(record, name))
        if self.identity and record.hides_identity:
            values |= dict.fromkeys(self.identity)
        return values


def _serialize_link(key, target):
    """Return a link. A record outside the reader's scope, or a protected person, is returned without its key."""
    if target is None:
        return {"id": None, "name": gettext("Not shown here")}
    return {"id": key, "name": str(target)}


def _serialize_value(value):
    if isinstance(value, datetime):
        return dates.format_iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        # Exact columns have at most sixteen digits, which a JSON number preserves.
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def parse_list_arguments(parameters, api, personal):
    """Return the arguments of a ListPage for the parameters of a program: `status=open`, `occurred_from__from=…`.

    Personal fields are rejected unless `personal`, because URLs are written to logs. Anything unknown is a 400.
    """
    filters, args = Filters(api, {}), {}
    for key, value in parameters.items():
        if key == LANGUAGE_ARGUMENT:
            continue
        if not isinstance(value, (str, int)):
            abort(400, gettext("The value of «%(field)s» must be text, a number, true or false.", field=key))
        value = str(value).lower() if isinstance(value, bool) else str(value)
        if key == "direction" and value not in ("asc", "desc"):
            abort(400, gettext("The sort direction of a list must be asc or desc."))
        if key in PAGING_ARGUMENTS:
            args[f"{PAGING_ARGUMENTS[key]}_{type(api).__name__}"] = value
        else:
            name, text = _parse_filter(filters, key, value, personal)
            args[name] = text
    return args


def _parse_filter(filters, key, value, personal):
    column, _separator, operator = key.partition("__")
    if column not in filters.columns:
        abort(400, gettext("This list cannot be filtered by «%(field)s».", field=key))
    available = filters.operators(column)
    wanted = OPERATORS.get(operator or "is")
    number = next((i for i, one in enumerate(available) if one is wanted), None)
    if number is None or not value.strip():
        abort(400, gettext("The filter «%(field)s» needs another operator or a value.", field=key))
    if filters.meanings[column].private and not personal:
        abort(400, gettext("Personal data is not allowed in a URL. Send this search by POST to /search."))
    if filters.meanings[column].yes_no_labels:
        if value not in BOOLEAN_VALUES:
            abort(400, gettext("The filter «%(field)s» accepts only true or false.", field=key))
        value = BOOLEAN_VALUES[value]
    return f"_flt_{number}_{column}", value


def build_next_link(request, token):
    """Return the `Link` header with the URL of the next page (RFC 8288)."""
    args = {name: value for name, value in request.args.items() if name != "before"} | {"after": token}
    return f'<{request.script_root}{request.path}?{urlencode(args)}>; rel="next"'


def operator_names(filters, column):
    """Return the operators of a column as a program writes them."""
    available = filters.operators(column)
    return [name for name, operator in OPERATORS.items() if any(operator is one for one in available)]
