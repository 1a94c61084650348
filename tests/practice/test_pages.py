"""A trainee does an exercise; teachers write and review one."""

import pytest

from app.cases.models import Case
from app.inbox.models import Message
from app.practice import comparison, exercises
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


def add_case(token=None, author="clerk.bb"):
    with acting_as(author):
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


def test_trainee_sees_no_model_case_and_no_case_of_another_trainee(
    client_as, db_session, exercise, each_database
):
    for author in ("investigator.bb", "clerk.bb", "warrant.bb"):
        add_case(token=f"of {author}", author=author)
    cases = {one.recorded_by_id: one for one in db_session.query(Case)}
    urls = {user: f"/case/show/{one.id}" for user, one in cases.items()}
    own = urls[find_user("clerk.bb").id]
    trainee, teacher = client_as("clerk.bb"), client_as("investigator.bb")
    for url in urls.values():
        assert trainee.get(url).status_code == (200 if url == own else 404), url
        assert teacher.get(url).status_code == 200
    shown = trainee.page("/case/list/")
    assert [url for url in urls.values() if shown.all("a", href=url)] == [own]


SUMMARY = "នៅវេលាយប់ ជនមិនស្គាល់មុខបានលួចយកម៉ូតូមួយគ្រឿង"


def test_author_sets_what_the_model_accepts(client_as, db_session, exercise, each_database):
    author = client_as("investigator.bb", "en")
    form = {"title": "ថ្មី", "incident": "ក" * 40, "case_number": add_case(author="investigator.bb")}
    page = author.send("/exercises/write", form).location
    written = db_session.query(Exercise).order_by(Exercise.id.desc()).first()
    change = form | {
        "title": "ចំណងជើងថ្មី", "way-case-0-summary": "words", "text-case-0-summary": "ម៉ូតូ; លួច/ឆក់",
        "way-exhibits-0-plate": "any", "text-exhibits-0-plate": "1AB2345; ១AB 2345", "may": "exhibits-0-description",
        "way-exhibits-0-description": "exact", "way-case-0-place_kind": "any", "text-case-0-place_kind": "Street",
        "way-case-0-place": "begins", "text-case-0-place": "02",
    }  # fmt: skip
    assert author.send(f"{page}/edit", change).status_code == 302
    db_session.refresh(written)
    (case,), (exhibit,) = written.model["case"], written.model["exhibits"]
    assert written.title == "ចំណងជើងថ្មី" and case["summary"]["words"] == ["ម៉ូតូ", "លួច|ឆក់"]
    assert exhibit["plate"]["any"] == ["1AB-2345", "1AB2345", "1AB 2345"] and exhibit["description"]["may"]
    assert case["place_kind"]["any"] == ["shop", "street"] and case["place"]["begins"] == "02"
    answer = exercises.answers.fill_days(written.model, exercises.dates.now().date())
    answer = {
        part: [{n: exercises.get_answer(one) for n, one in row.items()} for row in rows]
        for part, rows in answer.items()
    }
    answer["case"][0] |= {"summary": SUMMARY, "place_kind": "street"}
    del answer["exhibits"][0]["description"]
    assert (
        exercises.compare(
            written.model, exercises.answers.make_relative(answer, exercises.dates.now().date())
        ).score
        == 100
    )
    refused = author.send(f"{page}/edit", change | {"text-case-0-place_kind": "nowhere"})
    assert refused.status_code == 422 and "nowhere" in refused.text and "ចំណងជើងថ្មី" in refused.text
    shown = author.page(page)
    assert shown.all("input", name="text-case-0-summary")[0]["value"] == "ម៉ូតូ; លួច/ឆក់"


def test_summary_of_a_model_accepts_any_text_at_first(db_session, exercise):
    written = exercises.write_exercise("ថ្មី", "ក" * 40, add_case(), find_user("clerk.bb").id)
    assert comparison.is_met(written.model["case"][0]["summary"], SUMMARY)


def test_reviewer_returns_and_closes_an_exercise(client_as, db_session, exercise, each_database):
    number = add_case(author="investigator.bb")
    written = exercises.write_exercise("ថ្មី", "ក" * 40, number, find_user("investigator.bb").id)
    db_session.commit()
    page, author, other = (
        f"/exercises/{written.id}",
        client_as("investigator.bb", "en"),
        client_as("investigator.drugs", "en"),
    )
    other.send(f"{page}/review", {"step": "return", "reason": "សូមបន្ថែមម៉ោង"})
    message = db_session.query(Message).filter_by(text_key="exercise.returned").one()
    assert "សូមបន្ថែមម៉ោង" in author.get(f"/inbox/show/{message.id}").text
    assert author.send(f"{page}/review", {"step": "return", "reason": "x"}).location and not written.is_open
    other.send(f"{page}/review")
    assert author.send(f"{page}/edit", {"title": "x", "incident": "ក" * 40}).status_code == 422, "it is open"
    trainee = client_as("clerk.bb", "en")
    assert trainee.get(page).status_code == 200 and trainee.send(f"{page}/close").status_code == 403
    author.send(f"{page}/close")
    assert trainee.get(page).status_code == 404
    author.send(f"/exercises/{exercise.id}/close")
    assert trainee.get(f"/exercises/{exercise.id}").status_code == 404, "an exercise of E-Crime too"


def test_numbers_of_a_result_are_khmer(client_as, db_session, exercise):
    exercise.model = {"people": [{"role": "suspect", "age_stated": "34"}]}
    db_session.commit()
    teacher = client_as("investigator.bb", "km")
    assert "៣៤" in teacher.page(f"/exercises/{exercise.id}").text
