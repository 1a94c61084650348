"""The REST API as programs describe it to each other (OpenAPI 3.1), written from the fields that declare it.

tests/gates asks the API by it, and compares every answer with it.
"""

from flask import current_app
from flask_appbuilder import Model
from sqlalchemy import Boolean, Float, Integer, Numeric, String

from app.kernel.api.record_api import RecordApi
from app.kernel.api.serialization import PAGING, operator_words
from app.kernel.audit import change_feed
from app.kernel.forms.choices import CodeBox, LookupBox
from app.kernel.forms.inputs import FlagBox
from app.kernel.screens.filters import Filters

JSON = "application/json"
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
ANY_KEY = {"type": ["integer", "string"]}
NAMED = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": ["integer", "string", "null"]}, "name": TEXT},
}
SAID = {
    "type": "object",
    "required": ["text", "rule", "severity"],
    "properties": {"text": TEXT, "rule": TEXT, "severity": {"enum": ["error", "warning", "notice"]}},
}
MESSAGE = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}
ERRORS = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": SAID, "minItems": 1}}
    },
}
CONFLICTS = MESSAGE | {
    "properties": {
        "message": TEXT,
        "version": {"type": "integer"},
        "conflicts": {"type": "object"},
        "errors": ERRORS["properties"]["errors"],
    }
}
# What every question may be answered with, and what only some may.
ALWAYS = {
    400: "The question is not understood",
    401: "Nobody is signed in",
    403: "The right is missing",
    503: "The log or the database did not answer",
}
ONE = {404: "There is no such record here"}
PEOPLE = {428: "Say for which work people are looked up"}
BODY = {413: "The body is larger than one megabyte"}


