"""What the rules of courses accept."""

import pytest

from app.training.models import Course
from app.training.rules import numbers_of_the_course_are_possible


@pytest.mark.parametrize("percent", [None, 50, 80, 100])
def test_percent_of_a_course_is_from_50_to_100(percent):
    course = Course(hours=12, validity_months=24, attendance_percent=percent, good_percent=percent)
    assert list(numbers_of_the_course_are_possible(course, None)) == []
