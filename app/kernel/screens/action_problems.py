"""The problems of a rejected action, at the fields of its page. A page of a record has forms of its own for its actions."""

from flask import flash, g


def show_problems(rejection):
    """Flash the message of a rejected action, and keep its problems for the fields of the page."""
    flash(rejection.message, "warning")
    g.action_problems = rejection.problems


def find_problems_at(name):
    """Return the problems of the rejected action at the field with this name."""
    return [one for one in g.get("action_problems", ()) if one.field == name]
