"""The legal limit follows the age at the offence and the class."""

from datetime import datetime

import pytest

from app.custody.rules.time_limits import get_custody_limit, is_minor

DAY = datetime(2026, 3, 5)


@pytest.mark.parametrize(
    ("ages", "minor", "limit"),
    [
        ((15, 15), True, "custody_14_felony"),
        ((15, 16), True, "custody_14_felony"),
        ((16, 16), True, "custody_16_felony"),
        ((17, 17), True, "custody_16_felony"),
        ((17, 18), True, "custody_16_felony"),
        ((18, 18), False, "custody"),
        ((19, 19), False, "custody"),
        (None, False, "custody"),
    ],
)
def test_minor_has_the_limit_of_the_lowest_possible_age(ages, minor, limit):
    assert (is_minor(ages), get_custody_limit(ages, "felony", DAY)) == (minor, limit)
