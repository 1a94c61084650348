"""The register: wiring only."""

from flask import Flask

import config
from app import assets, frame, headers, language, menu, roles
from app.accounts import passwords
from app.accounts.security import RegisterSecurity
from app.cases import following  # noqa: F401  (a listener)
from app.extensions import compress, csrf, db, migrate, new_appbuilder
from app.home import HomeView
from app.kept_menu import KeptMenu
from app.kernel import audit, databases, passed  # noqa: F401  (listeners and tables)


def create_app(**settings):
    """An application on the settings of `config`, changed by `settings`. Reads nothing from the database."""
    app = Flask(__name__, root_path=str(config.ROOT / "app"))
    app.config.from_object(config)
    app.config.update(settings)
    app.config["FAB_PASSWORD_COMPLEXITY_VALIDATOR"] = passwords.check
    databases.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"))
    csrf.init_app(app)
    compress.init_app(app)
    headers.init_app(app)
    assets.init_app(app)
    app.extensions["ecrime.grants"] = roles.grants()
    with app.app_context():
        appbuilder = new_appbuilder(
            security_manager_class=RegisterSecurity,
            base_template="appbuilder/baselayout.html",
            indexview=HomeView,
            menu=KeptMenu(),
        )
        appbuilder.init_app(app, db.session)
        language.init_app(app)
        menu.fill(appbuilder)
        frame.init_app(app)
    return app
