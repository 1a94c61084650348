"""Different spellings of one phone number compare as equal."""

import pytest

from app.kernel.text.phone_numbers import normalize_phone


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
def test_normalize_phone_spellings_give_one_number(written):
    assert normalize_phone(written) == "012345678"


@pytest.mark.parametrize("nothing", ["", None, "គ្មាន"])
def test_normalize_phone_without_digits_is_empty(nothing):
    assert normalize_phone(nothing) == ""


def test_normalize_phone_short_number_keeps_its_digits():
    assert normalize_phone("855 123") == "855123"
