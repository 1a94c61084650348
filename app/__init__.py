"""The application factory."""

import gc

gc.disable()  # while importing: the collector would take a third of the time, and find nothing

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app import menu, roles, wiring
from app.accounts import (
    access_purpose,
    authentication,
    passwords,
    required_steps,
    scope_change_views,
    sessions,
)
from app.accounts.security import EcrimeSecurityManager
from app.accounts.sign_in_settings import load_sign_in_settings
from app.audit_review import template_globals as audit_review_globals
from app.duplicates import template_globals as duplicate_globals
from app.exports import template_globals as export_globals
from app.extensions import compress, csrf, db, migrate
from app.imports import uploads
from app.kernel.audit import daily_limit, denied_requests
from app.kernel.database import engine
from app.kernel.gc_pause import gc_paused
from app.people import comparison
from app.printouts import template_globals as printout_globals
from app.series import template_globals as series_globals
from app.tasks import template_globals as task_globals
from app.web import assets, fab_commands, headers, language, page_frame, request_limits, request_log
from app.web.fab_patches import CachedMenu, PairingOnce
from app.web.home import HomeView
from app.web.werkzeug_patches import LazyRule

gc.freeze()  # what is imported stays
gc.enable()


def create_app(**settings):
    """Return an application with the settings of `config`, changed by `settings`. Nothing is read from the database."""
    fab_commands.refuse_unsafe_command()
    wiring.connect()
    with gc_paused():  # the collector would search what stays for good, for two fifths of the time
        return _create_app(settings)


def _create_app(settings):
    app = Flask(__name__, root_path=str(config.ROOT / "app"))
    app.config.from_object(config)
    app.config.update(settings)
    app.jinja_environment = page_frame.TemplateEnvironment
    app.url_rule_class = LazyRule
    load_sign_in_settings(app)
    proxies = app.config["TRUSTED_PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.config["FAB_PASSWORD_COMPLEXITY_VALIDATOR"] = passwords.check_complexity
    engine.init_app(app)
    sessions.init_app(app)
    access_purpose.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"))
    request_log.init_app(app)
    request_limits.init_app(app)
    uploads.init_app(app)  # before anything reads the request body
    csrf.init_app(app)
    compress.init_app(app)
    headers.init_app(app)
    assets.init_app(app)
    app.extensions["ecrime.permission_table"] = roles.grants()
    app.extensions["ecrime.delegation"] = roles.delegation()
    app.extensions["ecrime.export_rows"] = roles.EXPORT_ROWS
    app.extensions["ecrime.daily_people"] = daily_limit.read_limits(
        roles.DAILY_PEOPLE, app.config["DAILY_PEOPLE"]
    )
    app.extensions["ecrime.role_words"] = roles.WORDS
    app.extensions["ecrime.second_factor_roles"] = roles.SECOND_FACTOR
    with app.app_context():
        appbuilder = PairingOnce(
            security_manager_class=EcrimeSecurityManager,
            base_template="appbuilder/baselayout.html",
            indexview=HomeView,
            menu=CachedMenu(),
        )
        appbuilder.init_app(app, db.session)
        authentication.init_app(app)
        required_steps.init_app(app)
        denied_requests.init_app(app)
        comparison.init_app(app)
        audit_review_globals.init_app(app)
        duplicate_globals.init_app(app)
        scope_change_views.init_app(app)
        export_globals.init_app(app)
        printout_globals.init_app(app)
        series_globals.init_app(app)
        task_globals.init_app(app)
        language.init_app(app)
        menu.register_views(appbuilder)
        appbuilder.pair_related_views()
        page_frame.init_app(app)
    return app
