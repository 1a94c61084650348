"""The value of one cell: what a sheet program stores as a number is told as text, or as the date that it means."""

from datetime import date, datetime, timedelta

from app.imports.readers.limits import Bad
from app.kernel.i18n.lazy_message import _

NO_RESULT = _(
    "This is a formula without its result. Open the file in the sheet program, save it, and send it again."
)
FAULT = _("The sheet program shows a fault here.")
SURE_DIGITS = 15  # of a number in a sheet; those behind are lost
LAST_DAY = 2_958_465  # 31 December 9999
LEAP_DAY = 60  # the 29 February 1900 of sheet programs, which never was


def shared(texts, number):
    """The shared text of that number."""
    text = texts.text(int(number)) if number.isdecimal() and len(number) < 10 else None
    return Bad(FAULT) if text is None else text or None


def value(kind, text, is_date, since_1904):
    """The value of a cell of that kind (the `t` of a cell)."""
    if kind == "e":
        return Bad(FAULT)
    if kind == "b":
        return "1" if text == "1" else "0"
    if kind != "n":
        return text
    try:
        number = float(text)
    except ValueError:
        return Bad(FAULT)
    if number != number or number in (float("inf"), float("-inf")):
        return Bad(FAULT)
    return day_of(number, since_1904) if is_date else said(number)


def said(number):
    """A number as it is written; of one with more digits than a sheet keeps nobody knows the last ones."""
    if abs(number) >= 10**SURE_DIGITS:
        return Bad(
            _(
                "A number of more than %(most)s digits: the sheet has lost the last. Write it as text.",
                most=SURE_DIGITS,
            )
        )
    return str(int(number)) if number == int(number) else repr(number)


def day_of(number, since_1904=False):
    """The date, or the moment, that a serial number of a sheet means."""
    day = int(number)
    if not 0 < day <= LAST_DAY or (day == LEAP_DAY and not since_1904):
        return Bad(
            _("The number %(number)s is no day. Write the date as day, month and year.", number=said(number))
        )
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30 if day > LEAP_DAY else 31)
    try:
        found = first + timedelta(days=day)
    except OverflowError:
        return Bad(
            _("The number %(number)s is no day. Write the date as day, month and year.", number=said(number))
        )
    seconds = round((number - day) * 86400)
    if not seconds:
        return found
    return datetime(found.year, found.month, found.day) + timedelta(seconds=min(seconds, 86399))
