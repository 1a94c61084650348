"""One number is one number, however it is written."""

import pytest

from app.kernel.text.phone_numbers import telephone_key


@pytest.mark.parametrize(
    "written",
    [
        "012345678",
        "012 345 678",
        "012-345-678",
        "០១២ ៣៤៥ ៦៧៨",
        "+855 12 345 678",
        "00855 12345678",
        "(012) 345.678",
    ],
)
def test_a_number_has_one_key(written):
    assert telephone_key(written) == "012345678"


@pytest.mark.parametrize("nothing", ["", None, "គ្មាន"])
def test_what_has_no_digit_has_no_key(nothing):
    assert telephone_key(nothing) == ""


def test_a_short_number_that_begins_like_the_country_keeps_its_digits():
    assert telephone_key("855 123") == "855123"
