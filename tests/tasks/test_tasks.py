"""Officers give tasks about a case; the receiver does them, and the inbox follows."""

from datetime import timedelta

import pytest

from app.cases.models import Case
from app.extensions import db
from app.inbox.models import NOTICE, TASK, Message
from app.kernel.text import dates
from app.tasks.models import Task
from tests import sample_rows
from tests.accounts.sample_staff import change_as_system, find_user, find_user_id
from tests.html_pages import Page
from tests.prepared import prepared

WORDS = "សូមសួរសាក្សីនៅផ្សារ"


@prepared
def case_id(db_session):
    with sample_rows.acting_as("clerk.bb"):
        case = sample_rows.add_registered_case()
    db_session.commit()
    return case.id


def give_task(browser, case_id="", **over):
    due = (dates.now() + timedelta(days=2)).strftime("%d/%m/%Y %H:%M")
    form = {"case": case_id, "text": WORDS, "due_at": due, "to_user": find_user_id("investigator.bb")}
    return browser.send("/task/add", form | over)


def end(browser, state="done", result="បានសួររួច"):
    pk = db.session.query(Task).one().id
    return browser.send(f"/task/end/{pk}", {"state": state, "result": result})


def read_task():
    db.session.expire_all()
    return db.session.query(Task).one()


def list_messages(kind):
    return [one for one in db.session.query(Message).filter_by(kind=kind) if one.text_key.startswith("task.")]


def test_task_is_given_seen_and_done(client_as, case_id, db_session, each_database):
    chief, receiver = client_as("chief.bb", "en"), client_as("investigator.bb", "en")
    assert "Give a task" in chief.page(f"/case/show/{case_id}").text
    assert give_task(chief, case_id).status_code == 302
    task = read_task()
    assert (task.state, task.to_unit_code, task.unit_code) == ("open", "PC-02", "PC-02")
    (message,) = list_messages(TASK)
    assert message.to_user_id == find_user_id("investigator.bb") and message.due_at == task.due_at
    assert WORDS not in str(message.facts), "a message has no text that may name people"
    assert "A task about" in receiver.page("/").text, "the first page shows it"
    assert f"/task/show/{task.id}" in receiver.get(f"/inbox/show/{message.id}").text
    assert WORDS in receiver.page(f"/task/show/{task.id}").text
    assert read_task().state == "open", "a page that is opened writes nothing"
    assert end(receiver, "seen", "").status_code == 302
    assert read_task().state == "seen" and read_task().seen_at is not None
    assert end(receiver, "seen", "").status_code == 302, "a second click"
    assert end(receiver).status_code == 302
    task = read_task()
    assert (task.state, task.result, task.done_by_id) == ("done", "បានសួររួច", find_user_id("investigator.bb"))
    db.session.refresh(message)
    assert message.done_at is not None
    assert [one.to_user_id for one in list_messages(NOTICE)] == [find_user_id("chief.bb")]
    for state in ("done", "withdrawn"):
        answer = end(receiver if state == "done" else chief, state)
        assert answer.status_code == 422 and "has already ended" in answer.text


def test_case_page_lists_its_tasks_to_readers_of_tasks(client_as, case_id, db_session):
    chief, planning = client_as("chief.bb"), client_as("planning")
    assert give_task(chief, case_id).status_code == 302
    for username in ("chief.bb", "investigator.bb"):
        assert WORDS in client_as(username).page(f"/case/show/{case_id}").by_id("TaskView").text
    assert planning.get("/task/list/").status_code == 403
    page = planning.page(f"/case/show/{case_id}")
    assert WORDS not in page.text and "កិច្ចការ" not in page.by_id("procedure").text


def test_two_officers_of_the_unit_at_once(client_as, case_id, db_session, each_database):
    give_task(client_as("chief.bb"), case_id, to_user="", to_unit="PC-02")
    first, second = client_as("investigator.bb", "en"), client_as("clerk.bb", "en")
    assert first.page(f"/task/show/{read_task().id}") and second.page(f"/task/show/{read_task().id}")
    assert end(first, result="ទីមួយ").status_code == 302
    answer = end(second, result="ទីពីរ")
    assert answer.status_code == 422 and "has already ended" in answer.text
    assert read_task().result == "ទីមួយ"


def test_only_the_receiver_does_it_and_only_the_giver_withdraws_it(client_as, case_id, db_session):
    chief, receiver, clerk = (client_as(name, "en") for name in ("chief.bb", "investigator.bb", "clerk.bb"))
    give_task(chief, case_id)
    assert end(clerk).status_code == 422 and end(receiver, "withdrawn").status_code == 422
    assert end(client_as("clerk.pp")).status_code == 404
    page = Page.from_response(end(receiver, result=""), 422)
    assert page.by_id("result").get("aria-invalid") and page.by_id("result-bad").text, "at the field"
    address = f"/task/end/{read_task().id}"
    changed = receiver.get("/lang/en", headers={"Referer": f"http://localhost{address}"})
    assert changed.location == address, "the language of the refused form"
    assert receiver.get(address).location.endswith(f"/task/show/{read_task().id}")
    assert receiver.get("/lineup-session/show/99999999999").status_code == 405, "of no record"
    assert end(receiver, "open").status_code == 400
    assert read_task().state == "open"
    assert end(chief, "withdrawn", "លែងចាំបាច់").status_code == 302
    assert read_task().state == "withdrawn"
    assert [one.text_key for one in list_messages(NOTICE)] == ["task.withdrawn"]


def test_unit_does_the_task_of_an_officer_who_left(client_as, case_id, db_session):
    give_task(client_as("chief.bb"), case_id)
    change_as_system(lambda: setattr(find_user("investigator.bb"), "active", False))
    assert end(client_as("clerk.bb")).status_code == 302


