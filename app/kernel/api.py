"""RecordApi: FAB's REST API made from the fields of a record, with the columns, rules and rights of its view.

What FAB does otherwise, and is closed here: an API that cookies may use without a CSRF token; a count over the
whole table; filters that all threads share; errors of rules and of the database as 500 or in English; a change
without a version, so that the last one to save wins.
"""

import logging
from functools import wraps

from flask import abort, request
from flask_appbuilder.api import ModelRestApi, expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.kernel import api_body, passed
from app.kernel.api_words import Shape, answer, listing_args, operator_words
from app.kernel.fields import declared, names_on
from app.kernel.filters import Filters
from app.kernel.forms import form_for
from app.kernel.listing import Listing
from app.kernel.records import Record
from app.kernel.rules import RuleBroken

log = logging.getLogger(__name__)

UNPROCESSABLE, CONFLICT, UNAVAILABLE = 422, 409, 503
# A right of the API and the right of the view that it follows, with the screen whose fields it takes.
WRITING = {"can_post": ("can_add", "add"), "can_put": ("can_edit", "edit")}
METHODS = {
    "can_get": ("get", "get_list", "search"),
    "can_info": ("info",),
    "can_post": ("post",),
    "can_put": ("put",),
}


def guarded(method):
    """Only for the signed-in who hold the right. FAB's own decorator would take a bearer token as well."""

    @wraps(method)
    def answered(self, *args, **kwargs):
        if not current_user.is_authenticated:
            abort(401)
        if not self.appbuilder.sm.has_access(f"can_{method._permission_name}", self.class_permission_name):
            abort(403)
        return method(self, *args, **kwargs)

    return answered


