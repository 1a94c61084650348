"""The results of practice reach the course as a sealed text; nothing else does."""

import pytest

from app.practice.models import Attempt
from app.training import actions, practice_results
from app.training.models import Participant
from app.training.practice_results import InvalidText, Result
from tests.corrections.steps import find_user
from tests.practice.test_pages import exercise  # noqa: F401
from tests.training.sample_course import make_session

CODE = "ABCD-EFGH-IJKL-MNOP"
RESULTS = [Result(1, 20, 84), Result(2, 3, 0)]


def test_text_is_read_with_its_code_only():
    text = practice_results.write_results(CODE, 12, RESULTS)
    assert practice_results.read_results(CODE.lower(), 12, f"\n {text} \r\n") == RESULTS
    changes = {
        "another code": (CODE[::-1], 12, text),
        "another session": (CODE, 13, text),
        "a better score": (CODE, 12, text.replace("84", "99")),
        "a line less": (CODE, 12, "\n".join(text.splitlines()[1:])),
        "nothing": (CODE, 12, ""),
        "no text of practice": (CODE, 12, "a\n" * 5),
    }
    for what, given in changes.items():
        with pytest.raises(InvalidText):
            practice_results.read_results(*given)
            pytest.fail(what)


@pytest.mark.parametrize("wrong", [Result(1, 20, 101), Result(1, 0, 50)])
def test_impossible_results_are_refused(wrong):
    with pytest.raises(InvalidText):
        practice_results.read_results(CODE, 12, practice_results.write_results(CODE, 12, [wrong]))
    with pytest.raises(InvalidText):
        practice_results.read_results(
            CODE, 12, practice_results.write_results(CODE, 12, [RESULTS[0], RESULTS[0]])
        )


def test_score_of_practice_reaches_the_course(client_as, db_session, exercise, each_database):  # noqa: F811
    session = make_session()
    actions.enrol(session, [find_user("clerk.bb"), find_user("clerk.pp")])
    for number, score in enumerate((40, 90)):  # the first attempt counts
        db_session.add(
            Attempt(
                exercise=exercise, user_id=find_user("clerk.bb").id, token=f"t{number}", score=score,
                begun_at=exercise.written_at,
            )
        )  # fmt: skip
    db_session.commit()
    trainer, teacher = client_as("investigator.bb", "en"), client_as("investigator.bb", "en")
    page = trainer.get(f"/coursesession/show/{session.id}").text
    code = actions.find_practice_code(session)
    assert code in page and code not in client_as("clerk.bb").get(f"/coursesession/show/{session.id}").text
    form = {"session": str(session.id), "code": code, "number-clerk.bb": "1"}
    for wrong in ({"session": "x"}, {"code": "short"}, {"number-clerk.bb": "one"}, {"number-clerk.bb": ""}):
        refused = teacher.send("/exercises/report", form | wrong)
        assert refused.status_code == 422 and "Text for the course" not in refused.text, wrong
    assert client_as("clerk.bb").send("/exercises/report", form).status_code == 403
    assert "Text for the course" in teacher.send("/exercises/report", form).text
    text = practice_results.write_results(code, session.id, [Result(1, 1, 40)])
    assert all(line in teacher.send("/exercises/report", form).text for line in text.splitlines())
    url = f"/coursesession/practice/{session.id}"
    for wrong in (
        text.replace("40", "99"),
        practice_results.write_results(code, session.id, [Result(7, 1, 40)]),
    ):
        refused = trainer.send(url, {"practice": wrong})
        assert refused.status_code == 422 and wrong.splitlines()[1] in refused.text, "the input is kept"
    assert client_as("clerk.bb").send(url, {"practice": text}).status_code == 403
    for _twice in range(2):
        assert trainer.send(url, {"practice": text}).status_code == 302
    found = db_session.query(Participant).order_by(Participant.number).all()
    assert [(one.practice_exercises, one.practice_percent) for one in found] == [(1, 40), (None, None)]
    assert "40 %" in trainer.get(f"/coursesession/show/{session.id}").text


def test_participant_enters_no_own_results(db_session):
    session = make_session()
    actions.enrol(session, [find_user("clerk.bb")])
    code = actions.find_practice_code(session)
    with pytest.raises(actions.InvalidStep):
        actions.enter_practice_results(
            find_user("clerk.bb"),
            session,
            practice_results.write_results(code, session.id, [Result(1, 1, 40)]),
        )
