"""Acts on a record by the API: what its page offers as a button, a program does at an address of its own.

    POST /api/v1/court-orders/7/execute

Each is made from what the screen of that act declares; rights, rules and errors are those of the screen.
"""

from functools import cached_property, partial, wraps

from flask import current_app
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.authorization import admit
from app.kernel.api.serialization import answer
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.forms.record_form import form_for


class Refused(HTTPException):
    """A body that the boxes of an act refuse, as its answer."""

    def __init__(self, errors):
        super().__init__(response=answer({"errors": errors}, UNPROCESSABLE))


def sent(form_class, body=None):
    """The form behind a body that its boxes take; what they refuse ends the request."""
    formdata, errors = request_body.to_formdata(
        request_body.read_body() if body is None else body, form_class
    )
    form = form_class(formdata)
    if errors or not form.validate():
        raise Refused(errors or form.answers())
    return form


class Act:
    """One act on the records of an API: its word in the address, who may do it, the boxes of its body, its answer."""

    path = "/<pk>/{name}"
    status = 200
    finds = True  # whether it is done to a record, which may not be there

    def __init__(self, name):
        self.name = name

    def register(self, api):
        """Give the act its address below `api`."""

        @wraps(self.answer)
        def asked(**address):
            admit(*self.right)
            return self.answer(api, **address)

        asked.__name__ = f"act_{self.name.replace('-', '_')}"
        api.blueprint.add_url_rule(self.path.format(name=self.name), asked.__name__, asked, methods=["POST"])

    @property
    def right(self):
        """(permission, resource) that whoever does it must hold."""
        raise NotImplementedError

    @cached_property
    def form(self):
        """The class of the form behind its body."""
        raise NotImplementedError

    def shape(self, api):
        """How the record is told that comes back."""
        return api.show_shape

    def describe(self, body_of):
        """Its body as JSON schema; `body_of(form)` describes the boxes of a form."""
        return body_of(self.form)

    def answer(self, api, pk):
        raise NotImplementedError


class RowAct(Act):
    """An act that adds a row to a record: a step of a custody, the execution of an order.

    `row_api` is the API class of such rows, `link` how they hang on the record, `columns` what the body says of one and
    `fixed` what the word in the address says already.
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
        return form_for(view.datamodel.obj, self.columns, base=request_body.BodyForm, spoken=view.spoken)

    @property
    def rows(self):
        """The API of the rows, as it is registered."""
        return next(one for one in current_app.appbuilder.baseviews if type(one) is self.row_api)

    def shape(self, api):
        return self.rows.show_shape

    def answer(self, api, pk):
        record = api.find(pk)
        asked = {"/act": self.name, "/on": str(record.id)}
        return self.rows.make(self.form, partial(self.begun, record.id, api.datamodel.obj), asked.items())

    def begun(self, pk, model, row, form):
        """Hang the row on its record. Gives what is wrong with that."""
        setattr(row, self.link, db.session.get(model, pk))
        for name, value in self.fixed.items():
            setattr(row, name, value)
        return []


def steps(view_api, link):
    """The acts of a record whose steps are rows of `view_api`: one for each kind that its screen knows boxes for."""
    view = view_api.view
    return tuple(
        RowAct(kind.replace("_", "-"), view_api, link, [*view.always, *boxes, "note"], {"kind": kind})
        for kind, boxes in view.boxes_of.items()
    )
