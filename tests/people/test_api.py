"""What the REST API lets a program do with persons."""

from tests.sql_calls import Program


def test_no_person_is_registered_without_a_case(clerk):
    assert Program(clerk).post("persons/", {"surname_km": "សុខ", "sex": "M"}, 405)["message"]


def test_a_photo_does_not_come_in_as_json(clerk):
    assert Program(clerk).post("person-photos/", {"person": 1}, 405)["message"]
    assert Program(clerk).put("person-photos/1", {"version": 1}, 405)["message"]
