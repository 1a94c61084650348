"""Parsing and formatting of dates, times, numbers and durations."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.kernel.text import dates
from app.kernel.text.dates import InvalidDate, format_iso, parse_date, parse_datetime

DAY = date(2026, 3, 5)
MOMENT = datetime(2026, 3, 5, 14, 30)
usable_days = some.dates(date(1900, 1, 1), date(2100, 12, 31))


def refused_date(parse, text: str) -> InvalidDate:
    with pytest.raises(InvalidDate) as error:
        parse(text)
    return error.value


def test_now_is_cambodian_time_without_zone():
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
def test_parse_date_accepts_usual_forms(text):
    assert parse_date(text) == DAY
    assert parse_datetime(text) == (datetime(2026, 3, 5), False)


@pytest.mark.parametrize(
    "day", ["05-03-2026", "5/3/2026", "05.03.2026", "05 03 2026", "2026-03-05", "០៥/០៣/២០២៦"]
)
@pytest.mark.parametrize(
    "time",
    [" 14:30", " 1430", " 14.30", "T14:30", " ១៤:៣០", " ម៉ោង ១៤:៣០", " ម៉ោង១៤:៣០", ", 14:30", " 14:30:00"],
)
def test_parse_datetime_accepts_time_after_any_date(day, time):
    assert parse_datetime(day + time) == (MOMENT, True)


def test_parse_datetime_midnight_differs_from_no_time():
    assert parse_datetime("05-03-2026 00:00") == (datetime(2026, 3, 5), True)
    assert parse_datetime("05-03-2026 0000") == (datetime(2026, 3, 5), True)
    assert parse_datetime("05-03-2026 7:05") == (datetime(2026, 3, 5, 7, 5), True)


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
def test_parse_date_other_text_is_rejected(text):
    assert refused_date(parse_date, text).code == "form"
    assert refused_date(parse_datetime, text).code == "form"


@pytest.mark.parametrize(
    "text",
    [
        "05-03-2026 14",
        "05-03-2026 930",
        "05-03-2026 14:3",
        "05-03-202614:30",
        "14:30",
        "2026-03-05T14:30+7",
        "14:30Z",
    ],
)
def test_parse_datetime_other_time_is_rejected(text):
    assert refused_date(parse_datetime, text).code == "form"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05T14:30:00+07:00", datetime(2026, 3, 5, 14, 30)),
        ("2026-03-05T14:30Z", datetime(2026, 3, 5, 21, 30)),
        ("2026-03-05T20:00:00-04:00", datetime(2026, 3, 6, 7)),
        ("2026-03-05T14:30:00.250+07:00", datetime(2026, 3, 5, 14, 30)),
        ("1940-03-05T14:30:00+07:00", datetime(1940, 3, 5, 14, 30)),
    ],
)
def test_time_with_a_zone_becomes_the_time_of_cambodia(text, expected):
    assert parse_datetime(text) == (expected, True)
    assert parse_datetime(format_iso(expected)) == (expected, True)


def test_time_that_a_zone_moves_out_of_range_is_rejected():
    assert refused_date(parse_datetime, "1900-01-01T00:00+14:00").code == "year"


def test_parse_date_with_time_is_rejected():
    assert refused_date(parse_date, "05-03-2026 14:30").code == "form"


@pytest.mark.parametrize(
    "text, year",
    [("05/03/26", 26), ("26-03-05", 5), ("05.03.0026", 26), ("05-03-1899", 1899), ("05-03-2101", 2101)],
)
def test_parse_date_short_or_distant_year_is_rejected(text, year):
    for parse in (parse_date, parse_datetime):
        refused = refused_date(parse, text)
        assert (refused.code, refused.values["year"]) == ("year", year)


def test_parse_date_buddhist_year_is_rejected():
    assert refused_date(parse_date, "០៥/០៣/២៥៦៩").values["year"] == 2569


@pytest.mark.parametrize("text, month", [("05-13-2026", 13), ("05/00/2026", 0), ("2026-25-01", 25)])
def test_parse_date_invalid_month_is_named(text, month):
    refused = refused_date(parse_date, text)
    assert (refused.code, refused.values["month"]) == ("month", month)


@pytest.mark.parametrize(
    "text, day, month",
    [("31-02-2026", 31, 2), ("29/02/2026", 29, 2), ("៣១.០៤.២០២៦", 31, 4), ("0/3/2026", 0, 3)],
)
def test_parse_date_invalid_day_is_named(text, day, month):
    refused = refused_date(parse_date, text)
    assert refused.code == "day"
    assert refused.values == {"day": day, "month": month, "year": 2026}


@pytest.mark.parametrize(
    "text, hour, minute", [("24:00", 24, 0), ("12:60", 12, 60), ("9999", 99, 99), ("25.10", 25, 10)]
)
def test_parse_datetime_invalid_time_is_rejected(text, hour, minute):
    refused = refused_date(parse_datetime, "05-03-2026 " + text)
    assert refused.code == "time"
    assert refused.values == {"hour": hour, "minute": minute}


@settings(deadline=None)
@given(usable_days, some.sampled_from(["km", "en"]))
def test_formatted_date_is_parsed_to_same_date(day, language):
    assert parse_date(dates.format_date(day, language)) == day


@settings(deadline=None)
@given(some.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31)), some.sampled_from(["km", "en"]))
def test_formatted_datetime_is_parsed_to_same_minute(moment, language):
    assert parse_datetime(dates.format_datetime(moment, language)) == (
        moment.replace(second=0, microsecond=0),
        True,
    )


@settings(deadline=None)
@given(some.text(max_size=45))
def test_parse_any_text_returns_or_raises_invalid_date(text):
    for parse in (parse_date, parse_datetime):
        try:
            parse(text)
        except InvalidDate as error:
            assert error.code in {"form", "year", "month", "day", "time"}


def test_date_and_datetime_are_formatted_in_both_languages():
    assert dates.format_date(DAY, "km") == "០៥/០៣/២០២៦"
    assert dates.format_date(DAY, "en") == "05/03/2026"
    assert dates.format_date(MOMENT, "en") == "05/03/2026"
    assert dates.format_datetime(MOMENT, "km") == "០៥/០៣/២០២៦ ម៉ោង\u00a0១៤:៣០"
    assert dates.format_datetime(MOMENT, "en") == "05/03/2026 14:30"


def test_format_long_date_names_month_and_weekday():
    assert dates.format_long_date(DAY, "km") == "ថ្ងៃទី៥ ខែមីនា ឆ្នាំ២០២៦"
    assert dates.format_long_date(DAY, "km", weekday=True) == "ថ្ងៃព្រហស្បតិ៍ ទី៥ ខែមីនា ឆ្នាំ២០២៦"
    assert dates.format_long_date(DAY, "en") == "5 March 2026"
    assert dates.format_long_date(MOMENT, "en", weekday=True) == "Thursday 5 March 2026"


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
def test_format_number_uses_separators_of_language(number, khmer, english):
    assert dates.format_number(number, "km") == khmer
    assert dates.format_number(number, "en") == english


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
def test_format_duration_uses_days_above_two_days(minutes, khmer, english):
    assert dates.format_duration(minutes, "km") == khmer
    assert dates.format_duration(timedelta(minutes=minutes), "en") == english


def test_format_duration_cuts_off_seconds():
    assert dates.format_duration(timedelta(minutes=5, seconds=59), "en") == "5 minutes"
    assert dates.format_duration(timedelta(seconds=-59), "en") == "0 minutes"


@pytest.mark.parametrize(
    "format_",
    [
        dates.format_date,
        dates.format_datetime,
        dates.format_long_date,
        dates.format_number,
        dates.format_duration,
    ],
)
def test_format_of_none_is_empty(format_):
    assert format_(None, "km") == format_(None, "en") == ""