def document():
    """The whole description, as a dictionary. Needs an application context."""
    apis = [one for one in current_app.extensions["appbuilder"].baseviews if isinstance(one, RecordApi)]
    paths = {}
    for api in sorted(apis, key=lambda one: one.resource_name):
        paths |= _paths(api)
    paths |= _feed() | _upload()
    return {
        "openapi": "3.1.0",
        "info": {"title": "E-Crime", "version": "1", "description": "docs/api.md tells what it means."},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _paths(api):
    base, rights = api.route_base, api.base_permissions
    every, one = {}, {"parameters": [_in_path("pk", ANY_KEY)]}
    listed = _list_of(_record(api.list_shape))
    shown = _told(_record(api.show_shape))
    every["get"] = _act(api, "list", 200, listed, parameters=[*_paging(api), *_filters(api)])
    one["get"] = _act(api, "read", 200, shown, ONE)
    found = _act(api, "search", 200, listed, BODY, body=_search(api))
    if "can_post" in rights:
        made = {409: "Another record has this value", 422: "A value is refused"} | BODY
        every["post"] = _act(api, "add", 201, shown, made, body=_body(api.post_form))
    if "can_put" in rights:
        changed = {409: "Somebody else changed it", 422: "A value is refused"} | ONE | BODY
        one["put"] = _act(api, "change", 200, shown, changed, body=_body(api.put_form, version=True))
    info = _act(api, "info", 200, {"type": "object"})
    paths = {
        f"{base}/": every,
        f"{base}/search": {"post": found},
        f"{base}/_info": {"get": info},
        f"{base}/{{pk}}": one,
    }
    for act in api.acts:
        path = f"{base}{act.path.format(name=act.name)}".replace("<pk>", "{pk}")
        paths.setdefault(path, {"parameters": one["parameters"]} if "{pk}" in path else {})
        paths[path]["post"] = _done(api, act)
    return paths


def _done(api, act):
    """An act as an operation: what it makes or changes comes back."""
    refusals = {409: "Somebody else was faster", 422: "A value is refused, or it cannot be done now"} | BODY
    refusals |= ONE if act.finds else {}
    told = _told(_record(act.shape(api)))
    return _act(api, act.name, act.status, told, refusals, body=act.describe(_body))


def _act(api, name, status, schema, more=(), parameters=(), body=None):
    responses = _responses(status, schema, ALWAYS | PEOPLE | dict(more))
    made = {"operationId": f"{name}-{api.resource_name}", "responses": responses}
    made["parameters"] = [*parameters, _language()]
    if body is not None:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    return made


def _responses(status, schema, refusals):
    responses = {str(status): {"description": "Done", "content": {JSON: {"schema": schema}}}}
    for code, sentence in sorted(refusals.items()):
        refusal = {409: CONFLICTS, 422: {"anyOf": [ERRORS, MESSAGE]}}.get(code, MESSAGE)
        responses[str(code)] = {"description": sentence, "content": {JSON: {"schema": refusal}}}
    return responses


def _feed():
    """The feed of changes, which is no record class."""
    change = {
        "resource": TEXT,
        "id": {"type": "integer"},
        "number": {"type": ["string", "null"]},
        "version": {"type": "integer"},
        "change": {"enum": [change_feed.NEW, change_feed.CHANGED, change_feed.STRUCK_OUT]},
        "at": TEXT,
    }
    told = {
        "result": {
            "type": "array",
            "maxItems": change_feed.WINDOW,
            "items": {"type": "object", "required": sorted(change), "properties": change},
        },
        "next": TEXT,
        "more": FLAG,
    }
    answered = {"type": "object", "required": sorted(told), "properties": told}
    asked = {"operationId": "list-changes", "parameters": [_in_query("after", TEXT), _language()]}
    return {"/api/v1/changes/": {"get": asked | {"responses": _responses(200, answered, ALWAYS)}}}


def _upload():
    """Files come as a form, not as JSON."""
    kept = {"token": TEXT, "name": TEXT, "mime": TEXT, "size": {"type": "integer"}}
    told = _told({"type": "object", "required": sorted(kept), "properties": kept})
    form = {"type": "object", "required": ["file"], "properties": {"file": TEXT | {"format": "binary"}}}
    asked = {"operationId": "add-uploads", "parameters": [_language()]}
    asked["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    refusals = ALWAYS | {413: "The file is too large", 422: "Such a file is not kept"}
    return {"/api/v1/uploads/": {"post": asked | {"responses": _responses(201, told, refusals)}}}


# What is told


def _record(shape):
    plain = {name: _plain(shape.model, name) for name in shape.plain}
    coded = {one: {"type": ["string", "null"]} for name, label, _list in shape.coded for one in (name, label)}
    linked = {name: {"anyOf": [NAMED, {"type": "null"}]} for name, _key, _words in shape.linked}
    told = plain | coded | linked
    return {"type": "object", "required": sorted(told), "properties": told}


def _plain(model: Model, name):
    """A column as JSON; what a class reckons from others may be anything."""
    attribute = model.__mapper__.attrs.get(name)
    if attribute is None or not hasattr(attribute, "columns"):
        return {}
    column = attribute.columns[0]
    for type_, word in ((Boolean, "boolean"), (Integer, "integer"), ((Float, Numeric), "number")):
        if isinstance(column.type, type_):
            return {"type": [word, "null"] if column.nullable else word}
    text = isinstance(column.type, String) or hasattr(column.type.python_type, "isoformat")
    if not text:
        return {}
    return {"type": ["string", "null"] if column.nullable else "string"}


def _told(record):
    return {"type": "object", "required": ["result"], "properties": {"result": record}}


def _list_of(record):
    told = {
        "result": {"type": "array", "maxItems": 100, "items": record},
        "count": {"type": "integer"},
        "count_is_at_least": FLAG,
        "next": {"type": ["string", "null"]},
        "previous": {"type": ["string", "null"]},
    }
    return {"type": "object", "required": sorted(told), "properties": told}


# What is asked


def _search(api):
    words = {one["name"]: {"type": ["string", "integer", "boolean"]} for one in (*_paging(api), *_every(api))}
    return {"type": "object", "properties": words, "additionalProperties": False}


def _filters(api):
    """The filters that may stand in an address: none that is personal."""
    return [one for one in _every(api) if not one.pop("x-private")]


def _every(api):
    filters = Filters(api.datamodel.obj, api.search_columns, {})
    for column in api.search_columns:
        for word in operator_words(filters, column):
            name = column if word == "is" else f"{column}__{word}"
            yield _in_query(name, TEXT) | {"x-private": filters.meanings[column].private}


def _paging(api):
    schemas = {
        "page_size": {"type": "integer", "minimum": 1},
        "order": {"enum": list(api.order_columns)} if api.order_columns else TEXT,
        "direction": {"enum": ["asc", "desc"]},
    }
    return [_in_query(name, schemas.get(name, TEXT)) for name in PAGING]


def _body(form_class, version=False):
    boxes = {name: _box(box) for name, box in form_class(formdata=None)._fields.items() if name != "record"}
    reasons = {f"{name}__reason": TEXT for name in (*boxes, "record")}
    needed = ["version"] if version else []
    boxes |= reasons | ({"version": {"type": "integer"}} if version else {})
    told = {"type": "object", "required": needed, "properties": boxes, "additionalProperties": False}
    return told | {
        "patternProperties": {f"^({'|'.join(reasons)})$".replace("__reason", "__[A-Z][0-9]+__reason"): TEXT}
    }


def _box(box):
    if isinstance(box, FlagBox):
        return FLAG
    if isinstance(box, LookupBox) and not isinstance(box, CodeBox):
        return {"anyOf": [NAMED, {"type": ["integer", "string", "null"]}]}
    return {"type": ["string", "number", "null"]}


def _in_query(name, schema):
    return {"name": name, "in": "query", "schema": schema}


def _in_path(name, schema):
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _language():
    return _in_query("_l_", {"enum": ["km", "en"]})
