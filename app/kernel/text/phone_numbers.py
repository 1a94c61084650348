"""A telephone number as it is compared: written with blanks, points or the country's code, it is the same number."""

import re

from app.kernel.text.khmer import latin_digits

_NO_DIGIT = re.compile(r"\D")
_COUNTRY = re.compile(r"^(?:00)?855(?=\d{8})")


def telephone_key(text):
    """The digits of a number as it is dialled in Cambodia: "+855 12 345 678" and "០១២ ៣៤៥ ៦៧៨" are 012345678."""
    if not text:
        return ""  # as of most exhibits
    return _COUNTRY.sub("0", _NO_DIGIT.sub("", latin_digits(text)))
