"""RecordApi: FAB's REST API built from the fields of a record, with the columns, rules and rights of its view.

It closes these gaps of FAB: an API that cookies may use without a CSRF token; a count over the whole table; filters
shared by all threads; errors of rules and of the database as 500 or in English; changes without a version, so that the
last writer wins; a second record if a response was lost and the request is repeated.
"""

from functools import cache, partial
from typing import Any

from flask import abort, request
from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext

from app.kernel.api import request_body
from app.kernel.api.authorization import authorized
from app.kernel.api.create import CreateEndpoint
from app.kernel.api.problem_details import EDIT_CONFLICT, invalid_values_response, problem_response
from app.kernel.api.serialization import (
    Serializer,
    build_next_link,
    json_response,
    operator_names,
    parse_list_arguments,
)
from app.kernel.audit import access_log
from app.kernel.concurrency import edit_conflicts
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.database.transactions import rollback
from app.kernel.forms.record_form import make_form_class
from app.kernel.schema import code_lists
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.schema.record import Record
from app.kernel.screens.edit_pages import MAX_SAVE_ATTEMPTS
from app.kernel.screens.fab_patches import MethodNamesMixin
from app.kernel.screens.filters import Filters
from app.kernel.screens.list_query import TOO_SLOW, ListPage

# A permission of the API → the permission of the view that it follows, and the screen that defines its fields.
WRITE_PERMISSIONS = {"can_post": ("can_add", "add"), "can_put": ("can_edit", "edit")}
ROUTE_METHODS = {
    "can_get": ("get", "get_list", "search"),
    "can_info": ("info",),
    "can_post": ("post",),
    "can_put": ("put",),
}


