"""Input fields keep the typed text, parse Khmer and Latin digits, and show their errors."""

from datetime import date, datetime

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.kernel.forms.choices import CodeField, LookupField
from app.kernel.forms.inputs import (
    CheckboxField,
    DateField,
    DateTimeField,
    IntegerField,
    MultilineField,
    TextField,
)


class SampleForm(Form):
    text = TextField()
    lines = MultilineField()
    day = DateField()
    moment = DateTimeField()
    number = IntegerField()
    tick = CheckboxField()
    place = LookupField(lookup="place")
    sex = CodeField(codes_name="sex")
    country = CodeField(codes_name="nationality")


@pytest.fixture
def typed(app):
    with app.test_request_context():
        yield lambda **values: SampleForm(MultiDict(values))


@pytest.mark.parametrize("text", ["5-3-2026", "05/03/2026", "០៥/០៣/២០២៦", "2026-03-05", " 05.03.2026 "])
def test_day_in_common_formats_is_parsed(typed, text):
    form = typed(day=text)
    assert form.validate() and form.day.data == date(2026, 3, 5)


@pytest.mark.parametrize(
    "text", ["05/03/26", "31/02/2026", "2026", "soon", "00/01/2026", "5/13/2026", "0" * 300]
)
def test_day_invalid_is_rejected_and_shown_again(typed, text):
    form = typed(day=text)
    assert not form.validate() and form.day.data is None
    assert form.day.errors[0] and text.strip() in str(form.day())


def test_datetime_without_time_is_midnight(typed):
    assert typed(moment="05/03/2026 14:30").moment.data == datetime(2026, 3, 5, 14, 30)
    assert typed(moment="05/03/2026").moment.data == datetime(2026, 3, 5)


@pytest.mark.parametrize("text", ["1.612", "១ ៦១២", "1612"])
def test_number_with_grouped_thousands_is_parsed(typed, text):
    assert typed(number=text).number.data == 1612


@pytest.mark.parametrize("text", ["1e400", "12a", "9" * 10, "1,5", "--1", "0x10", "１２"])
def test_number_invalid_is_rejected(typed, text):
    assert typed(number=text).number.errors or not typed(number=text).validate()


def test_text_newlines_are_kept_only_in_multiline_field(typed):
    form = typed(text="ក\nខ", lines="ក\r\nខ\n\n\n\nគ")
    assert (form.text.data, form.lines.data) == ("ក ខ", "ក\nខ\n\nគ")


@pytest.mark.parametrize("text", ["a\x00b", "\u202eab", "a\x1bb"])
def test_text_with_control_characters_is_rejected(typed, text):
    assert not typed(text=text).validate()


def test_field_html_is_escaped(typed):
    form = typed(text='"><script>', place__text='"><script>', day='"><script>')
    assert all("<script>" not in str(field()) for field in (form.text, form.place, form.day))


def test_place_is_found_by_key_or_unique_name(typed):
    assert typed(place="020310").place.data.name_en == "Svay Por"
    assert typed(place="", place__text="ព្រែកមហាទេព").place.data.code == "02031001"


@pytest.mark.parametrize(
    "values", [{"place": "999999"}, {"place": "", "place__text": "svay"}, {"place": "\x00"}]
)
def test_place_unknown_or_ambiguous_is_rejected(typed, values):
    form = typed(**values)
    assert not form.validate() and form.place.data is None


def test_code_field_is_select_or_lookup_by_list_length(typed):
    form = typed()
    assert str(form.sex()).startswith("<select")
    assert 'role="combobox"' in str(form.country())


@pytest.mark.parametrize("values", [{"sex": "X"}, {"country": "ZZ"}, {"country": "kh "}])
def test_code_not_in_list_is_rejected(typed, values):
    assert not typed(**values).validate()


def test_checkbox_has_hidden_marker(typed):
    assert 'name="tick__shown"' in str(typed().tick())
    assert typed(tick="y").tick.data is True
