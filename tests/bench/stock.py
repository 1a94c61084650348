"""The system as Flask-AppBuilder 5.3 makes it: the same tables, columns and menu, nothing overridden.

Only `search_columns` are named, because FAB would render a select field of every linked row. Forms leave out
the links to persons, cases and places for the same reason: stock draws the whole table into the page.
"""

from flask import Flask
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app import menu
from app.extensions import db
from app.kernel.database import engine
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.screens.record_view import RecordView
from tests.bench import screens

# Our page of a case shows these rows in sections of its own.
ROWS_OF_A_CASE = (
    "CaseOffenceView",
    "InvolvementView",
    "ExhibitView",
    "CaseFileView",
    "SupplementView",
    "CaseDispositionView",
)
ADMIN, PASSWORD = "stock.admin", "stock-admin-of-the-bench"


def create_app(**settings):
    app = Flask("stock")
    app.config.update(AUTH_TYPE=1, APP_NAME="Stock", **settings)
    screens.give_back()
    event.listen(Engine, "connect", engine.set_pragmas)
    engine.init_app(app)  # the same pragmas and connection options
    db.init_app(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        _add_views(appbuilder)
        security = appbuilder.sm
        if security.find_user(ADMIN) is None:
            role = security.find_role("Admin")
            security.add_user(ADMIN, "Stock", "Admin", "stock@demo.invalid", role, PASSWORD)
    return app


def _add_views(appbuilder):
    screens = [screen for screen in menu.SCREENS if issubclass(screen[0], RecordView)]
    interfaces = {screen[0]: SQLAInterface(screen[0].datamodel.obj) for screen in screens}
    made = {ours: _view(ours, interface) for ours, interface in interfaces.items()}
    for ours, view in made.items():
        related = ROWS_OF_A_CASE if ours.__name__ == "CaseView" else ()
        named = [made[one] for one in (*(ours.related_views or ()), *_named(made, related)) if one in made]
        view.related_views = named
    for ours, title, _icon, heading in screens:
        appbuilder.add_view(made[ours], str(ours.class_permission_name), label=str(title), category=heading)
    for ours, interface in interfaces.items():
        appbuilder.add_api(_api(ours, interface))


def _named(made, names):
    return [ours for ours in made if ours.__name__ in names]


def _view(ours, interface):
    model = interface.obj
    return type(
        ours.__name__,
        (ModelView,),
        {
            "datamodel": interface,
            "route_base": ours.route_base or f"/{ours.class_permission_name.lower()}",
            "list_columns": [
                name for name in ours.list_columns or field_names_on(model, "list") if hasattr(model, name)
            ],
            "show_columns": field_names_on(model, "show"),
            "add_columns": _plain(model, "add") or [interface.get_pk_name()],
            "edit_columns": _plain(model, "edit") or [interface.get_pk_name()],
            "search_columns": _plain(model, "search"),
            "base_order": _order(ours, interface),
        },
    )


def _order(ours, interface):
    column, direction = ours.base_order or (interface.get_pk_name(), "desc")
    return ours.order_by.get(column, column), direction


def _plain(model, screen):
    fields = fields_of(model)
    return [name for name in field_names_on(model, screen) if not fields[name].lookup]


def _api(ours, interface):
    model, key = interface.obj, interface.get_pk_name()
    return type(
        f"{ours.__name__}Api",
        (ModelRestApi,),
        {
            "datamodel": interface,
            "resource_name": model.__name__.lower(),
            "allow_browser_login": True,
            "list_columns": [key, *_get_shown_columns(model, "list")],
            "show_columns": [key, *_get_shown_columns(model, "show")],
        },
    )


def _get_shown_columns(model, screen):
    """Return links by key and name, as our API does; stock returns whole linked rows."""
    fields, told = fields_of(model), []
    for name in field_names_on(model, screen):
        if not fields[name].lookup:
            told.append(name)
            continue
        linked = model.__mapper__.relationships[name].mapper
        named = (one for one in ("name_km", "number", "name") if one in linked.column_attrs)
        told += [f"{name}.{one}" for one in (linked.primary_key[0].key, *list(named)[:1])]
    return told
