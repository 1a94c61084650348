"""Functions of an account: tasks of an officer beside the roles, such as juvenile officer.

The codes are those of the list `account_function`. The chief of the unit confirms a function (`staff_requests`). It ends
with the roles and with a move to another unit.
"""

CODES = "account_function"
JUVENILE_OFFICER = "juvenile_officer"  # sees the names of suspects below 18 in the cases of the unit


def get_functions(user):
    """Return the codes of the functions of a user."""
    return parse_functions(user.functions)


def parse_functions(text):
    """Return the codes in the stored text."""
    return frozenset((text or "").split(",")) - {""}


def format_functions(codes):
    """Return the codes as text to store, or None."""
    return ",".join(sorted(codes)) or None
