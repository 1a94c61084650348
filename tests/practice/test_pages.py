"""A trainee does an exercise; teachers write and review one."""

import pytest

from app.practice import exercises
from app.practice.models import Attempt, Exercise
from tests.corrections.steps import find_user
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

MODEL = {"offences": [{"offence": "PC2009-353_356"}], "exhibits": [{"kind": "vehicle", "plate": "1AB-9999"}]}


@pytest.fixture
def exercise(app, db_session, monkeypatch):
    """Return an exercise in a practice system."""
    monkeypatch.setitem(app.config, "IS_PRACTICE", True)
    exercise = Exercise(
        key="theft", title="លួចម៉ូតូ", incident="{-1} ម៉ូតូបាត់", model=MODEL, written_at=exercises.dates.now()
    )
    db_session.add(exercise)
    db_session.commit()
    return exercise


def add_case(token=None):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        case.draft_token = token
        exercises.commit()
        return case.number


def test_trainee_enters_a_case_and_sees_the_result(clerk, db_session, exercise, each_database):
    begun = clerk.send(f"/exercises/{exercise.id}/begin")
    assert clerk.send(f"/exercises/{exercise.id}/begin").location == begun.location, "a second click"
    token = begun.location.rsplit("/", 1)[1]
    assert "ម៉ូតូបាត់" in clerk.page(f"/entry/{token}").text
    assert clerk.get(f"/exercises/result/{token}").location == begun.location, "nothing is saved yet"
    add_case(token)
    result = clerk.page(f"/exercises/result/{token}")
    assert result.all("a", href="/help/rules#V022") and "1AB-9999" in result.text
    attempt = db_session.query(Attempt).one()
    score, answer = attempt.score, attempt.answer
    assert 0 < score < 100
    clerk.page(f"/exercises/result/{token}")
    db_session.refresh(attempt)
    assert (attempt.score, attempt.answer) == (score, answer)
    assert clerk.send(f"/exercises/{exercise.id}/begin").location != begun.location, "a new attempt"
    assert "លួចម៉ូតូ" in clerk.page("/exercises/").text


def test_answer_with_a_protected_victim_is_compared(clerk, db_session, exercise):
    token = clerk.send(f"/exercises/{exercise.id}/begin").location.rsplit("/", 1)[1]
    with acting_as("clerk.bb"):
        victim = make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
        case.draft_token = token
        exercises.commit()
    clerk.page(f"/exercises/result/{token}")
    assert db_session.query(Attempt).one().answer["people"][0]["given_km"] == "សុផល្លា"


def test_result_of_another_trainee_is_not_shown(clerk, client_as, exercise):
    token = clerk.send(f"/exercises/{exercise.id}/begin").location.rsplit("/", 1)[1]
    assert client_as("investigator.bb").get(f"/exercises/result/{token}").status_code == 404
    assert clerk.get("/exercises/99999").status_code == 404


def test_teachers_write_and_review_an_exercise(clerk, client_as, db_session, exercise):
    teacher, form = (
        client_as("investigator.bb"),
        {"title": "ថ្មី", "incident": "ក" * 40, "case_number": "02-1999-1"},
    )
    refused = teacher.send("/exercises/write", form)
    assert refused.status_code == 422 and form["incident"] in refused.text
    assert teacher.send("/exercises/write", form | {"case_number": "\0"}).status_code == 422
    assert clerk.send("/exercises/write", form).status_code == 403
    number = add_case()
    assert teacher.send("/exercises/write", form | {"case_number": number}).status_code == 422, (
        "a case of another"
    )
    written = exercises.write_exercise("ថ្មី", "ក" * 40, number, find_user("clerk.bb").id)
    db_session.commit()
    page = f"/exercises/{written.id}"
    assert clerk.get(page).status_code == 404 and teacher.page(page).text
    with pytest.raises(exercises.ExerciseRefused):
        exercises.begin_attempt(written, find_user("clerk.bb"))
    exercises.choose_optional_fields(written, {"exhibits-0-plate"}, written.author_id)
    assert written.model["exhibits"][0]["plate"] == {"any": ["1AB-2345"], "may": True}
    with pytest.raises(exercises.ExerciseRefused):
        exercises.review_exercise(written, written.author_id)
    db_session.commit()
    teacher.send(f"{page}/review")
    db_session.refresh(written)
    assert written.is_open and clerk.page(page).text


def test_exercise_without_a_model_answer_is_not_opened(db_session, exercise):
    author, reviewer = find_user("clerk.bb").id, find_user("investigator.bb").id
    empty = Exercise(
        key="empty", title="ទទេ", incident="-", model={}, written_at=exercises.dates.now(), author_id=author
    )
    with pytest.raises(exercises.ExerciseRefused):
        exercises.review_exercise(empty, reviewer)
