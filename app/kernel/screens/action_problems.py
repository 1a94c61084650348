"""Actions of a page of a record: forms of its own, with the problems of a rejected action at their fields."""
# commits: an action of a page is one unit of work

from flask import flash, g, redirect, request
from flask_babel import lazy_gettext as _

from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.schema.display import format_value
from app.kernel.schema.rules import Problem, RuleViolation

MAX_TEXT = 400


def take_action(act, show_again, where):
    """Return the response to an action: a redirect, or its page with the problems at their fields.

    `act()` returns the message and the URL to open. `show_again(status)` returns the page.
    """
    try:
        with unit_of_work(where=where):
            text, url = act()
    except SaveRejected as rejection:
        flash(rejection.message, "warning")
        g.action_problems = rejection.problems
        return show_again(rejection.status)
    if text:
        flash(text, "success")
    return redirect(url)


def read_text(name="reason", most=MAX_TEXT):
    """Return the text of a field of the action, in one line. Raises RuleViolation if it is too long."""
    text = " ".join(request.form.get(name, "").split())
    if len(text) > most:
        too_long = _("This text is too long. Use at most %(number)s characters.", number=format_value(most))
        raise RuleViolation([Problem(name, too_long)])
    return text


def find_problems_at(name):
    """Return the problems of the rejected action at the field with this name."""
    return [one for one in g.get("action_problems", ()) if one.field == name]
