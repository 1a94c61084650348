"""The OpenAPI 3.1 description of the REST API, generated from the declared fields.

tests/gates sends requests generated from it and compares every response with it.
"""

from flask import current_app
from flask_appbuilder import Model
from sqlalchemy import Boolean, Float, Integer, Numeric, String

from app.kernel.api.record_api import RecordApi
from app.kernel.api.serialization import PAGING_ARGUMENTS, operator_names
from app.kernel.audit import change_feed
from app.kernel.forms.choices import CodeField, LookupField
from app.kernel.forms.inputs import CheckboxField
from app.kernel.forms.record_form import fields_by_name
from app.kernel.screens.filters import Filters

JSON = "application/json"
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
ANY_KEY = {"type": ["integer", "string"]}
LINK = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": ["integer", "string", "null"]}, "name": TEXT},
}
PROBLEM = {
    "type": "object",
    "required": ["text", "rule", "severity"],
    "properties": {"text": TEXT, "rule": TEXT, "severity": {"enum": ["error", "warning", "notice"]}},
}
MESSAGE = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}
ERRORS = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": PROBLEM, "minItems": 1},
        }
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
# Responses that every endpoint may return, and those of some endpoints.
COMMON_ERRORS = {
    400: "The request is not valid",
    401: "Not signed in",
    403: "The permission is missing",
    503: "The audit log or the database is not available",
}
NOT_FOUND = {404: "The record does not exist or is not visible"}
PURPOSE_MISSING = {428: "Choose the purpose of the access to people"}
BODY_ERRORS = {413: "The body is larger than one megabyte"}


