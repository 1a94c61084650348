"""Converts cell values: a number becomes text, or the date that it represents."""

from datetime import date, datetime, timedelta

from app.imports.readers.limits import UnreadableCell
from app.kernel.i18n.lazy_message import _

NO_RESULT = _(
    "This formula has no result. Open the file in the spreadsheet program, save it and send it again."
)
CELL_ERROR = _("The spreadsheet program shows an error here.")
EXACT_DIGITS = 15  # digits of a number that spreadsheets keep exactly
MAX_DAY = 2_958_465  # 31 December 9999
LEAP_DAY = 60  # 29 February 1900, which spreadsheet programs count although it did not exist


def read_shared(shared_strings, number):
    """Return the shared text with that number."""
    text = shared_strings.text(int(number)) if number.isdecimal() and len(number) < 10 else None
    return UnreadableCell(CELL_ERROR) if text is None else text or None


def parse_value(kind, text, is_date, since_1904):
    """Return the value of a cell of that kind (attribute `t`)."""
    if kind == "e":
        return UnreadableCell(CELL_ERROR)
    if kind == "b":
        return "1" if text == "1" else "0"
    if kind != "n":
        return text
    try:
        number = float(text)
    except ValueError:
        return UnreadableCell(CELL_ERROR)
    if number != number or number in (float("inf"), float("-inf")):
        return UnreadableCell(CELL_ERROR)
    return parse_serial_date(number, since_1904) if is_date else format_number(number)


def format_number(number):
    """Return a number as text; more digits than a spreadsheet keeps make the cell unreadable."""
    if abs(number) >= 10**EXACT_DIGITS:
        return UnreadableCell(
            _(
                "The spreadsheet lost the last digits of this number, which has more than %(most)s digits. Enter it as text.",
                most=EXACT_DIGITS,
            )
        )
    return str(int(number)) if number == int(number) else repr(number)


def parse_serial_date(number, since_1904=False):
    """Return the date, or datetime, of an Excel serial number."""
    day = int(number)
    if not 0 < day <= MAX_DAY or (day == LEAP_DAY and not since_1904):
        return UnreadableCell(
            _(
                "The number %(number)s is not a date. Write the date as day, month and year.",
                number=format_number(number),
            )
        )
    epoch = date(1904, 1, 1) if since_1904 else date(1899, 12, 30 if day > LEAP_DAY else 31)
    try:
        moment = epoch + timedelta(days=day)
    except OverflowError:
        return UnreadableCell(
            _(
                "The number %(number)s is not a date. Write the date as day, month and year.",
                number=format_number(number),
            )
        )
    seconds = round((number - day) * 86400)
    if not seconds:
        return moment
    return datetime(moment.year, moment.month, moment.day) + timedelta(seconds=min(seconds, 86399))
