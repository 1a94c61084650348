"""The register: wiring only."""

import gc
from contextlib import contextmanager

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app import assets, frame, headers, language, menu, roles
from app.accounts import framework_screens, gates, guard, passwords, purposes, sessions, signing_in  # noqa: F401  (some listen)
from app.accounts.security import RegisterSecurity
from app.accounts.sign_in_settings import take_sign_in_settings
from app.cases import following  # noqa: F401  (a listener)
from app.custody import charges, executing, seeing, status  # noqa: F401  (listeners)
from app.custody import following as custody_following  # noqa: F401  (a listener)
from app.custody import watch as custody_watch  # noqa: F401  (a clock)
from app.duplicates import areas, finding  # noqa: F401  (listeners)
from app.duplicates import pages as duplicates
from app.exports import pages as export_pages
from app.extensions import compress, csrf, db, migrate, new_appbuilder
from app.home import HomeView
from app.imports import uploads
from app.kept_menu import KeptMenu
from app.kernel import audit, databases, denials, passed, scope, walls  # noqa: F401  (listeners and tables)
from app.late_rules import LateRule
from app.looks import pages as looks
from app.names import index  # noqa: F401  (a listener)
from app.orders import charges as orders_charges  # noqa: F401  (tells the rules of cases)
from app.orders import following as orders_following  # noqa: F401  (a listener)
from app.papers import pages as papers
from app.people import joined, read_only  # noqa: F401  (listeners)
from app.search import watching  # noqa: F401  (a listener)


def create_app(**settings):
    """An application on the settings of `config`, changed by `settings`. Reads nothing from the database."""
    with _nothing_thrown_away():
        return _made(settings)


@contextmanager
def _nothing_thrown_away():
    """What an application is made of stays; to search it for garbage meanwhile takes two fifths of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _made(settings):
    app = Flask(__name__, root_path=str(config.ROOT / "app"))
    app.config.from_object(config)
    app.config.update(settings)
    app.jinja_environment = frame.Templates
    app.url_rule_class = LateRule
    take_sign_in_settings(app)
    proxies = app.config["TRUSTED_PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.config["FAB_PASSWORD_COMPLEXITY_VALIDATOR"] = passwords.check
    databases.init_app(app)
    sessions.init_app(app)
    purposes.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"))
    uploads.init_app(app)  # before anything reads what was sent
    csrf.init_app(app)
    compress.init_app(app)
    headers.init_app(app)
    assets.init_app(app)
    app.extensions["ecrime.grants"] = roles.grants()
    app.extensions["ecrime.delegation"] = roles.delegation()
    app.extensions["ecrime.export_rows"] = roles.EXPORT_ROWS
    app.extensions["ecrime.role_words"] = roles.WORDS
    app.extensions["ecrime.second_factor_roles"] = roles.SECOND_FACTOR
    with app.app_context():
        appbuilder = new_appbuilder(
            security_manager_class=RegisterSecurity,
            base_template="appbuilder/baselayout.html",
            indexview=HomeView,
            menu=KeptMenu(),
        )
        appbuilder.init_app(app, db.session)
        signing_in.init_app(app)
        gates.init_app(app)
        denials.init_app(app)
        looks.init_app(app)
        duplicates.init_app(app)
        export_pages.init_app(app)
        papers.init_app(app)
        language.init_app(app)
        menu.fill(appbuilder)
        frame.init_app(app)
    return app
