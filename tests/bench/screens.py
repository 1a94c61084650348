"""FAB's own screens with their routes: importing the application removes some of them."""

from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security import views

ROUTES = ("include_route_methods", "exclude_route_methods")
_came = [
    (screen, name, getattr(screen, name))
    for screen in vars(views).values()
    if isinstance(screen, type) and issubclass(screen, BaseView)
    for name in ROUTES
]


def give_back():
    for screen, name, routes in _came:
        setattr(screen, name, routes)
