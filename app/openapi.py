"""The OpenAPI 3.1 description of the REST API, generated from the declared fields.

tests/gates sends requests generated from it and compares every response with it.
"""

from flask import current_app
from flask_appbuilder import Model
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, String

from app.kernel.api import problem_details
from app.kernel.api.authorization import authorized
from app.kernel.api.record_api import RecordApi
from app.kernel.api.serialization import PAGING_ARGUMENTS, json_response, operator_names
from app.kernel.audit import change_feed
from app.kernel.forms.choices import CodeField, LookupField
from app.kernel.forms.inputs import CheckboxField
from app.kernel.forms.record_form import fields_by_name
from app.kernel.screens.filters import Filters
from app.statistics.api import ARGUMENTS, MeasuresApi, StatisticsTablesApi

JSON = "application/json"
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
ANY_KEY = {"type": ["integer", "string"]}
SCHEMAS, RESPONSES, PARAMETERS = (f"#/components/{kind}/" for kind in ("schemas", "responses", "parameters"))
LINK = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": ["integer", "string", "null"]}, "name": TEXT},
}
VALUE_PROBLEM = {
    "type": "object",
    "required": ["text", "rule", "severity"],
    "properties": {"text": TEXT, "rule": TEXT, "severity": {"enum": ["error", "warning", "notice"]}},
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT | {"description": "What happened and what to do, in the language of the user"},
        "code": TEXT | {"description": "A key that programs compare; it never changes its meaning"},
        "errors": {
            "type": "object",
            "description": "The problems of each field",
            "additionalProperties": {
                "type": "array",
                "items": {"$ref": f"{SCHEMAS}ValueProblem"},
                "minItems": 1,
            },
        },
        "version": {
            "type": "integer",
            "description": "The version of the other user, after an edit conflict",
        },
        "conflicts": {
            "type": "object",
            "description": "The values of the other user, after an edit conflict",
        },
    },
}
PROTECTED = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}
NAMED_SCHEMAS = {"Link": LINK, "ValueProblem": VALUE_PROBLEM, "Problem": PROBLEM}
# Status → the responses that every endpoint may return, and those of some endpoints.
COMMON_ERRORS, PURPOSE_MISSING, NOT_FOUND = (400, 401, 403, 429, 503), (428,), (404,)
BODY_ERRORS = (413,)
ERRORS = {
    400: "The request is not valid",
    401: "The token is missing or not valid",
    403: "The permission is missing",
    404: "The record does not exist or is not visible",
    409: "Another request or another user was first",
    413: "The body is too large",
    422: "A value is rejected, or the action is not possible now",
    428: "The purpose of the access to people is missing",
    429: "Too many questions in a minute; `Retry-After` has the seconds to wait",
    503: "The audit log or the database is not available",
}
LANGUAGE, PURPOSE, CASE_NUMBER, IDEMPOTENCY_KEY = (
    {"$ref": f"{PARAMETERS}{name}"} for name in ("Language", "Purpose", "CaseNumber", "IdempotencyKey")
)
# The summary of an operation, with the words of the resource.
SUMMARIES = {
    "list": "List {}",
    "read": "Read one of {}",
    "search": "Search {} by values that may not be in a URL",
    "add": "Add to {}",
    "change": "Change one of {}",
    "info": "Read the fields, filters and permissions of {}",
}


class OpenApi(BaseApi):
    """Serves the description. Each user may read it, as the help; it does not depend on the reader."""

    resource_name, class_permission_name = "openapi", "Help"

    @expose("/", methods=["GET"])
    @authorized
    @permission_name("list")
    def get(self):
        """Return the description."""
        extensions = current_app.extensions
        if "ecrime.openapi" not in extensions:
            extensions["ecrime.openapi"] = build_document()
        return json_response(extensions["ecrime.openapi"])


