"""The operator's settings of another way to sign in: a directory, a provider, a web server."""

import sys
from importlib.util import find_spec

from flask import Config
from flask_appbuilder.const import AUTH_LDAP, AUTH_OAUTH

# A directory proves who somebody is. What he may do, the register says.
REFUSED = ("AUTH_USER_REGISTRATION", "AUTH_ROLES_SYNC_AT_LOGIN", "AUTH_GROUPS_SYNC_AT_LOGIN")
NEEDED = {AUTH_LDAP: {"ldap": "python-ldap"}, AUTH_OAUTH: {"authlib": "authlib", "requests": "requests"}}
LONGEST = 5  # seconds that a provider may take for an answer


def take_sign_in_settings(app):
    """Take what begins with AUTH_ or OAUTH_ from the operator's file; nothing else in it counts."""
    if not app.config["SIGN_IN_SETTINGS"]:
        return
    found = Config(app.root_path)
    found.from_pyfile(app.config["SIGN_IN_SETTINGS"])
    if refused := [name for name in REFUSED if found.get(name)]:
        sys.exit(
            f"Not started: {' and '.join(refused)} would let a directory say who may do what in the register."
        )
    packages = NEEDED.get(found.get("AUTH_TYPE"), {})
    if missing := [package for name, package in packages.items() if find_spec(name) is None]:
        sys.exit(f"Not started: {' and '.join(missing)} must be installed for this way to sign in.")
    for provider in found.get("OAUTH_PROVIDERS", ()):
        provider["remote_app"].setdefault("client_kwargs", {}).setdefault("default_timeout", LONGEST)
    app.config.update({name: found[name] for name in found if name.startswith(("AUTH_", "OAUTH_"))})
