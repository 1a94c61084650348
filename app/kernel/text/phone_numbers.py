"""Normalization of phone numbers, so that different spellings of one number compare as equal."""

import re

from app.kernel.text.khmer import to_latin_digits

_NON_DIGIT = re.compile(r"\D")
_COUNTRY_CODE = re.compile(r"^(?:00)?855(?=\d{8})")


def normalize_phone(text):
    """Return the digits as dialled in Cambodia: "+855 12 345 678" and "០១២ ៣៤៥ ៦៧៨" give 012345678."""
    if not text:
        return ""
    return _COUNTRY_CODE.sub("0", _NON_DIGIT.sub("", to_latin_digits(text)))
