"""How a record is told as JSON and how a list is asked for: the words of the REST API.

Rows become JSON here by what their fields declare; the serializer that FAB's API uses takes most of the time
of its answers.
"""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from flask import Response, abort
from flask_babel import gettext
from sqlalchemy import Boolean, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import foreign_key
from app.kernel.schema.fields import declared
from app.kernel.screens.filters import BEGINS, FROM, IS, UNTIL, Filters

OPERATORS = {"is": IS, "begins": BEGINS, "from": FROM, "until": UNTIL}
# What a program writes → the name of the argument as a list of the screens has it.
PAGING = {"page_size": "psize", "order": "_oc", "direction": "_od", "after": "after", "before": "before"}
LANGUAGE = "_l_"  # asks for Khmer or English, see `language.choose`
NUMBERED = re.compile(r"[A-Z]-0*([1-9][0-9]{0,9})")  # P-0000012: a letter and the key
YES_NO = {"true": "1", "false": "0", "1": "1", "0": "0"}


def answer(content, status=200, **headers):
    """A JSON answer in UTF-8: Khmer as it is, not as escapes three times as long."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers, content_type="application/json; charset=utf-8")


def key_of(model, named):
    """The key, as text, of the record that `named` is the key or the number of; what is neither is left as it is."""
    if named.isdecimal() or not hasattr(model, "number"):
        return named
    number = model.__mapper__.columns.get("number")
    if number is not None and number.unique:
        return str(db.session.scalar(select(model.id).where(number == named)) or named)
    digits = NUMBERED.fullmatch(named)
    return digits[1] if digits else named


class Shape:
    """Which fields of a record are told, and how each of them is.

    A code is told as its key, with its word in the reader's language beside it (`role`, `role_label`); a link as
    {"id": key, "name": words} or null. Days and moments are in ISO 8601, without a zone: Cambodian civil time.
    `joins` load the links whose words are in no memory.
    """

    def __init__(self, model, names):
        meanings, self.model = declared(model), model
        self.plain, self.coded, self.linked, self.joins = [], [], [], []
        for name in dict.fromkeys(names):
            meaning = meanings.get(name)
            if meaning is not None and meaning.lookup:
                words = lookups.named(meaning.lookup).words
                self.linked.append((name, foreign_key(model, name), words))
                if words is None:
                    self.joins.append(joinedload(getattr(model, name)))
            elif meaning is not None and meaning.codes:
                self.coded.append((name, f"{name}_label", meaning.codes))
            else:
                self.plain.append(name)

    def tell(self, record):
        told = {name: _plain(getattr(record, name)) for name in self.plain}
        for name, label, codes_name in self.coded:
            key = getattr(record, name)
            told[name], told[label] = key, code_lists.label(codes_name, key) if key else None
        for name, key_name, words in self.linked:
            key = getattr(record, key_name)
            if key is None:
                told[name] = None
            else:
                told[name] = {"id": key, "name": words(key)} if words else _linked(key, getattr(record, name))
        return told


def _linked(key, target):
    """A link to a record outside the reader's part, or to somebody protected, does not even tell the key."""
    if target is None:
        return {"id": None, "name": gettext("Not shown here")}
    return {"id": key, "name": str(target)}


def _plain(value):
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        # Our exact columns have at most sixteen digits, which a JSON number keeps.
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def listing_args(asked, api, personal):
    """The arguments for a Listing of `api` from what a program wrote: `status=open`, `occurred_from__from=…`.

    Personal fields are refused unless `personal`, since a URL stands in logs. Anything unknown is a 400.
    """
    filters, args = Filters(api.datamodel.obj, api.search_columns, {}), {}
    for key, value in asked.items():
        if key == LANGUAGE:
            continue
        if not isinstance(value, (str, int)):
            abort(
                400, gettext("The value of «%(field)s» must be text, a number or true or false.", field=key)
            )
        value = str(value).lower() if isinstance(value, bool) else str(value)
        if key == "direction" and value not in ("asc", "desc"):
            abort(400, gettext("A list is in the direction asc or desc."))
        if key in PAGING:
            args[f"{PAGING[key]}_{type(api).__name__}"] = value
        else:
            name, text = _filter(filters, key, value, personal)
            args[name] = text
    return args


def _filter(filters, key, value, personal):
    column, _separator, operator = key.partition("__")
    if column not in filters.columns:
        abort(400, gettext("This list cannot be filtered by «%(field)s».", field=key))
    known = filters.operators(column)
    wanted = OPERATORS.get(operator or "is")
    number = next((i for i, one in enumerate(known) if one is wanted), None)
    if number is None or not value.strip():
        abort(400, gettext("The filter «%(field)s» needs another comparison or a value.", field=key))
    if filters.meanings[column].private and not personal:
        abort(400, gettext("Personal values do not stand in a URL. Send this search by POST to /search."))
    attribute = filters.model.__mapper__.attrs[column]
    if hasattr(attribute, "columns") and isinstance(attribute.columns[0].type, Boolean):
        if value not in YES_NO:
            abort(400, gettext("The filter «%(field)s» is either true or false.", field=key))
        value = YES_NO[value]
    return f"_flt_{number}_{column}", value


def next_link(asked, token):
    """The address of the page that follows, as the header `Link` gives it (RFC 8288)."""
    args = {name: value for name, value in asked.args.items() if name != "before"} | {"after": token}
    return f'<{asked.script_root}{asked.path}?{urlencode(args)}>; rel="next"'


def operator_words(filters, column):
    """The comparisons of a column as a program writes them."""
    return [word for word, sign in OPERATORS.items() if any(sign is one for one in filters.operators(column))]
