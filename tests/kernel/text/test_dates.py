"""Dates and times as they are typed and as they are said."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.kernel.text import dates
from app.kernel.text.dates import Unreadable, read_date, read_moment

DAY = date(2026, 3, 5)
MOMENT = datetime(2026, 3, 5, 14, 30)
usable_days = some.dates(date(1900, 1, 1), date(2100, 12, 31))


def refusal(read, text: str) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read(text)
    return refused.value


def test_now_is_the_clock_of_cambodia_without_a_zone():
    assert dates.now().tzinfo is None
    assert datetime.now(dates.CAMBODIA).utcoffset() == timedelta(hours=7)


@pytest.mark.parametrize(
    "text",
    [
        "05-03-2026",
        "5-3-2026",
        "05/03/2026",
        "5/3/2026",
        "05.03.2026",
        "05 03 2026",
        "05 / 03 / 2026",
        "2026-03-05",
    ]
    + [
        "០៥/០៣/២០២៦",
        "៥-៣-២០២៦",
        "២០២៦-០៣-០៥",
        "០5/03/២០26",
        "  05-03-2026\n",
        "05\u00a003\u00a02026",
        "\u200b05/03/2026",
    ],
)
def test_a_date_is_read_in_every_usual_form(text):
    assert read_date(text) == DAY
    assert read_moment(text) == (datetime(2026, 3, 5), False)


@pytest.mark.parametrize(
    "day", ["05-03-2026", "5/3/2026", "05.03.2026", "05 03 2026", "2026-03-05", "០៥/០៣/២០២៦"]
)
@pytest.mark.parametrize(
    "time",
    [" 14:30", " 1430", " 14.30", "T14:30", " ១៤:៣០", " ម៉ោង ១៤:៣០", " ម៉ោង១៤:៣០", ", 14:30", " 14:30:00"],
)
def test_a_time_is_read_behind_any_date(day, time):
    assert read_moment(day + time) == (MOMENT, True)


def test_midnight_that_was_given_differs_from_no_time():
    assert read_moment("05-03-2026 00:00") == (datetime(2026, 3, 5), True)
    assert read_moment("05-03-2026 0000") == (datetime(2026, 3, 5), True)
    assert read_moment("05-03-2026 7:05") == (datetime(2026, 3, 5, 7, 5), True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "today",
        "05-03",
        "03-2026",
        "05032026",
        "20260305",
        "05/03-2026",
        "05-03-20261",
        "5-3-2026-1",
        "2026/03/05",
    ]
    + [
        "005-03-2026",
        "-5-03-2026",
        "05--03-2026",
        "٠٥-٠٣-٢٠٢٦",
        "05-03-2026\0",
        "05-03-2026\u202e",
        "0" * 41,
        " " * 41,
    ],
)
def test_what_is_not_written_like_a_date_is_refused(text):
    assert refusal(read_date, text).code == "form"
    assert refusal(read_moment, text).code == "form"


@pytest.mark.parametrize(
    "text",
    ["05-03-2026 14", "05-03-2026 930", "05-03-2026 14:3", "05-03-202614:30", "14:30", "2026-03-05T14:30Z"],
)
def test_what_is_not_written_like_a_time_is_refused(text):
    assert refusal(read_moment, text).code == "form"


def test_a_date_with_a_time_is_no_date():
    assert refusal(read_date, "05-03-2026 14:30").code == "form"


@pytest.mark.parametrize(
    "text, year",
    [("05/03/26", 26), ("26-03-05", 5), ("05.03.0026", 26), ("05-03-1899", 1899), ("05-03-2101", 2101)],
)
def test_two_digits_and_far_years_are_refused_as_years(text, year):
    for read in (read_date, read_moment):
        refused = refusal(read, text)
        assert (refused.code, refused.values["year"]) == ("year", year)


def test_a_buddhist_year_is_refused_and_not_guessed():
    assert refusal(read_date, "០៥/០៣/២៥៦៩").values["year"] == 2569


@pytest.mark.parametrize("text, month", [("05-13-2026", 13), ("05/00/2026", 0), ("2026-25-01", 25)])
def test_a_month_that_does_not_exist_is_named(text, month):
    refused = refusal(read_date, text)
    assert (refused.code, refused.values["month"]) == ("month", month)


@pytest.mark.parametrize(
    "text, day, month",
    [("31-02-2026", 31, 2), ("29/02/2026", 29, 2), ("៣១.០៤.២០២៦", 31, 4), ("0/3/2026", 0, 3)],
)
def test_a_day_that_its_month_does_not_have_is_named(text, day, month):
    refused = refusal(read_date, text)
    assert refused.code == "day"
    assert refused.values == {"day": day, "month": month, "year": 2026}


@pytest.mark.parametrize(
    "text, hour, minute", [("24:00", 24, 0), ("12:60", 12, 60), ("9999", 99, 99), ("25.10", 25, 10)]
)
def test_a_time_that_no_clock_shows_is_refused(text, hour, minute):
    refused = refusal(read_moment, "05-03-2026 " + text)
    assert refused.code == "time"
    assert refused.values == {"hour": hour, "minute": minute}


@settings(deadline=None)
@given(usable_days, some.sampled_from(["km", "en"]))
def test_a_date_that_was_said_can_be_read_again(day, language):
    assert read_date(dates.say_date(day, language)) == day


@settings(deadline=None)
@given(some.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31)), some.sampled_from(["km", "en"]))
def test_a_moment_that_was_said_can_be_read_again_to_the_minute(moment, language):
    assert read_moment(dates.say_moment(moment, language)) == (moment.replace(second=0, microsecond=0), True)


@settings(deadline=None)
@given(some.text(max_size=45))
def test_any_text_is_read_or_refused(text):
    for read in (read_date, read_moment):
        try:
            read(text)
        except Unreadable as refused:
            assert refused.code in {"form", "year", "month", "day", "time"}


def test_dates_and_moments_are_said_in_both_languages():
    assert dates.say_date(DAY, "km") == "០៥/០៣/២០២៦"
    assert dates.say_date(DAY, "en") == "05/03/2026"
    assert dates.say_date(MOMENT, "en") == "05/03/2026"
    assert dates.say_moment(MOMENT, "km") == "០៥/០៣/២០២៦ ម៉ោង\u00a0១៤:៣០"
    assert dates.say_moment(MOMENT, "en") == "05/03/2026 14:30"


def test_a_long_date_names_its_month_and_if_asked_its_weekday():
    assert dates.long_date(DAY, "km") == "ថ្ងៃទី៥ ខែមីនា ឆ្នាំ២០២៦"
    assert dates.long_date(DAY, "km", weekday=True) == "ថ្ងៃព្រហស្បតិ៍ ទី៥ ខែមីនា ឆ្នាំ២០២៦"
    assert dates.long_date(DAY, "en") == "5 March 2026"
    assert dates.long_date(MOMENT, "en", weekday=True) == "Thursday 5 March 2026"


def test_every_month_and_weekday_has_a_name():
    assert {len(dates._MONTHS[language]) for language in ("km", "en")} == {12}
    assert {len(dates._WEEKDAYS[language]) for language in ("km", "en")} == {7}


@pytest.mark.parametrize(
    "number, khmer, english",
    [
        (0, "០", "0"),
        (1612, "១.៦១២", "1,612"),
        (4000000, "៤.០០០.០០០", "4,000,000"),
        (72.4, "៧២,៤", "72.4"),
        (Decimal("1612.50"), "១.៦១២,៥០", "1,612.50"),
        (-1612, "-១.៦១២", "-1,612"),
    ],
)
def test_numbers_are_said_with_the_separators_of_the_language(number, khmer, english):
    assert dates.say_number(number, "km") == khmer
    assert dates.say_number(number, "en") == english


@pytest.mark.parametrize(
    "minutes, khmer, english",
    [
        (0, "០ នាទី", "0 minutes"),
        (1, "១ នាទី", "1 minute"),
        (60, "១ ម៉ោង", "1 hour"),
        (17 * 60 + 38, "១៧ ម៉ោង ៣៨ នាទី", "17 hours 38 minutes"),
        (48 * 60, "៤៨ ម៉ោង", "48 hours"),
        (48 * 60 + 1, "២ ថ្ងៃ", "2 days"),
        (51 * 60 + 59, "២ ថ្ងៃ ៣ ម៉ោង", "2 days 3 hours"),
        (-61, "-១ ម៉ោង ១ នាទី", "-1 hour 1 minute"),
    ],
)
def test_a_span_is_said_in_hours_and_minutes_and_above_two_days_in_days(minutes, khmer, english):
    assert dates.say_span(minutes, "km") == khmer
    assert dates.say_span(timedelta(minutes=minutes), "en") == english


def test_seconds_of_a_span_are_cut_off():
    assert dates.say_span(timedelta(minutes=5, seconds=59), "en") == "5 minutes"
    assert dates.say_span(timedelta(seconds=-59), "en") == "0 minutes"


@pytest.mark.parametrize(
    "say", [dates.say_date, dates.say_moment, dates.long_date, dates.say_number, dates.say_span]
)
def test_nothing_is_said_of_nothing(say):
    assert say(None, "km") == say(None, "en") == ""