class RecordApi(MethodNamesMixin, CreateEndpoint):
    """The REST API of one record class. Programs may do what its `view` lets people do; there is no delete."""

    view: Any = None  # the RecordView
    additional_columns = ()  # columns besides those of the screens
    list_links = ()  # cells of the screens are not shown
    api_actions = ()  # further endpoints of its records (`actions`)
    csrf_exempt = False

    def __init__(self):
        self.datamodel, self.class_permission_name = self.view.datamodel, self.view.class_permission_name
        model, view_permissions = self.datamodel.obj, self.view.base_permissions
        self.base_permissions = ["can_get", "can_info"]
        for permission, (view_permission, screen) in WRITE_PERMISSIONS.items():
            if view_permission in view_permissions and (
                getattr(self.view, f"{screen}_columns") or field_names_on(model, screen)
            ):
                self.base_permissions.append(permission)
        self.include_route_methods = {
            name for permission in self.base_permissions for name in ROUTE_METHODS[permission]
        }
        super().__init__()

    def _init_properties(self):
        """Skip FAB's guess of the columns; `create_blueprint` takes them from the fields and the view."""

    def _init_model_schemas(self):
        """Create no marshmallow schemas; see `serialization.Serializer`."""

    def create_blueprint(self, appbuilder, *args, **kwargs):
        # A record without a screen (a match) has a view that only the API uses and that is not registered.
        self.screen = (
            next((one for one in appbuilder.baseviews if type(one) is self.view), None) or self.view()
        )
        model, screen = self.datamodel.obj, self.screen
        for name in (
            "search_columns",
            "list_filters",
            "order_columns",
            "order_by",
            "base_order",
            "prefix_sort_columns",
            "sort_prefix_columns",
        ):
            setattr(self, name, getattr(screen, name))
        versioned = ["version"] if issubclass(model, Record) else []
        self.key_name = key = model.__mapper__.primary_key[0].key
        always = [
            key,
            *versioned,
            *(["voided_at"] if versioned else []),
            *(["number"] if hasattr(model, "number") else []),
            *self.additional_columns,
        ]
        flags = getattr(model, "__day_flags__", {}).values()  # midnight, or a day without a time
        self.list_columns = list(dict.fromkeys((*field_names_on(model, "list"), *flags)))
        self.extra_columns = [*versioned, *self.additional_columns]
        self.list_serializer = Serializer(model, [*always, *self.list_columns])
        self.show_serializer = Serializer(model, [*always, *field_names_on(model, "show")])
        self.edit_serializer = Serializer(model, screen.edit_columns)
        options = {"base": request_body.BodyForm, "rule_required": screen.rule_required}
        self.post_form = make_form_class(model, screen.add_columns, **options)
        self.put_form = make_form_class(model, screen.edit_columns, **options)
        return super().create_blueprint(appbuilder, *args, **kwargs)

    def _register_urls(self):
        super()._register_urls()
        for action in self.api_actions:
            action.register(self)

    # Read endpoints

    @expose("/", methods=["GET"])
    @partial(authorized, parameters=None)
    @permission_name("get")
    def get_list(self):
        """Return the page of the list that the query parameters ask for."""
        if any(len(values) > 1 for _name, values in request.args.lists()):
            abort(400, gettext("Use each filter only once in the address."))
        return self._list_response(request.args, personal=False)

    @expose("/search", methods=["POST"])
    @authorized
    @permission_name("get")
    def search(self):
        """Return the same, for a JSON body: the only way to search by personal values."""
        return self._list_response(request_body.read_body(), personal=True)

    def _list_response(self, arguments, personal):
        access_log.require_purpose_for(self.screen, access_log.LIST)
        listing = ListPage(self, parse_list_arguments(arguments, self, personal))
        if listing.too_slow:
            return problem_response(UNPROCESSABLE, str(TOO_SLOW), "too_slow")
        access_log.log_list(self.screen, listing)
        # A search by body is repeated with `after`; a GET request has all its parameters in the URL.
        headers = {"Link": build_next_link(request, listing.next)} if listing.next and not personal else {}
        return json_response(
            {
                "result": self._serialize(self.list_serializer, listing.rows),
                "count": listing.count,
                "count_is_at_least": listing.capped,
                "next": listing.next,
                "previous": listing.previous,
            },
            **headers,
        )

    @expose("/<pk>", methods=["GET"])
    @authorized
    @permission_name("get")
    def get(self, pk):
        """Return one record."""
        return json_response({"result": self.to_json(pk)})

    def to_json(self, pk):
        """Return one record as a dictionary, with its version if it can be changed."""
        record = self.find(pk, self.show_serializer.joins)
        (values,) = self._serialize(self.show_serializer, [record])
        if "can_put" in self.base_permissions:
            values |= {"version": edit_conflicts.get_version(record)}
        return values

    def _serialize(self, serializer, records):
        """Return the records as dictionaries. A value that later acts have changed is beside the entered one."""
        keys = [getattr(one, self.key_name) for one in records]
        shown = self.screen.find_shown_values(keys) if records else {}
        return [
            serializer.serialize(one) | self._find_current(one, key, shown)
            for one, key in zip(records, keys, strict=True)
        ]

    def _find_current(self, record, key, shown):
        current = {}
        for name, values in shown.items():
            value = values.get(key, getattr(record, name))
            label = code_lists.label(fields_of(type(record))[name].codes, value)
            current |= {f"current_{name}": value, f"current_{name}_label": label}
        return current

    @expose("/_info", methods=["GET"])
    @authorized
    @permission_name("info")
    def info(self):
        """Return the fields, the filters and sort columns of the list, and the reader's permissions."""
        model = self.datamodel.obj
        filters = Filters(self, {})
        fields = {}
        for name, meaning in fields_of(model).items():
            screens = sorted({"show", "list", "add", "edit"} & meaning.on)
            if screens:
                fields[name] = {"label": str(meaning.label), "help": str(meaning.help or ""), "on": screens}
                fields[name] |= {"codes": meaning.codes} if meaning.codes else {}
        return json_response(
            {
                "fields": fields,
                "filters": {name: operator_names(filters, name) for name in self.search_columns},
                "order": self.order_columns,
                "permissions": [
                    permission
                    for permission in self.base_permissions
                    if self.appbuilder.sm.has_access(permission, self.class_permission_name)
                ],
            }
        )

    # Write endpoints

    @expose("/<pk>", methods=["PUT"])
    @authorized
    @permission_name("put")
    def put(self, pk):
        """Change some fields of a record; fields that the body omits keep their values."""
        record, body = self.find(pk), request_body.read_body()
        version = body.pop(request_body.VERSION, None)
        if type(version) is not int:
            text = gettext("Send the version number of the record you read.")
            return invalid_values_response({request_body.VERSION: request_body.build_problem_list(text)})
        formdata, errors = request_body.build_formdata(body, self.put_form, record)
        if errors:
            return invalid_values_response(errors)
        for _attempt in range(MAX_SAVE_ATTEMPTS):
            response = self._try_change(record, version, body, formdata)
            if response is not None:
                return response
            record = self.find(pk)  # another user saved between our read and our write
        return self._conflict_response(record, {})

    def _try_change(self, record, version, body, formdata):
        """Return the response to one attempt to change `record`, or None if another user saved first."""
        edit_conflicts.lock_row(record)
        form = self.put_form(formdata, obj=record)
        stored = self.put_form(None, obj=record)
        conflicts = edit_conflicts.find_conflicts(form, stored, record, version, formdata)
        if conflicts:
            saved = self.edit_serializer.serialize(record)
            serialized = {
                one.name: request_body.serialize_conflict(one, saved, body[one.name]) for one in conflicts
            }
            return self._conflict_response(record, serialized)
        if not self._validate(form, formdata, record):
            rollback()
            return invalid_values_response(form.problems_by_field())
        return self._save(form, record, 200)

    def _conflict_response(self, record, conflicts):
        version = edit_conflicts.get_version(record)
        rollback()
        text = gettext(
            "Not saved: another user changed this record. Compare the values and send your changes with the new version number."
        )
        return problem_response(CONFLICT, text, EDIT_CONFLICT, version=version, conflicts=conflicts)


@cache
def make_api(view):
    """Return the API class of a view class with a `resource_name`."""
    name = f"{view.__name__.removesuffix('View')}Api"
    values = {"view": view, "resource_name": view.resource_name}
    return type(name, (RecordApi,), values | {"api_actions": view.make_api_actions()})
