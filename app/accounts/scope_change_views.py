"""The page on which a change that two people make is requested: of a unit, a place, a prison, an offence or a time limit."""

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import inspect

from app.accounts import delegation as acts
from app.accounts import staff_queries as people
from app.accounts import staff_requests
from app.accounts.reauthentication import require_fresh_sign_in
from app.accounts.scope_columns import find_field, find_scope_model
from app.accounts.scope_texts import describe_changes
from app.accounts.staff_models import REQUESTED, StaffRequest
from app.accounts.staff_views import ALREADY_SENT, REQUEST_SENT, commit_or_abort
from app.extensions import db
from app.kernel.forms.inputs import TextField
from app.kernel.forms.record_form import make_form_class
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.schema.display import foreign_key_column

RESOURCE = "ScopeChange"


def init_app(app):
    app.jinja_env.globals.update(scope_change_url=get_scope_change_url)


def get_scope_change_url(record):
    """Return the URL on which the reader requests a change of this record, or None."""
    model = type(record)
    if not hasattr(model, "__scope_columns__") or not _may_request(model):
        return None
    return url_for("ScopeChangeView.change", entity=model.__tablename__, key=record.code)


def _may_request(model):
    has_access = current_app.appbuilder.sm.has_access
    return has_access("can_edit", RESOURCE) and has_access("can_edit", model.__name__)


class ScopeChangeView(BaseView):
    """The form of the columns that two people change, with the reason of the change."""

    route_base = "/scope-changes"
    default_view = "change"
    class_permission_name = RESOURCE
    method_permission_name = {"change": "edit"}

    @expose("/<entity>/<key>", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def change(self, entity, key):
        model, row = self._find(entity, key)
        form = _make_form(model)(request.form if request.method == "POST" else None, obj=row)
        if request.method == "POST" and form.validate() and self._check_rules(form, row):
            values = _read_values(form, model)
            requested = commit_or_abort(
                lambda: staff_requests.request_scope_change(
                    g.user.id, model, key, values, form["reason"].data
                )
            )
            if requested is not None:
                flash(REQUEST_SENT, "success")
                return redirect(url_for(f"{model.__name__}View.show", pk=key))
            waiting = self._list_waiting(entity, key)
            form.form_errors.append(ALREADY_SENT if waiting else gettext("Nothing was changed."))
        page = self.render_template(
            "accounts/scope_change.html",
            title=_("Request a change that needs approval"),
            form=form,
            row=row,
            back_url=url_for(f"{model.__name__}View.show", pk=key),
            waiting=self._list_waiting(entity, key),
            describe_changes=describe_changes,
        )
        return page, 200 if request.method == "GET" else 422

    def _find(self, entity, key):
        model = find_scope_model(entity)
        if model is None or "\0" in key:
            abort(404)
        if not _may_request(model):
            abort(403)
        return model, db.session.get(model, key) or abort(404)

    def _list_waiting(self, entity, key):
        return people.list_requests(
            StaffRequest.act == acts.SCOPE,
            StaffRequest.state == REQUESTED,
            StaffRequest.entity == entity,
            StaffRequest.entity_key == key,
        )

    def _check_rules(self, form, row):
        """Fill a copy of the row, which is not saved, and return whether its rules accept it."""
        model = type(row)
        with db.session.no_autoflush:
            copy = model(**{one.key: getattr(row, one.key) for one in inspect(model).column_attrs})
            for field in _scope_fields(form, model):
                field.populate_obj(copy, field.name)
            problems = staff_requests.find_scope_problems(copy)
            if copy in db.session:
                db.session.expunge(copy)
        return form.show_problems(problems, request.form)


def _make_form(model):
    names = [find_field(model, column) for column in model.__scope_columns__]
    reason = TextField(_("Reason"), [Required(), MaxLength(300)])
    return type("ScopeChangeForm", (make_form_class(model, names),), {"reason": reason})


def _scope_fields(form, model):
    return [form[find_field(model, column)] for column in model.__scope_columns__]


def _read_values(form, model):
    """Return column → requested value."""
    values = {}
    for field in _scope_fields(form, model):
        is_link = hasattr(field.data, "__table__")
        column = foreign_key_column(model, field.name) if form.meanings[field.name].lookup else field.name
        values[column] = field.data.code if is_link else None if field.data == "" else field.data
    return values
