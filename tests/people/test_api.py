"""The REST API of persons."""

from tests.sql_calls import Program


def test_post_of_person_is_not_allowed(clerk):
    assert Program(clerk).post("persons/", {"surname_km": "សុខ", "sex": "M"}, 405)["detail"]


def test_photo_as_json_is_not_allowed(clerk):
    assert Program(clerk).post("person-photos/", {"person": 1}, 405)["detail"]
    assert Program(clerk).put("person-photos/1", {"version": 1, "person": 1}, 404)["detail"]