class RecordApi(ModelRestApi):
    """The REST API of one record class. What its `view` lets a person do, it lets a program do; nobody deletes."""

    view = None  # the RecordView
    csrf_exempt = False

    def __init__(self):
        self.datamodel, self.class_permission_name = self.view.datamodel, self.view.class_permission_name
        model, rights = self.datamodel.obj, self.view.base_permissions
        self.base_permissions = ["can_get", "can_info"]
        for right, (of_view, screen) in WRITING.items():
            if of_view in rights and (getattr(self.view, f"{screen}_columns") or names_on(model, screen)):
                self.base_permissions.append(right)
        self.include_route_methods = {name for right in self.base_permissions for name in METHODS[right]}
        super().__init__()

    def _init_properties(self):
        """FAB would guess the columns; they come from the fields and from the view when that is there."""

    def _init_model_schemas(self):
        """No serializer is needed: see `api_words.Shape`."""

    def create_blueprint(self, appbuilder, *args, **kwargs):
        self.screen = next(one for one in appbuilder.baseviews if type(one) is self.view)
        model, screen = self.datamodel.obj, self.screen
        for name in ("search_columns", "order_columns", "order_by", "base_order"):
            setattr(self, name, getattr(screen, name))
        versioned = ["version"] if issubclass(model, Record) else []
        key = model.__mapper__.primary_key[0].key
        always = [key, *versioned, *(["number"] if hasattr(model, "number") else [])]
        self.list_columns, self.extra_columns = names_on(model, "list"), versioned
        self.list_shape = Shape(model, [*always, *self.list_columns])
        self.show_shape = Shape(model, [*always, *names_on(model, "show")])
        self.post_form = form_for(model, screen.add_columns, base=api_body.BodyForm)
        self.put_form = form_for(model, screen.edit_columns, base=api_body.BodyForm)
        return super().create_blueprint(appbuilder, *args, **kwargs)

    # Reading

    @expose("/", methods=["GET"])
    @guarded
    @permission_name("get")
    def get_list(self):
        """A page of the list that the query asks for."""
        return self._listed(request.args, personal=False)

    @expose("/search", methods=["POST"])
    @guarded
    @permission_name("get")
    def search(self):
        """The same, asked by a JSON body: the only way to search by what is personal."""
        return self._listed(api_body.read_body(), personal=True)

    def _listed(self, asked, personal):
        listing = Listing(self, listing_args(asked, self, personal))
        count, more = listing.counted
        return answer(
            {
                "result": [self.list_shape.tell(row) for row in listing.rows],
                "count": count,
                "count_is_at_least": more,
                "next": listing.next,
                "previous": listing.previous,
            }
        )

    @expose("/<pk>", methods=["GET"])
    @guarded
    @permission_name("get")
    def get(self, pk):
        """One record."""
        return answer({"result": self._told(pk)})

    def _told(self, pk):
        return self.show_shape.tell(self.screen.find(pk, self.show_shape.joins))

    @expose("/_info", methods=["GET"])
    @guarded
    @permission_name("info")
    def info(self):
        """What the fields mean, how a list is filtered and ordered, and what the reader may do here."""
        model = self.datamodel.obj
        filters = Filters(model, self.search_columns, {})
        fields = {}
        for name, meaning in declared(model).items():
            screens = sorted({"show", "list", "add", "edit"} & meaning.on)
            if screens:
                fields[name] = {"label": str(meaning.label), "help": str(meaning.help or ""), "on": screens}
                fields[name] |= {"codes": meaning.codes} if meaning.codes else {}
        return answer(
            {
                "fields": fields,
                "filters": {name: operator_words(filters, name) for name in self.search_columns},
                "order": self.order_columns,
                "permissions": [
                    right
                    for right in self.base_permissions
                    if self.appbuilder.sm.has_access(right, self.class_permission_name)
                ],
            }
        )

    # Writing

    @expose("/", methods=["POST"])
    @guarded
    @permission_name("post")
    def post(self):
        """A new record."""
        formdata, errors = api_body.to_formdata(api_body.read_body(), self.post_form)
        if errors:
            return answer({"errors": errors}, UNPROCESSABLE)
        record, form = self.datamodel.obj(), self.post_form(formdata)
        if not self._agreed(form, formdata, record):
            return answer({"errors": form.answers()}, UNPROCESSABLE)
        return self._saved(form, record, 201)

    @expose("/<pk>", methods=["PUT"])
    @guarded
    @permission_name("put")
    def put(self, pk):
        """Some fields of a record; what the body does not name stays as it is."""
        record, body = self.screen.find(pk), api_body.read_body()
        if isinstance(record, Record):
            version = body.pop(api_body.VERSION, None)
            if type(version) is not int:
                text = gettext("Send the version of the record that was read.")
                return answer({"errors": {api_body.VERSION: api_body.refused(text)}}, UNPROCESSABLE)
            if version != record.version:
                return self._changed_meanwhile()
        formdata, errors = api_body.to_formdata(body, self.put_form)
        if errors:
            return answer({"errors": errors}, UNPROCESSABLE)
        form = self.put_form(formdata, obj=record)
        if not self._agreed(form, formdata, record):
            return answer({"errors": form.answers()}, UNPROCESSABLE)
        return self._saved(form, record, 200)

    def _agreed(self, form, formdata, record):
        """Fill the record and ask its rules. Where they refuse, nothing of it stays in the session."""
        if not form.validate():
            return False
        with db.session.no_autoflush:
            form.fill(record, formdata)
            agreed = form.hear(self.screen.problems(record), formdata)
        if not agreed:
            db.session.rollback()
        return agreed

    def _saved(self, form, record, status):
        try:
            db.session.add(record)
            db.session.flush()
            passed.keep(form.passed, record)
            db.session.commit()
        except RuleBroken as refusal:
            db.session.rollback()
            form.hear(refusal.problems, {})
            return answer({"errors": form.answers()}, UNPROCESSABLE)
        except DataError:
            db.session.rollback()
            text = gettext("A value does not fit into its field.")
            return answer({"errors": {api_body.WHOLE: api_body.refused(text)}}, UNPROCESSABLE)
        except (IntegrityError, StaleDataError):
            db.session.rollback()
            return self._changed_meanwhile()
        except SQLAlchemyError:
            db.session.rollback()
            log.exception("A save failed in %s", type(self).__name__)
            return answer(
                {"message": gettext("Not saved: the database did not answer. Send it again.")}, UNAVAILABLE
            )
        key = self.datamodel.get_pk_value(record)
        return answer({"result": self._told(str(key))}, status, Location=f"{self.route_base}/{key}")

    def _changed_meanwhile(self):
        text = gettext(
            "Not saved: this record was changed meanwhile, or another one has this value. Read it again."
        )
        return answer({"message": text}, CONFLICT)
