"""Password rules, which apply wherever a password is set, and hashing."""

import re
import secrets
from functools import cache
from pathlib import Path

from flask_appbuilder.exceptions import PasswordComplexityValidationError
from flask_babel import gettext
from werkzeug.security import check_password_hash, generate_password_hash

MIN_LENGTH = 10  # characters; the password is not trimmed
MAX_LENGTH = 1000
MIN_OTHER_CHARACTERS = 8  # characters that must remain without a forbidden word
FORBIDDEN_WORDS = (
    "ecrime",
    "e-crime",
    "cambodia",
    "kampuchea",
    "police",
    "password",
    "ប៉ូលិស",
    "នគរបាល",
    "កម្ពុជា",
)
ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike
COMMON_PASSWORDS_FILE = Path(__file__).with_name("data") / "common_passwords.txt"
HASH_METHOD = "scrypt:32768:8:1"  # Werkzeug's default cost
# An unknown user name takes as long as a wrong password, because this hash is checked instead. No password has it.
DUMMY_HASH = f"{HASH_METHOD}${'0' * 16}${'0' * 128}"


@cache
def _common_passwords():
    return frozenset(COMMON_PASSWORDS_FILE.read_text("utf-8").split())


def find_problem(password, *about):
    """Return an error message if the password is not allowed, else None. `about`: user name, unit etc."""
    password = password or ""
    if len(password) < MIN_LENGTH:
        return gettext("A password must have at least %(number)s characters.", number=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        return gettext("A password can have at most %(number)s characters.", number=MAX_LENGTH)
    if len(set(password)) < 5:
        return gettext("This password uses too few different characters. Choose another.")
    folded = password.casefold()
    if folded in _common_passwords() or _strip_digits_and_signs(folded) in _common_passwords():
        return gettext("This password is very common and easy to guess. Choose another.")
    for word in (*FORBIDDEN_WORDS, *(part.casefold() for part in about if part)):
        if len(word) > 2 and word in folded and len(folded.replace(word, "")) < MIN_OTHER_CHARACTERS:
            return gettext(
                "This password contains the user name, the unit or the name of the system. Choose another."
            )
    return None


def _strip_digits_and_signs(folded):
    """Return the text without digits and signs around it: «dragon» of «dragon2026!!»."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)


def check_complexity(password):
    """Raise FAB's error if the password is not allowed. FAB calls it without the user."""
    problem = find_problem(password)
    if problem:
        raise PasswordComplexityValidationError(problem)


def generate_password():
    """Return a one-time password that is easy to read aloud: 12 letters and digits in three groups."""
    return "-".join("".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(4)) for _ in range(3))


def find_problem_for_user(user, password):
    """Return the error message of `find_problem` for a password of this user."""
    return find_problem(password, user.username, user.unit_code, *user.username.split("."))


def set_password(user, password):
    """Set a checked password. If another user sets it, `revoke_on_change` makes the owner choose a new one."""
    user.password = generate_password_hash(password, HASH_METHOD)


def is_password_correct(user, password):
    """Return whether the password is right. It takes as long for an unknown user (None)."""
    is_match = check_password_hash(
        (user.password if user is not None else None) or DUMMY_HASH, password or ""
    )
    return is_match and user is not None and bool(password.strip("\0"))
