"""A chief reviews a case: returns it with remarks, reads the answers, and approves it."""

import pytest
from sqlalchemy import delete

from app.accounts.models import FormerTrait
from app.extensions import db
from app.inbox.models import TASK, Message
from app.investigation.models import CaseReview
from app.kernel.text import dates
from tests import sample_rows
from tests.accounts.sample_staff import change_as_system, find_user, find_user_id
from tests.html_pages import Page
from tests.investigation.test_assignments import assign
from tests.prepared import prepared


@prepared
def case_id(db_session):
    with sample_rows.acting_as("clerk.bb"):
        case = sample_rows.add_registered_case()
    db_session.commit()
    return case.id


def read():
    db.session.expire_all()
    return db.session.query(CaseReview).order_by(CaseReview.id.desc()).first()


def ask(browser, case_id):
    return browser.send("/casereview/add", {"case": case_id, "note": "សូមពិនិត្យ"})


def decide(browser, step, **remarks):
    form = {"step": step} | {f"remark-{part}": text for part, text in remarks.items()}
    return browser.send(f"/casereview/decide/{read().id}", form)


def list_tasks():
    found = db.session.query(Message).filter(Message.kind == TASK, Message.done_at.is_(None))
    return [one.text_key for one in found if one.text_key.startswith("review.")]


def test_review_is_returned_answered_and_approved(client_as, case_id, db_session, each_database):
    chief, officer = client_as("chief.bb", "en"), client_as("investigator.bb", "en")
    assert ask(officer, case_id).status_code == 302
    assert list_tasks() == ["review.waiting"]
    refused = decide(chief, "return")
    assert "needs a remark" in Page.from_response(refused, 422).by_id("remarks-bad").text
    assert decide(chief, "return", people="ខ្វះអត្តសញ្ញាណប័ណ្ណ", facts="ខ្លីពេក").status_code == 302
    review = read()
    assert (review.state, [one.part for one in review.remarks]) == ("returned", ["facts", "people"])
    assert list_tasks() == ["review.returned"]
    page = officer.page(f"/casereview/show/{review.id}")
    assert (
        "ខ្លីពេក" in page.text
        and f"/case/show/{case_id}#people" in officer.get(f"/casereview/show/{review.id}").text
    )
    first, second = (one.id for one in review.remarks)
    url = f"/casereview/answer/{review.id}"
    half = officer.send(url, {f"answer-{first}": "បានបន្ថែម"})
    page = Page.from_response(half, 422)
    assert page.by_id(f"answer-{second}-bad").text and page.typed()[f"answer-{first}"] == ["បានបន្ថែម"]
    assert decide(chief, "approve").status_code == 422, "it waits for the answers"
    answers = {f"answer-{first}": "បានបន្ថែម", f"answer-{second}": "បានសុំ"}
    assert officer.send(url, answers).status_code == 302
    assert officer.send(url, answers).status_code == 422, "a second click"
    assert (read().state, read().round) == ("waiting", 2)
    assert decide(chief, "approve").status_code == 302
    assert (read().state, read().decided_by_id, list_tasks()) == ("approved", find_user_id("chief.bb"), [])
    assert ask(officer, case_id).status_code == 302, "the next review"
    assert ask(officer, case_id).status_code in (409, 422), "one is open"


def test_second_account_of_the_author_or_team_does_not_review(client_as, case_id, db_session, each_database):
    chief = client_as("chief.bb", "en")
    assert assign(chief, case_id, "investigator.bb").status_code == 302
    ask(client_as("investigator.bb", "en"), case_id)
    for name in ("clerk.bb", "investigator.bb"):
        before = find_user("chief.bb").phone
        change_as_system(
            lambda name=name: [setattr(find_user(one), "phone", "012 345 678") for one in (name, "chief.bb")]
        )
        answer = decide(chief, "approve")
        assert answer.status_code == 422 and "Only a chief who did not enter the case" in answer.text
        change_as_system(lambda before=before: setattr(find_user("chief.bb"), "phone", before))
        db.session.execute(delete(FormerTrait))
        db.session.commit()
    assert decide(chief, "approve").status_code == 302


def test_author_team_and_others_do_not_review(client_as, case_id, db_session):
    chief, officer = client_as("chief.bb", "en"), client_as("investigator.bb", "en")
    ask(officer, case_id)
    for browser in (officer, client_as("clerk.bb", "en"), client_as("warrant.bb", "en")):
        answer = decide(browser, "approve")
        assert answer.status_code == 422 and "Only a chief who did not enter the case" in answer.text
    assert decide(client_as("clerk.pp"), "approve").status_code == 404
    assert decide(chief, "burn").status_code == 400
    too_long = decide(chief, "return", facts="ក" * 401)
    assert "too long" in Page.from_response(too_long, 422).by_id("remark-facts-bad").text
    assert assign(chief, case_id, "chief.bb", "support").status_code == 302
    assert decide(chief, "approve").status_code == 422, "a member of the team"
    assert read().state == "waiting"


def test_chief_who_asks_does_not_approve(client_as, case_id, db_session):
    ask(client_as("investigator.bb"), case_id)
    case = sample_rows.Case.__table__
    update = case.update().where(case.c.id == case_id).values(changed_by_id=find_user_id("chief.bb"))
    change_as_system(lambda: db_session.execute(update))
    assert decide(client_as("chief.bb"), "approve").status_code == 422


@pytest.mark.parametrize("work", ["row", "change"])
def test_chief_who_worked_in_the_case_does_not_review_it(client_as, case_id, db_session, work):
    ask(client_as("investigator.bb"), case_id)
    with sample_rows.acting_as("chief.bb"):
        case = db_session.get(sample_rows.Case, case_id)
        if work == "row":
            db_session.add(sample_rows.Supplement(case=case, learned_on=dates.now().date(), text="ក"))
        else:
            case.summary += "។"
        db_session.commit()
        with sample_rows.acting_as("clerk.bb"):  # the last editor is another one
            case.summary += "។"
            db_session.commit()
    assert decide(client_as("chief.bb"), "approve").status_code == 422
