"""RecordApi: FAB's REST API made from the fields of a record, with the columns, rules and rights of its view.

What FAB does otherwise, and is closed here: an API that cookies may use without a CSRF token; a count over the
whole table; filters that all threads share; errors of rules and of the database as 500 or in English; a change
without a version, so that the last one to save wins; a second record where an answer was lost and asked for again.
"""

from functools import partial

from flask import abort, request
from flask_appbuilder.api import ModelRestApi, expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext

from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.authorization import guarded
from app.kernel.api.create import Making
from app.kernel.api.serialization import Shape, answer, listing_args, next_link, operator_words
from app.kernel.audit import access_log
from app.kernel.concurrency import edit_conflicts
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.forms.record_form import form_for
from app.kernel.schema.fields import declared, names_on
from app.kernel.schema.record import Record
from app.kernel.screens.edit_pages import RACES
from app.kernel.screens.fab_patches import OnlyMethods
from app.kernel.screens.filters import Filters
from app.kernel.screens.list_query import Listing

# A right of the API and the right of the view that it follows, with the screen whose fields it takes.
WRITING = {"can_post": ("can_add", "add"), "can_put": ("can_edit", "edit")}
METHODS = {
    "can_get": ("get", "get_list", "search"),
    "can_info": ("info",),
    "can_post": ("post",),
    "can_put": ("put",),
}


class RecordApi(OnlyMethods, Making, ModelRestApi):
    """The REST API of one record class. What its `view` lets a person do, it lets a program do; nobody deletes."""

    view = None  # the RecordView
    more_columns = ()  # told beside those of the screens
    list_along = ()  # nothing of what cells of the screens tell
    acts = ()  # what else is done to its records (`api_acts`)
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
        # What no screen shows as a record (a hit) has a view of the API's own, which is registered nowhere.
        self.screen = (
            next((one for one in appbuilder.baseviews if type(one) is self.view), None) or self.view()
        )
        model, screen = self.datamodel.obj, self.screen
        for name in ("search_columns", "order_columns", "order_by", "base_order", "begun_order", "leading"):
            setattr(self, name, getattr(screen, name))
        versioned = ["version"] if issubclass(model, Record) else []
        key = model.__mapper__.primary_key[0].key
        always = [key, *versioned, *(["number"] if hasattr(model, "number") else []), *self.more_columns]
        self.list_columns = names_on(model, "list")
        self.extra_columns = [*versioned, *self.more_columns]
        self.list_shape = Shape(model, [*always, *self.list_columns])
        self.show_shape = Shape(model, [*always, *names_on(model, "show")])
        self.edit_shape = Shape(model, screen.edit_columns)
        words = {"base": request_body.BodyForm, "spoken": screen.spoken}
        self.post_form = form_for(model, screen.add_columns, **words)
        self.put_form = form_for(model, screen.edit_columns, **words)
        return super().create_blueprint(appbuilder, *args, **kwargs)

    def _register_urls(self):
        super()._register_urls()
        for act in self.acts:
            act.register(self)

    # Reading

    @expose("/", methods=["GET"])
    @partial(guarded, asked=None)
    @permission_name("get")
    def get_list(self):
        """A page of the list that the query asks for."""
        if any(len(values) > 1 for _name, values in request.args.lists()):
            abort(400, gettext("Each filter stands in the address once."))
        return self._listed(request.args, personal=False)

    @expose("/search", methods=["POST"])
    @guarded
    @permission_name("get")
    def search(self):
        """The same, asked by a JSON body: the only way to search by what is personal."""
        return self._listed(request_body.read_body(), personal=True)

    def _listed(self, asked, personal):
        access_log.before(self.screen, access_log.LIST)
        listing = Listing(self, listing_args(asked, self, personal))
        access_log.listed(self.screen, listing)
        count, more = listing.count, listing.capped
        # What was asked in a body is asked anew with `after`; an address holds the whole question.
        headers = {"Link": next_link(request, listing.next)} if listing.next and not personal else {}
        return answer(
            {
                "result": [self.list_shape.tell(row) for row in listing.rows],
                "count": count,
                "count_is_at_least": more,
                "next": listing.next,
                "previous": listing.previous,
            },
            **headers,
        )

    @expose("/<pk>", methods=["GET"])
    @guarded
    @permission_name("get")
    def get(self, pk):
        """One record."""
        return answer({"result": self.told(pk)})

    def told(self, pk):
        record = self.find(pk, self.show_shape.joins)
        told = self.show_shape.tell(record)
        return (
            told | {"version": edit_conflicts.version_of(record)}
            if "can_put" in self.base_permissions
            else told
        )

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

    # Changing

    @expose("/<pk>", methods=["PUT"])
    @guarded
    @permission_name("put")
    def put(self, pk):
        """Some fields of a record; what the body does not name stays as it is."""
        record, body = self.find(pk), request_body.read_body()
        version = body.pop(request_body.VERSION, None)
        if type(version) is not int:
            text = gettext("Send the version of the record that was read.")
            return answer({"errors": {request_body.VERSION: request_body.refused(text)}}, UNPROCESSABLE)
        formdata, errors = request_body.to_formdata(body, self.put_form)
        if errors:
            return answer({"errors": errors}, UNPROCESSABLE)
        for _race in range(RACES):
            told = self._changed(record, version, body, formdata)
            if told is not None:
                return told
            record = self.find(pk)  # somebody was faster between our reading and our writing
        return self._changed_meanwhile(record, {})

    def _changed(self, record, version, body, formdata):
        """The answer to one try to change `record`; None where somebody else was faster."""
        edit_conflicts.hold(record)
        form = self.put_form(formdata, obj=record)
        stored = self.put_form(None, obj=record)
        found = edit_conflicts.clashes(form, stored, record, version, formdata)
        if found:
            theirs = self.edit_shape.tell(record)
            told = {one.name: request_body.clash(one, theirs, body[one.name]) for one in found}
            return self._changed_meanwhile(record, told)
        if not self._agreed(form, formdata, record):
            db.session.rollback()
            return answer({"errors": form.answers()}, UNPROCESSABLE)
        return self._saved(form, record, 200)

    def _changed_meanwhile(self, record, told):
        version = edit_conflicts.version_of(record)
        db.session.rollback()
        text = gettext(
            "Not saved: somebody else changed this record after it was read. Compare the values, then send again"
            " what is to stay, with the new version."
        )
        return answer({"message": text, "version": version, "conflicts": told}, CONFLICT)
