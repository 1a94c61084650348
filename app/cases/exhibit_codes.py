"""Codes on labels: twelve digits, which a scanner types. Two for the year, nine for the key, and a check digit (Luhn).

A shelf has 00 instead of a year.
"""

import re

from app.kernel.text import khmer

SHELF = 0
_CODE = re.compile(r"(?<!\d)\d{12}(?!\d)")


def compute_check_digit(digits):
    """Return the Luhn check digit of a text of digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def build_code(year, key):
    """Return the code of the exhibit with this key, registered in this year; of a shelf with the year `SHELF`."""
    digits = f"{year % 100:02d}{key:09d}"
    return digits + compute_check_digit(digits)


def parse_code(typed):
    """Return (two digits of the year, key) of a typed or scanned code, or None if it is none.

    The text may have spaces, Khmer digits, or the address of a QR code before the digits.
    """
    text = khmer.to_latin_digits(typed or "").strip()
    found = _CODE.findall(text) or _CODE.findall(re.sub(r"[\s-]", "", text))
    if not found or compute_check_digit(found[-1][:-1]) != found[-1][-1]:
        return None
    return int(found[-1][:2]), int(found[-1][2:11])