def build_document():
    """Return the description as a dictionary. Needs an application context."""
    apis = [one for one in current_app.extensions["appbuilder"].baseviews if isinstance(one, RecordApi)]
    paths = {}
    for api in sorted(apis, key=lambda one: one.resource_name):
        paths |= _paths(api)
    paths |= _change_feed_paths() | _upload_paths()
    return {
        "openapi": "3.1.0",
        "info": {"title": "E-Crime", "version": "1", "description": "See docs/api.md."},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _paths(api):
    base, rights = api.route_base, api.base_permissions
    collection, item = {}, {"parameters": [_path_parameter("pk", ANY_KEY)]}
    listed = _list_schema(_record_schema(api.list_serializer))
    shown = _result_schema(_record_schema(api.show_serializer))
    parameters = [*_paging_parameters(api), *_url_filters(api)]
    collection["get"] = _operation(api, "list", 200, listed, parameters=parameters)
    item["get"] = _operation(api, "read", 200, shown, NOT_FOUND)
    search = _operation(api, "search", 200, listed, BODY_ERRORS, body=_search_schema(api))
    if "can_post" in rights:
        errors = {409: "Another record has this value", 422: "A value is rejected"} | BODY_ERRORS
        body = _body_schema(api.post_form)
        collection["post"] = _operation(api, "add", 201, shown, errors, body=body)
    if "can_put" in rights:
        errors = {409: "Another user changed the record", 422: "A value is rejected"}
        errors |= NOT_FOUND | BODY_ERRORS
        body = _body_schema(api.put_form, version=True)
        # A change may protect a person also from its author, who then gets a message alone.
        protects = hasattr(api.datamodel.obj, "protection")
        changed = {"anyOf": [shown, MESSAGE]} if protects else shown
        item["put"] = _operation(api, "change", 200, changed, errors, body=body)
    info = _operation(api, "info", 200, {"type": "object"})
    paths = {
        f"{base}/": collection,
        f"{base}/search": {"post": search},
        f"{base}/_info": {"get": info},
        f"{base}/{{pk}}": item,
    }
    for action in api.api_actions:
        path = f"{base}{action.path.format(name=action.name)}".replace("<pk>", "{pk}")
        paths.setdefault(path, {"parameters": item["parameters"]} if "{pk}" in path else {})
        paths[path]["post"] = _action_operation(api, action)
    return paths


def _action_operation(api, action):
    """Return an API action as an operation; it returns the created or changed record."""
    errors = {409: "Another request was first", 422: "A value is rejected, or the action is not possible now"}
    errors |= BODY_ERRORS | (NOT_FOUND if action.has_record else {})
    schema = _result_schema(_record_schema(action.response_serializer(api)))
    return _operation(
        api, action.name, action.status, schema, errors, body=action.describe_body(_body_schema)
    )


def _operation(api, name, status, schema, errors=(), parameters=(), body=None):
    responses = _responses(status, schema, COMMON_ERRORS | PURPOSE_MISSING | dict(errors))
    operation = {"operationId": f"{name}-{api.resource_name}", "responses": responses}
    operation["parameters"] = [*parameters, _language_parameter()]
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    return operation


def _responses(status, schema, errors):
    responses = {str(status): {"description": "Done", "content": {JSON: {"schema": schema}}}}
    for code, description in sorted(errors.items()):
        schema = {409: CONFLICTS, 422: {"anyOf": [ERRORS, MESSAGE]}}.get(code, MESSAGE)
        responses[str(code)] = {"description": description, "content": {JSON: {"schema": schema}}}
    return responses


def _change_feed_paths():
    """Return the path of the change feed, which is no record class."""
    change = {
        "resource": TEXT,
        "id": {"type": "integer"},
        "number": {"type": ["string", "null"]},
        "version": {"type": "integer"},
        "change": {"enum": [change_feed.NEW, change_feed.CHANGED, change_feed.VOIDED]},
        "at": TEXT,
    }
    properties = {
        "result": {
            "type": "array",
            "maxItems": change_feed.WINDOW,
            "items": _object_schema(change),
        },
        "next": TEXT,
        "more": FLAG,
    }
    parameters = [_query_parameter("after", TEXT), _language_parameter()]
    operation = {"operationId": "list-changes", "parameters": parameters}
    operation["responses"] = _responses(200, _object_schema(properties), COMMON_ERRORS)
    return {"/api/v1/changes/": {"get": operation}}


def _upload_paths():
    """Return the path of file uploads, which are sent as a form and not as JSON."""
    file = {"token": TEXT, "name": TEXT, "mime": TEXT, "size": {"type": "integer"}}
    schema = _result_schema(_object_schema(file))
    form = {"type": "object", "required": ["file"], "properties": {"file": TEXT | {"format": "binary"}}}
    operation = {"operationId": "add-uploads", "parameters": [_language_parameter()]}
    operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    errors = COMMON_ERRORS | {413: "The file is too large", 422: "This type of file is not accepted"}
    operation["responses"] = _responses(201, schema, errors)
    return {"/api/v1/uploads/": {"post": operation}}


# Responses


def _object_schema(properties):
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _record_schema(serializer):
    plain = {name: _column_schema(serializer.model, name) for name in serializer.plain}
    coded = {
        one: {"type": ["string", "null"]} for name, label, _list in serializer.coded for one in (name, label)
    }
    linked = {name: {"anyOf": [LINK, {"type": "null"}]} for name, _key, _format in serializer.linked}
    return _object_schema(plain | coded | linked)


def _column_schema(model: Model, name):
    """Return the JSON schema of a column; a computed attribute may have any type."""
    attribute = model.__mapper__.attrs.get(name)
    if attribute is None or not hasattr(attribute, "columns"):
        return {}
    column = attribute.columns[0]
    for column_type, json_type in ((Boolean, "boolean"), (Integer, "integer"), ((Float, Numeric), "number")):
        if isinstance(column.type, column_type):
            return {"type": [json_type, "null"] if column.nullable else json_type}
    is_text = isinstance(column.type, String) or hasattr(column.type.python_type, "isoformat")
    if not is_text:
        return {}
    return {"type": ["string", "null"] if column.nullable else "string"}


def _result_schema(record):
    return _object_schema({"result": record})


def _list_schema(record):
    properties = {
        "result": {"type": "array", "maxItems": 100, "items": record},
        "count": {"type": "integer"},
        "count_is_at_least": FLAG,
        "next": {"type": ["string", "null"]},
        "previous": {"type": ["string", "null"]},
    }
    return _object_schema(properties)


# Requests


def _search_schema(api):
    parameters = (*_paging_parameters(api), *_filter_parameters(api))
    properties = {one["name"]: {"type": ["string", "integer", "boolean"]} for one in parameters}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _url_filters(api):
    """Return the filters that are allowed in a URL: none of personal fields."""
    return [one for one in _filter_parameters(api) if not one.pop("x-private")]


def _filter_parameters(api):
    filters = Filters(api, {})
    for column in api.search_columns:
        for operator in operator_names(filters, column):
            name = column if operator == "is" else f"{column}__{operator}"
            yield _query_parameter(name, TEXT) | {"x-private": filters.meanings[column].private}


def _paging_parameters(api):
    schemas = {
        "page_size": {"type": "integer", "minimum": 1},
        "order": {"enum": list(api.order_columns)} if api.order_columns else TEXT,
        "direction": {"enum": ["asc", "desc"]},
    }
    return [_query_parameter(name, schemas.get(name, TEXT)) for name in PAGING_ARGUMENTS]


def _body_schema(form_class, version=False):
    fields = fields_by_name(form_class(formdata=None))
    properties = {name: _field_schema(field) for name, field in fields.items() if name != "record"}
    reasons = {f"{name}__reason": TEXT for name in (*properties, "record")}
    required = ["version"] if version else []
    properties |= reasons | ({"version": {"type": "integer"}} if version else {})
    schema = {"type": "object", "required": required, "properties": properties, "additionalProperties": False}
    return schema | {
        "patternProperties": {f"^({'|'.join(reasons)})$".replace("__reason", "__[A-Z][0-9]+__reason"): TEXT}
    }


def _field_schema(field):
    if isinstance(field, CheckboxField):
        return FLAG
    if isinstance(field, LookupField) and not isinstance(field, CodeField):
        return {"anyOf": [LINK, {"type": ["integer", "string", "null"]}]}
    return {"type": ["string", "number", "null"]}


def _query_parameter(name, schema):
    return {"name": name, "in": "query", "schema": schema}


def _path_parameter(name, schema):
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _language_parameter():
    return _query_parameter("_l_", {"enum": ["km", "en"]})
