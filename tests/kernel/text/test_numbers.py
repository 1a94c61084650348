"""Input of numbers in form fields, and their display in the field and on the page."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.kernel.forms.inputs import CoordinateField, DecimalField, IntegerField
from app.kernel.schema.display import format_value


class Numbers(Form):
    whole = IntegerField()
    exact = DecimalField(places=3)
    degree = CoordinateField()


@pytest.fixture
def typed(app):
    """Return a function that submits values: `typed(whole="5")` returns the validated form."""
    with app.test_request_context("/?_l_=en"):

        def fill(**boxes):
            form = Numbers(MultiDict(boxes))
            form.validate()
            return form

        yield fill


@pytest.mark.parametrize(
    "text, number",
    [("5", 5), ("-5", -5), ("០", 0), ("១៧២", 172), ("1.612", 1612), ("១.៦១២", 1612), ("1 612", 1612)]
    + [("1.234.567", 1234567), ("007", 7), (" 12 ", 12), ("999999999", 999999999)],
)
def test_integer_is_parsed(typed, text, number):
    form = typed(whole=text)
    assert (form.whole.data, list(form.whole.errors)) == (number, [])


WRONG = (
    "--5",
    "²",
    "1.5",
    "1,612",
    "1.61",
    "12.34.567",
    "1e3",
    "0x1",
    "5-",
    "x",
    "1234567890",
    "٣",
    "½",
    "9" * 5000,
)


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:12])
def test_invalid_integer_is_reported_and_kept(typed, text):
    box = typed(whole=text).whole
    assert box.data is None
    assert box.errors == ["Enter a whole number with at most nine digits."]
    assert box._value() == text


@pytest.mark.parametrize(
    "text, number",
    [
        ("1,612", "1.612"),
        ("1.612", "1612"),
        ("១.៦១២", "1612"),
        ("១.៦១២,៥", "1612.5"),
        ("72,4", "72.4"),
        ("72.4", "72.4"),
    ]
    + [("0.500", "0.5"), ("0,5", "0.5"), ("1612.250", "1612.25"), ("1 612,5", "1612.5"), ("-1.5", "-1.5")]
    + [("1.234.567", "1234567"), ("80", "80"), ("12.5000", "12.5")],
)
def test_decimal_comma_and_grouping_full_stop_are_parsed(typed, text, number):
    form = typed(exact=text)
    assert (form.exact.data, list(form.exact.errors)) == (Decimal(number), [])


@pytest.mark.parametrize(
    "text", ["1,612.5", "1,2,3", "1.2.3", "--5", "²", "1e5", "NaN", "Infinity", ",5", "5,", ".", "9" * 400]
)
def test_invalid_number_is_rejected(typed, text):
    box = typed(exact=text).exact
    assert box.data is None and box.errors == ["Enter a number."]


def test_number_with_too_many_digits_is_rejected(typed):
    assert typed(exact="0,1234").exact.errors == ["Enter at most 3 decimals."]
    assert typed(exact="100000000000").exact.errors == ["This number is too large."]


@pytest.mark.parametrize("number", ["1.612", "1612", "0.5", "1612.25", "-3", "0", "100", "10000000000"])
def test_formatted_number_is_parsed_to_same_number(typed, number):
    shown = typed().exact.format(Decimal(number))
    assert typed(exact=shown).exact.data == Decimal(number)


@pytest.mark.parametrize("text", ["11.562", "11,562", "១១.៥៦២"])
def test_position_has_no_grouping(typed, text):
    assert typed(degree=text).degree.data == 11.562


@pytest.mark.parametrize("text", ["11.562.1", "181", "x", "1e2", "nan"])
def test_invalid_position_is_rejected(typed, text):
    box = typed(degree=text).degree
    assert box.data is None and len(box.errors) == 1


@pytest.mark.parametrize(
    "number, khmer, english",
    [
        ("1612.500", "១.៦១២,៥", "1,612.5"),
        ("80.000", "៨០", "80"),
        ("1000", "១.០០០", "1,000"),
        ("0.050", "០,០៥", "0.05"),
    ],
)
def test_decimal_is_formatted_for_the_language(app, number, khmer, english):
    for language, words in (("km", khmer), ("en", english)):
        with app.test_request_context(f"/?_l_={language}"):
            assert format_value(Decimal(number)) == words