def build_document():
    """Return the description as a dictionary. Needs an application context."""
    paths, schemas = {}, dict(NAMED_SCHEMAS)
    for api in sorted(_find_apis(), key=lambda one: one.resource_name):
        paths |= _paths(api, schemas)
    paths |= _change_feed_paths() | _upload_paths() | _statistics_paths() | _own_paths()
    return {
        "openapi": "3.1.0",
        "info": {"title": "E-Crime", "version": "1", "description": "See docs/api.md."},
        "security": [{"token": []}],
        "tags": [{"name": name} for name in sorted({path.split("/")[3] for path in paths})],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {f"Error{status}": _error_response(text) for status, text in ERRORS.items()},
            "parameters": {
                "Language": _query_parameter("_l_", {"enum": ["km", "en"]}),
                "Purpose": _header_parameter("X-Purpose", "A key of the code list purpose"),
                "CaseNumber": _header_parameter("X-Case-Number", "The number of a case or document"),
                "IdempotencyKey": _header_parameter(
                    "Idempotency-Key", "A text of your own; repeated requests with it create one record"
                ),
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _find_apis():
    return [one for one in current_app.extensions["appbuilder"].baseviews if isinstance(one, RecordApi)]


def _schema_words(api):
    """Return the name of a resource as its schemas begin with it: CaseFiles for case-files."""
    return api.resource_name.title().replace("-", "")


def _paths(api, schemas):
    base, rights = api.route_base, api.base_permissions
    words = _schema_words(api)
    collection, item = {}, {"parameters": [_path_parameter("pk", ANY_KEY)]}
    row = _name(schemas, f"{words}Row", _record_schema(api.list_serializer))
    record = _name(schemas, f"{words}Record", _record_schema(api.show_serializer))
    listed, shown = _list_schema(row), _result_schema(record)
    parameters = [*_paging_parameters(api), *_url_filters(api)]
    collection["get"] = _operation(api, "list", 200, listed, parameters=parameters)
    item["get"] = _operation(api, "read", 200, shown, NOT_FOUND)
    search = _operation(api, "search", 200, listed, (*BODY_ERRORS, 422), body=_search_schema(api))
    if "can_post" in rights:
        body = _name(schemas, f"{words}New", _body_schema(api.post_form))
        parameters = [IDEMPOTENCY_KEY]
        collection["post"] = _operation(
            api, "add", 201, shown, (*BODY_ERRORS, 409, 422), parameters=parameters, body=body
        )
    if "can_put" in rights:
        body = _name(schemas, f"{words}Change", _body_schema(api.put_form, version=True))
        # A change may protect a person also from its author, who then gets a message alone.
        protects = hasattr(api.datamodel.obj, "protection")
        changed = {"anyOf": [shown, PROTECTED]} if protects else shown
        item["put"] = _operation(api, "change", 200, changed, (*NOT_FOUND, *BODY_ERRORS, 409, 422), body=body)
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
        paths[path]["post"] = _action_operation(api, action, shown)
    return paths


def _action_operation(api, action, shown):
    """Return an API action as an operation; it returns the created or changed record."""
    errors = (*BODY_ERRORS, 409, 422, *(NOT_FOUND if action.has_record else ()))
    serializer = action.response_serializer(api)
    if serializer is not api.show_serializer:
        rows = next(one for one in _find_apis() if one.show_serializer is serializer)
        shown = _result_schema({"$ref": f"{SCHEMAS}{_schema_words(rows)}Record"})
    body = action.describe_body(_body_schema)
    parameters = [IDEMPOTENCY_KEY] if action.status == 201 else []
    return _operation(api, action.name, action.status, shown, errors, parameters, body)


def _operation(api, name, status, schema, errors=(), parameters=(), body=None):
    shows_people = api.screen.needs_purpose or name == "search"
    statuses = {*COMMON_ERRORS, *errors, *(PURPOSE_MISSING if shows_people else ())}
    purpose = [PURPOSE, CASE_NUMBER] if shows_people else []
    words = api.resource_name.replace("-", " ")
    operation = {
        "operationId": f"{name}-{api.resource_name}",
        "tags": [api.resource_name],
        "summary": SUMMARIES.get(name, f"Act {name} on one of {{}}").format(words),
        "parameters": [*parameters, *purpose, LANGUAGE],
        "responses": _responses(status, schema, statuses),
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    return operation


def _responses(status, schema, errors):
    done = {"description": "Done", "content": {JSON: {"schema": schema}}}
    return {str(status): done} | {str(code): {"$ref": f"{RESPONSES}Error{code}"} for code in sorted(errors)}


def _error_response(description):
    content = {problem_details.CONTENT_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
    return {"description": description, "content": content}


def _name(schemas, name, schema):
    """Add a schema to the named ones; return the reference to it."""
    schemas[name] = schema
    return {"$ref": f"{SCHEMAS}{name}"}


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
    operation = {
        "operationId": "list-changes",
        "tags": ["changes"],
        "summary": "List the changes after a cursor",
        "parameters": [_query_parameter("after", TEXT), LANGUAGE],
    }
    operation["responses"] = _responses(200, _object_schema(properties), COMMON_ERRORS)
    return {"/api/v1/changes/": {"get": operation}}


def _upload_paths():
    """Return the path of file uploads, which are sent as a form and not as JSON."""
    file = {"token": TEXT, "name": TEXT, "mime": TEXT, "size": {"type": "integer"}}
    schema = _result_schema(_object_schema(file))
    form = {"type": "object", "required": ["file"], "properties": {"file": TEXT | {"format": "binary"}}}
    operation = {
        "operationId": "add-uploads",
        "tags": ["uploads"],
        "summary": "Upload a file",
        "parameters": [LANGUAGE],
    }
    operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    operation["responses"] = _responses(201, schema, (*COMMON_ERRORS, *BODY_ERRORS, 422))
    return {"/api/v1/uploads/": {"post": operation}}


def _statistics_paths():
    """Return the paths of the figures: a table of counts, what can be counted, and the measures."""
    tables, measures = StatisticsTablesApi.resource_name, MeasuresApi.resource_name
    parameters = [_query_parameter(name, TEXT) for name in ARGUMENTS]
    found = _result_schema({"type": "object"})
    listed = _object_schema({"result": {"type": "array", "items": {"type": "object"}}})
    described = (
        (f"/api/v1/{tables}/", "count", tables, "Count a table", parameters, found, (422,)),
        (f"/api/v1/{tables}/_info", "info", tables, "Read what can be counted", [], {"type": "object"}, ()),
        (f"/api/v1/{measures}/", "list", measures, "List the definitions of the measures", [], listed, ()),
    )
    return {
        path: {
            "get": {
                "operationId": f"{name}-{resource}",
                "tags": [resource],
                "summary": summary,
                "parameters": [*more, LANGUAGE],
                "responses": _responses(200, schema, (*COMMON_ERRORS, *errors)),
            }
        }
        for path, name, resource, summary, more, schema, errors in described
    }


def _own_paths():
    """Return the path of this description."""
    operation = {"operationId": "read-openapi", "tags": ["openapi"], "summary": "Read this description"}
    operation["parameters"] = [LANGUAGE]
    operation["responses"] = _responses(200, {"type": "object"}, COMMON_ERRORS)
    return {"/api/v1/openapi/": {"get": operation}}


# Responses


def _object_schema(properties):
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _record_schema(serializer):
    plain = {name: _column_schema(serializer.model, name) for name in serializer.plain}
    coded = {
        one: {"type": ["string", "null"]} for name, label, _list in serializer.coded for one in (name, label)
    }
    linked = {
        name: {"anyOf": [{"$ref": f"{SCHEMAS}Link"}, {"type": "null"}]}
        for name, _key, _format in serializer.linked
    }
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
    for column_type, form in ((DateTime, "date-time"), (Date, "date"), (String, None)):
        if isinstance(column.type, column_type):
            kind = {"type": ["string", "null"] if column.nullable else "string"}
            return kind | ({"format": form} if form else {})
    return {}


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
        return {"anyOf": [{"$ref": f"{SCHEMAS}Link"}, {"type": ["integer", "string", "null"]}]}
    return {"type": ["string", "number", "null"]}


def _query_parameter(name, schema):
    return {"name": name, "in": "query", "schema": schema}


def _path_parameter(name, schema):
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _header_parameter(name, description):
    return {"name": name, "in": "header", "schema": TEXT, "description": description}
