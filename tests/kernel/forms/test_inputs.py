"""Boxes keep what was typed, read it in either script, and say beside it what is wrong."""

from datetime import date, datetime

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.kernel.forms.choices import CodeBox, LookupBox
from app.kernel.forms.inputs import DateBox, FlagBox, MomentBox, NumberBox, TextArea, TextBox


class Boxes(Form):
    text = TextBox()
    lines = TextArea()
    day = DateBox()
    moment = MomentBox()
    number = NumberBox()
    tick = FlagBox()
    place = LookupBox(lookup="place")
    sex = CodeBox(codes_name="sex")
    country = CodeBox(codes_name="nationality")


@pytest.fixture
def typed(app):
    with app.test_request_context():
        yield lambda **values: Boxes(MultiDict(values))


@pytest.mark.parametrize("text", ["5-3-2026", "05/03/2026", "០៥/០៣/២០២៦", "2026-03-05", " 05.03.2026 "])
def test_a_day_is_read_as_people_write_it(typed, text):
    form = typed(day=text)
    assert form.validate() and form.day.data == date(2026, 3, 5)


@pytest.mark.parametrize(
    "text", ["05/03/26", "31/02/2026", "2026", "soon", "00/01/2026", "5/13/2026", "0" * 300]
)
def test_a_day_that_is_none_is_told_and_stays_in_its_box(typed, text):
    form = typed(day=text)
    assert not form.validate() and form.day.data is None
    assert form.day.errors[0] and text.strip() in str(form.day())


def test_a_moment_without_a_time_is_midnight(typed):
    assert typed(moment="05/03/2026 14:30").moment.data == datetime(2026, 3, 5, 14, 30)
    assert typed(moment="05/03/2026").moment.data == datetime(2026, 3, 5)


@pytest.mark.parametrize("text", ["1.612", "១ ៦១២", "1612"])
def test_thousands_may_be_grouped(typed, text):
    assert typed(number=text).number.data == 1612


@pytest.mark.parametrize("text", ["1e400", "12a", "9" * 10, "1,5", "--1", "0x10", "１２"])
def test_a_number_that_is_none_is_told(typed, text):
    assert typed(number=text).number.errors or not typed(number=text).validate()


def test_a_line_is_one_line_and_a_text_keeps_its_lines(typed):
    form = typed(text="ក\nខ", lines="ក\r\nខ\n\n\n\nគ")
    assert (form.text.data, form.lines.data) == ("ក ខ", "ក\nខ\n\nគ")


@pytest.mark.parametrize("text", ["a\x00b", "\u202eab", "a\x1bb"])
def test_text_that_cannot_be_kept_is_told(typed, text):
    assert not typed(text=text).validate()


def test_what_is_shown_is_escaped(typed):
    form = typed(text='"><script>', place__text='"><script>', day='"><script>')
    assert all("<script>" not in str(box()) for box in (form.text, form.place, form.day))


def test_a_place_is_chosen_by_its_key_or_by_its_only_name(typed):
    assert typed(place="020310").place.data.name_en == "Svay Por"
    assert typed(place="", place__text="ព្រែកមហាទេព").place.data.code == "02031001"


@pytest.mark.parametrize(
    "values", [{"place": "999999"}, {"place": "", "place__text": "svay"}, {"place": "\x00"}]
)
def test_a_place_that_is_none_or_not_chosen_is_told(typed, values):
    form = typed(**values)
    assert not form.validate() and form.place.data is None


def test_a_short_list_is_a_select_and_a_long_one_is_looked_up(typed):
    form = typed()
    assert str(form.sex()).startswith("<select")
    assert 'role="combobox"' in str(form.country())


@pytest.mark.parametrize("values", [{"sex": "X"}, {"country": "ZZ"}, {"country": "kh "}])
def test_a_code_that_its_list_does_not_know_is_told(typed, values):
    assert not typed(**values).validate()


def test_a_tick_tells_that_it_was_shown(typed):
    assert 'name="tick__shown"' in str(typed().tick())
    assert typed(tick="y").tick.data is True
