"""What a password must be, on every path that sets one."""

from flask_appbuilder.exceptions import PasswordComplexityValidationError
from flask_babel import gettext

SHORTEST = 10  # characters


def problem_of(password):
    """A sentence where the password may not be taken, else None."""
    if len(password or "") < SHORTEST:
        return gettext("A password has at least %(number)s characters.", number=SHORTEST)
    if len(set(password)) < 5:
        return gettext("This password repeats too few characters. Choose another.")
    return None


def check(password):
    """FAB's own hook of its password forms."""
    problem = problem_of(password)
    if problem:
        raise PasswordComplexityValidationError(problem)
