"""Refuses the commands of Flask-AppBuilder that bypass the safeguards: `flask fab create-admin` and others.

They write accounts, roles and tables without audit log, second person or migration. The application is created for the
command, and that is where it ends.
"""

import sys

import click

ALLOWED = {"version", "list-views"}
ALTERNATIVES = {
    "create-admin": "python3 run.py create-user NAME --name … --role Administrator --unit …",
    "create-user": "python3 run.py create-user NAME --name … --role … --unit …",
    "reset-password": "python3 run.py users reset NAME --reason …",
    "list-users": "python3 run.py users list",
    "create-db": "python3 run.py migrate",
    "create-permissions": "the permissions are in app/roles.py: python3 run.py roles",
    "export-roles": "python3 run.py roles",
    "import-roles": "the permissions are in app/roles.py: python3 run.py roles",
    "babel-compile": "python3 run.py translations",
    "babel-extract": "python3 run.py translations",
}


def refuse_unsafe_command():
    """End the program if it runs a command of Flask-AppBuilder that is not allowed, and name the right one."""
    context = click.get_current_context(silent=True)
    if context is None or context.parent is None or context.parent.info_name != "fab":
        return
    if context.info_name not in ALLOWED:
        instead = ALTERNATIVES.get(context.info_name, "python3 run.py --help")
        sys.exit(
            f"Refused: this command of Flask-AppBuilder bypasses the safeguards of E-Crime.\nInstead: {instead}"
        )
