"""Courses, sessions and questions that break one rule each."""

from datetime import date

from app.accounts.models import User
from app.kernel.schema.rules import ERROR
from app.training.models import Course, CourseSession, Question
from tests.rule_examples import Example


def break_course(field, **over):
    given = {
        "title_km": "វគ្គ", "syllabus": "ច្បាប់", "hours": 12, "validity_months": 24, "attendance_percent": 80,
        "good_percent": 80, "average_percent": 50,
    }  # fmt: skip
    return Example("", field, ERROR, Course(**given | over), None)


def break_session(field, **over):
    given = {
        "name": "ទី១",
        "place": "ភ្នំពេញ",
        "starts_on": date(2026, 1, 5),
        "days": 2,
        "trainer": User(username="a"),
    }
    return Example("", field, ERROR, CourseSession(**given | over), None)


def break_question(field, **over):
    given = {"topic": "law", "kind": "one", "text_km": "សំណួរ", "choices_km": "* ត្រូវ\nខុស"}
    return Example("", field, ERROR, Question(**given | over), None)


SAME = User(username="b")
EXAMPLES = [
    break_course("hours", hours=0),
    break_course("attendance_percent", attendance_percent=101),
    break_course("average_percent", average_percent=49),
    break_course("good_percent", good_percent=50),
    break_session("days", days=0),
    break_session("second_trainer", trainer=SAME, second_trainer=SAME),
    break_question("choices_km", choices_km="* ត្រូវ"),
    break_question("choices_km", choices_km="* ត្រូវ\n*"),
    break_question("choices_km", choices_km="* ត្រូវ\nត្រូវ"),
    break_question("choices_km", choices_km="ត្រូវ\nខុស"),
    break_question("choices_km", choices_km="* ត្រូវ\n* ខុស"),
    break_question("choices_en", text_en="Q", choices_en="right"),
    break_question("choices_en", text_en="Q", choices_en="* right\nwrong"),
    break_question("text_en", text_en="Q"),
]
