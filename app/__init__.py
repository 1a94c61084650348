"""The register: wiring only."""

import gc
from contextlib import contextmanager

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app import menu, roles
from app.accounts import (  # noqa: F401  (some listen)
    access_purpose,
    authentication,
    disabled_fab_views,
    passwords,
    required_steps,
    sessions,
    write_guard,
)
from app.accounts.security import RegisterSecurity
from app.accounts.sign_in_settings import take_sign_in_settings
from app.audit_review import template_globals as looks
from app.cases import flush_hooks  # noqa: F401  (a listener)
from app.court_orders import charge_findings as orders_charges  # noqa: F401  (tells the rules of cases)
from app.court_orders import flush_hooks as orders_following  # noqa: F401  (a listener)
from app.custody import charge_findings, order_effects, status_sources, visibility_rows  # noqa: F401  (listeners)
from app.custody import deadline_alerts as custody_watch  # noqa: F401  (a clock)
from app.custody import derived_state as custody_following  # noqa: F401  (a listener)
from app.duplicates import detection, pair_areas  # noqa: F401  (listeners)
from app.duplicates import template_globals as duplicates
from app.exports import template_globals as export_pages
from app.extensions import compress, csrf, db, migrate, new_appbuilder
from app.imports import uploads
from app.kernel.access import row_filter, row_level_security  # noqa: F401  (listeners and tables)
from app.kernel.audit import denied_requests, recorder  # noqa: F401  (listeners and tables)
from app.kernel.database import engine
from app.kernel.validation import warning_overrides  # noqa: F401  (listeners and tables)
from app.name_search import index  # noqa: F401  (a listener)
from app.people import break_glass_guard, merged_records  # noqa: F401  (listeners)
from app.printouts import template_globals as papers
from app.search import search_alerts  # noqa: F401  (a listener)
from app.web import assets, headers, language, page_frame
from app.web.fab_patches import KeptMenu
from app.web.home import HomeView
from app.web.werkzeug_patches import LateRule


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
    app.jinja_environment = page_frame.Templates
    app.url_rule_class = LateRule
    take_sign_in_settings(app)
    proxies = app.config["TRUSTED_PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.config["FAB_PASSWORD_COMPLEXITY_VALIDATOR"] = passwords.check
    engine.init_app(app)
    sessions.init_app(app)
    access_purpose.init_app(app)
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
        authentication.init_app(app)
        required_steps.init_app(app)
        denied_requests.init_app(app)
        looks.init_app(app)
        duplicates.init_app(app)
        export_pages.init_app(app)
        papers.init_app(app)
        language.init_app(app)
        menu.fill(appbuilder)
        page_frame.init_app(app)
    return app
