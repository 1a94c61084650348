"""What a password must be, on every path that sets one."""

import re
from functools import cache
from pathlib import Path

from flask_appbuilder.exceptions import PasswordComplexityValidationError
from flask_babel import gettext
from werkzeug.security import check_password_hash, generate_password_hash

SHORTEST = 10  # characters; nothing is trimmed, and every character counts
LONGEST = 1000
ENOUGH_BESIDE = 8  # characters that must remain beside a word that anybody would try first
WORDS = ("ecrime", "e-crime", "cambodia", "kampuchea", "police", "password", "ប៉ូលិស", "នគរបាល", "កម្ពុជា")
COMMON = Path(__file__).with_name("data") / "common_passwords.txt"
METHOD = "scrypt"  # of Werkzeug, with its cost: N = 2¹⁵
# A user who is not there costs as much time as a wrong password: somebody's hash is checked in any case.
NOBODYS = generate_password_hash("nobody has this password", METHOD)


@cache
def _common():
    return frozenset(COMMON.read_text("utf-8").split())


def problem_of(password, *about):
    """A sentence where the password may not be taken, else None. `about`: user name, unit and the like."""
    password = password or ""
    if len(password) < SHORTEST:
        return gettext("A password has at least %(number)s characters.", number=SHORTEST)
    if len(password) > LONGEST:
        return gettext("A password has at most %(number)s characters.", number=LONGEST)
    if len(set(password)) < 5:
        return gettext("This password repeats too few characters. Choose another.")
    said = password.casefold()
    if said in _common() or _core(said) in _common():
        return gettext("Many people use this password, so it is tried first. Choose another.")
    for word in (*WORDS, *(part.casefold() for part in about if part)):
        if len(word) > 2 and word in said and len(said.replace(word, "")) < ENOUGH_BESIDE:
            return gettext(
                "This password is made of the user name, the unit or the name of the register. Choose another."
            )
    return None


def _core(said):
    """What remains without the numbers and signs around it: of «dragon2026!!» the dragon."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", said)


def check(password):
    """FAB's own hook of its password forms, which tells it nothing about the user."""
    problem = problem_of(password)
    if problem:
        raise PasswordComplexityValidationError(problem)


def problem_for(user, password):
    """As `problem_of`, for the password of that user."""
    return problem_of(password, user.username, user.unit_code, *user.username.split("."))


def give(user, password):
    """Set a password that was checked. Who sets another's makes him choose one of his own (`following`)."""
    user.password = generate_password_hash(password, METHOD)


def is_right(user, password):
    """Whether that is the user's password; takes as long where there is no user."""
    good = check_password_hash((user.password if user is not None else None) or NOBODYS, password or "")
    return good and user is not None and bool(password.strip("\0"))
