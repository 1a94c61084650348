"""Numbers as they are typed, and as they stand in the box and on the page afterwards."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.kernel.forms.inputs import DecimalBox, NumberBox, PositionBox
from app.kernel.schema.display import said


class Numbers(Form):
    whole = NumberBox()
    exact = DecimalBox(places=3)
    degree = PositionBox()


@pytest.fixture
def typed(app):
    """`typed(whole="5")`: the form after somebody typed that."""
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
def test_a_whole_number_is_read(typed, text, number):
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
def test_what_is_no_whole_number_is_told_in_our_words_and_kept(typed, text):
    box = typed(whole=text).whole
    assert box.data is None
    assert box.errors == ["Write a whole number of at most nine digits."]
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
def test_a_comma_is_the_decimal_mark_and_full_stops_group_thousands(typed, text, number):
    form = typed(exact=text)
    assert (form.exact.data, list(form.exact.errors)) == (Decimal(number), [])


@pytest.mark.parametrize(
    "text", ["1,612.5", "1,2,3", "1.2.3", "--5", "²", "1e5", "NaN", "Infinity", ",5", "5,", ".", "9" * 400]
)
def test_what_is_no_number_is_refused_and_never_guessed(typed, text):
    box = typed(exact=text).exact
    assert box.data is None and box.errors == ["Write a number."]


def test_more_decimals_than_are_kept_and_more_digits_are_refused(typed):
    assert typed(exact="0,1234").exact.errors == ["Write at most 3 decimals."]
    assert typed(exact="100000000000").exact.errors == ["This number is too large."]


@pytest.mark.parametrize("number", ["1.612", "1612", "0.5", "1612.25", "-3", "0", "100", "10000000000"])
def test_what_a_box_shows_is_read_again_as_the_same_number(typed, number):
    shown = typed().exact.say(Decimal(number))
    assert typed(exact=shown).exact.data == Decimal(number)


@pytest.mark.parametrize("text", ["11.562", "11,562", "១១.៥៦២"])
def test_a_position_is_never_grouped(typed, text):
    assert typed(degree=text).degree.data == 11.562


@pytest.mark.parametrize("text", ["11.562.1", "181", "x", "1e2", "nan"])
def test_what_is_no_position_is_refused(typed, text):
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
def test_an_exact_number_is_said_as_the_reader_writes_it(app, number, khmer, english):
    for language, words in (("km", khmer), ("en", english)):
        with app.test_request_context(f"/?_l_={language}"):
            assert said(Decimal(number)) == words
