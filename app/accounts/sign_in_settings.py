"""The operator's settings of other sign-in methods: LDAP or OpenID Connect."""

import sys
from importlib.util import find_spec

from flask import Config
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP, AUTH_OAUTH

# A directory proves the identity of a user. Their roles are managed only in this system.
FORBIDDEN_SETTINGS = ("AUTH_USER_REGISTRATION", "AUTH_ROLES_SYNC_AT_LOGIN", "AUTH_GROUPS_SYNC_AT_LOGIN")
# Flask-AppBuilder's other methods lack the lockout or the second factor, or believe a header of the request.
SUPPORTED_METHODS = (AUTH_DB, AUTH_LDAP, AUTH_OAUTH)
REQUIRED_PACKAGES = {
    AUTH_LDAP: {"ldap": "python-ldap"},
    AUTH_OAUTH: {"authlib": "authlib", "requests": "requests"},
}
TIMEOUT_SECONDS = 5  # for an answer of a provider


def load_sign_in_settings(app):
    """Load the settings AUTH_… and OAUTH_… from the operator's file. Other settings in it are ignored."""
    if not app.config["SIGN_IN_SETTINGS"]:
        return
    found = Config(app.root_path)
    found.from_pyfile(app.config["SIGN_IN_SETTINGS"])
    if refused := [name for name in FORBIDDEN_SETTINGS if found.get(name)]:
        sys.exit(
            f"Not started: {' and '.join(refused)} would let a directory assign roles. Remove it from the settings."
        )
    if (method := found.get("AUTH_TYPE", AUTH_DB)) not in SUPPORTED_METHODS:
        sys.exit(
            f"Not started: AUTH_TYPE = {method!r} is not supported. Set {AUTH_LDAP} for LDAP, {AUTH_OAUTH} for"
            " OpenID Connect, or remove it."
        )
    packages = REQUIRED_PACKAGES.get(found.get("AUTH_TYPE"), {})
    if missing := [package for name, package in packages.items() if find_spec(name) is None]:
        sys.exit(f"Not started: this sign-in method needs {' and '.join(missing)}. Install it.")
    for provider in found.get("OAUTH_PROVIDERS", ()):
        provider["remote_app"].setdefault("client_kwargs", {}).setdefault("default_timeout", TIMEOUT_SECONDS)
    app.config.update({name: found[name] for name in found if name.startswith(("AUTH_", "OAUTH_"))})
