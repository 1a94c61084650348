"""Rules of courses, their sessions and questions."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem
from app.training import choices

MOST_HOURS, MOST_DAYS, MOST_MONTHS = 400, 40, 60
LEAST_PERCENT = 50  # of attendance and of right answers: less proves nothing
MOST_CHOICES, LONGEST_CHOICE = 8, 300
ONE = "one"


def numbers_of_the_course_are_possible(course, facts):
    for name, most in (("hours", MOST_HOURS), ("validity_months", MOST_MONTHS)):
        value = getattr(course, name)
        if value is not None and not 1 <= value <= most:
            yield Problem(name, _("Enter a number from 1 to %(most)s.", most=most))
    for name in ("attendance_percent", "good_percent", "average_percent"):
        value = getattr(course, name)
        if value is not None and not LEAST_PERCENT <= value <= 100:
            yield Problem(
                name, _("Enter a number from %(least)s to %(most)s.", least=LEAST_PERCENT, most=100)
            )


def good_is_above_average(course, facts):
    good, average = course.good_percent, course.average_percent
    if good is not None and average is not None and good <= average:
        yield Problem("good_percent", _("«Good» begins above «average»."))


def days_of_the_session_are_possible(session, facts):
    if session.days is not None and not 1 <= session.days <= MOST_DAYS:
        yield Problem("days", _("Enter a number from 1 to %(most)s.", most=MOST_DAYS))


def trainers_differ(session, facts):
    if len({id(one) for one in session.trainers}) < len(session.trainers):
        yield Problem("second_trainer", _("Name each trainer once."))


def question_has_choices(question, facts):
    """A question without a right choice cannot be answered."""
    found = choices.parse_choices(question.choices_km)
    right = sum(one.is_right for one in found)
    if not found:
        return
    if not 2 <= len(found) <= MOST_CHOICES:
        yield Problem("choices_km", _("Enter at least two choices and at most %(most)s.", most=MOST_CHOICES))
    elif any(not one.text or len(one.text) > LONGEST_CHOICE for one in found):
        yield Problem(
            "choices_km", _("A choice is empty or longer than %(most)s characters.", most=LONGEST_CHOICE)
        )
    elif len({one.text for one in found}) < len(found):
        yield Problem("choices_km", _("Two choices are the same."))
    elif right == 0:
        yield Problem("choices_km", _("Mark the right choice with a star *."))
    elif question.kind == ONE and right > 1:
        yield Problem(
            "choices_km", _("This kind of question has one right choice. Mark only one with a star *.")
        )


def english_choices_match(question, facts):
    english, khmer = choices.parse_choices(question.choices_en), choices.parse_choices(question.choices_km)
    if english and len(english) != len(khmer):
        yield Problem("choices_en", _("Enter as many choices in English as in Khmer."))
    elif any(one.is_right for one in english):
        yield Problem("choices_en", _("Only the choices in Khmer have stars."))
    elif bool(english) != bool(question.text_en):
        yield Problem("text_en", _("Enter question and choices in English, or neither."))


COURSE = (numbers_of_the_course_are_possible, good_is_above_average)
SESSION = (days_of_the_session_are_possible, trainers_differ)
QUESTION = (question_has_choices, english_choices_match)