def deactivate():
    find_user("investigator.bb").active = False


@pytest.mark.parametrize(
    ("over", "text", "prepare"),
    [
        ({"to_user": ""}, "Choose an officer or a unit", None),
        ({}, "has left", deactivate),
        ({"to_user": "", "to_unit": "PC-12"}, "cannot see this record", None),
        ({"case": ""}, "one of them", None),
        ({"due_at": "01/01/2026 08:00"}, "in the past", None),
        ({"text": ""}, "is-wrong", None),
        ({"to_user": "clerk.pp"}, "not in E-Crime", None),
    ],
)
def test_bad_input_is_refused_and_kept(client_as, case_id, db_session, over, text, prepare):
    chief = client_as("chief.bb", "en")
    if prepare:
        change_as_system(prepare)
    if over.get("to_user") == "clerk.pp":
        over = {"to_user": find_user_id("clerk.pp")}
    answer = give_task(chief, case_id, **over)
    assert answer.status_code == 422 and (text in answer.text or text == "is-wrong")
    assert "text" in over or WORDS in answer.text
    assert not db.session.query(Task).count()


def test_tasks_by_the_api(client_as, case_id, db_session):
    chief, receiver = client_as("chief.bb", "en"), client_as("investigator.bb", "en")
    due = (dates.now() + timedelta(days=2)).isoformat(timespec="minutes")
    body = {"case": case_id, "text": WORDS, "due_at": due, "to_user": find_user_id("investigator.bb")}
    answer = chief.post("/api/v1/tasks/", json=body, headers={"X-CSRFToken": chief.token})
    assert answer.status_code == 201, answer.text
    pk, headers = read_task().id, {"X-CSRFToken": receiver.token}
    assert receiver.post(f"/api/v1/tasks/{pk}/do", json={}, headers=headers).status_code == 422
    done = receiver.post(f"/api/v1/tasks/{pk}/do", json={"result": "បាន"}, headers=headers)
    assert done.status_code == 200 and done.json["result"]["state"]
    again = receiver.post(f"/api/v1/tasks/{pk}/do", json={"result": "បាន"}, headers=headers)
    assert again.status_code == 422


def test_overdue_tasks_are_marked_and_filtered(client_as, case_id, db_session):
    chief = client_as("chief.bb", "en")
    give_task(chief, case_id)
    assert read_task().text not in chief.page("/task/list/?_flt_0_due=overdue").text
    late = dates.now() - timedelta(hours=1)
    db_session.execute(Task.__table__.update().values(due_at=late))
    db_session.execute(Message.__table__.update().values(due_at=late))
    db_session.commit()
    assert WORDS in chief.page("/task/list/?_flt_0_due=overdue").text
    receiver = client_as("investigator.bb", "en")
    assert "Overdue" in receiver.page("/").text


@prepared
def suspect(db_session, case_id):
    return db_session.get(Case, case_id).involvements[0]


def test_task_is_given_on_the_page_of_any_record(client_as, suspect, each_database):
    chief, receiver = client_as("chief.bb", "en"), client_as("investigator.bb", "en")
    for entity, key in (("person", suspect.person_id), ("involvement", suspect.id)):
        page = chief.page(f"/{entity}/show/{key}")
        (url,) = [one["href"] for one in page.all("a") if "/task/add" in one["href"]]
        form = chief.page(url)
        assert form.typed()["entity"] == [entity] and f"/{entity}/show/{key}" in form.html
        due = (dates.now() + timedelta(days=2)).strftime("%d/%m/%Y %H:%M")
        given = {"text": WORDS, "due_at": due, "to_user": find_user_id("investigator.bb")}
        assert chief.post(url, data=form.typed() | given).status_code == 302
        task = db.session.query(Task).order_by(Task.id.desc()).first()
        assert (task.entity, task.entity_id) == (entity, key)
        assert f"/{entity}/show/{key}" in receiver.get(f"/task/show/{task.id}").text
        assert f'href="/{entity}/show/{key}"' in receiver.get("/task/list/").text
        assert "An open task about this record" in chief.get(url).text
    assert chief.get("/task/add?entity=nonsense&entity_id=1").status_code == 404


def test_receiver_of_a_task_about_another_record_must_see_it(client_as, suspect, app, monkeypatch):
    chief = client_as("chief.bb", "en")
    fields = {
        "entity": "person",
        "entity_id": suspect.person_id,
        "case": "",
        "to_user": "",
        "to_unit": "PC-12",
    }
    answer = give_task(chief, **fields)
    assert answer.status_code == 422 and "cannot see this record" in answer.text
    monkeypatch.setitem(app.config, "QUESTIONS_PER_MINUTE", 1)
    answers = [give_task(chief, **fields).status_code for _time in range(3)]
    assert answers[-1] == 429, "the answer says which unit knows a person"


@pytest.mark.parametrize("entity", ["person", "ab_user", "task", "audit_entry"])
def test_task_about_a_record_that_the_giver_does_not_see_is_refused(client_as, suspect, entity):
    fields = {"entity": entity, "entity_id": suspect.person_id, "case": ""}
    answer = give_task(client_as("clerk.pp", "en"), to_user=find_user_id("warrant.pp"), **fields)
    assert answer.status_code == 422 and "does not exist, or you do not see it" in answer.text
    assert db.session.query(Task).count() == 0


def test_task_is_about_one_record(client_as, suspect, case_id):
    fields = {"entity": "person", "entity_id": suspect.person_id}
    answer = give_task(client_as("chief.bb", "en"), case_id, **fields)
    assert answer.status_code == 422 and "one of them" in answer.text
