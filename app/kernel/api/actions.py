"""API actions on a record: each button of its page is a POST endpoint of the API.

    POST /api/v1/court-orders/7/execute

An action is built from the declarations of its screen; rights, rules and errors are the same as on the screen.
"""

from functools import cached_property, partial, wraps

from flask import current_app
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.authorization import authorize
from app.kernel.api.problem_details import invalid_values_response
from app.kernel.forms.record_form import make_form_class


class InvalidBody(HTTPException):
    """A body that the form of an action rejects; raising it sends the problems as the response (422)."""

    def __init__(self, errors):
        super().__init__(response=invalid_values_response(errors))


def parse_form(form_class, body=None):
    """Return the validated form of a body. Raise InvalidBody if it is rejected."""
    formdata, errors = request_body.build_formdata(
        request_body.read_body() if body is None else body, form_class
    )
    form = form_class(formdata)
    if errors or not form.validate():
        raise InvalidBody(errors or form.problems_by_field())
    return form


class ApiAction:
    """One action on the records of an API: its name in the URL, its right, the form of its body and its response."""

    path = "/<pk>/{name}"
    status = 200
    has_record = True  # whether the URL names a record, which may not exist

    def __init__(self, name):
        self.name = name

    def register(self, api):
        """Add the URL of the action below the API `api`."""

        @wraps(self.respond)
        def endpoint(**url_values):
            authorize(*self.right)
            return self.respond(api, **url_values)

        endpoint.__name__ = f"act_{self.name.replace('-', '_')}"
        path = self.path.format(name=self.name)
        api.blueprint.add_url_rule(path, endpoint.__name__, endpoint, methods=["POST"])

    @property
    def right(self):
        """Return the right that the action needs, as (permission, resource)."""
        raise NotImplementedError

    @cached_property
    def form(self):
        """Return the form class of the body."""
        raise NotImplementedError

    def response_serializer(self, api):
        """Return the serializer of the record in the response."""
        return api.show_serializer

    def describe_body(self, body_of):
        """Return the body as JSON schema; `body_of(form)` describes the fields of a form."""
        return body_of(self.form)

    def respond(self, api, pk):
        """Run the action and return the response."""
        raise NotImplementedError


class AddRowAction(ApiAction):
    """An action that adds a row to a record: a custody step, the execution of an order.

    `row_api` is the API class of these rows, `link` their relationship to the record, `columns` the fields of the body
    and `fixed` the values that follow from the action itself.
    """

    status = 201

    def __init__(self, name, row_api, link, columns, fixed):
        super().__init__(name)
        self.row_api, self.link, self.fixed = row_api, link, fixed
        self.columns = [one for one in columns if one != link and one not in fixed]

    @property
    def right(self):
        return "can_post", self.row_api.view.class_permission_name

    @cached_property
    def form(self):
        view = self.row_api.view
        return make_form_class(
            view.datamodel.obj, self.columns, base=request_body.BodyForm, rule_required=view.rule_required
        )

    @property
    def rows(self):
        """Return the registered API of the rows."""
        return next(
            one for one in current_app.extensions["appbuilder"].baseviews if type(one) is self.row_api
        )

    def response_serializer(self, api):
        return self.rows.show_serializer

    def respond(self, api, pk):
        record = api.find(pk)
        url_values = {"/act": self.name, "/on": str(record.id)}
        fill_row = partial(self.fill_row, record.id, api.datamodel.obj)
        return self.rows.create_row(self.form, fill_row, url_values.items())

    def fill_row(self, pk, model, row, form):
        """Link the row to its record and set the fixed values. Return the problems found."""
        setattr(row, self.link, db.session.get(model, pk))
        for name, value in self.fixed.items():
            setattr(row, name, value)
        return []


def build_step_actions(view_api, link):
    """Return one action for each kind of step that the view of `view_api` declares; a step is a row linked by `link`."""
    view = view_api.view
    return tuple(
        AddRowAction(
            kind.replace("_", "-"), view_api, link, [*view.common_fields, *names, "note"], {"kind": kind}
        )
        for kind, names in view.kind_fields.items()
    )
