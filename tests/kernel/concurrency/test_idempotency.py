"""A form that is sent twice, however it comes about, makes one record."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.kernel.concurrency import idempotency
from app.kernel.concurrency.idempotency import KEPT, SaveKey
from app.kernel.text import dates
from app.people.models import Person, PersonName
from app.reference.models import Unit
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import typed
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.sql_calls import Program

NAME = "/personname/add"


@pytest.fixture
def person(db_session):
    """The number of a registered person of Battambang, who has one alias."""
    with written_by("clerk.bb"):
        a_registered_case(people=[(a_registered_person(), "suspect")])
        db_session.commit()
        return db_session.scalar(select(Person.id))


@pytest.fixture
def form(clerk, person):
    """An add form as it is filled in."""
    boxes = typed(clerk.page(NAME)) | {"person": str(person), "kind": "former", "text_km": "សុខា"}
    boxes.pop("csrf_token")
    return boxes


def count(session, model=PersonName):
    return session.scalar(select(func.count()).select_from(model))


def at_once(times, act):
    with ThreadPoolExecutor(times) as clicks:
        return list(clicks.map(lambda _number: act(), range(times)))


def add_forms(register):
    """The address of every add form of the register that is made from fields."""
    from app.kernel.screens.record_view import RecordView

    views = register.app.extensions["appbuilder"].baseviews
    return [
        f"{one.route_base}/add"
        for one in views
        if isinstance(one, RecordView) and "can_add" in one.base_permissions and one.add_columns
    ]


def test_every_add_form_carries_a_key_of_its_own(register, client_as):
    browsers = [client_as(who) for who in ("clerk.bb", "warrant.bb", "investigator.bb", "twg")]
    for url in add_forms(register):
        browser = next(one for one in browsers if one.get(url).status_code == 200)
        keys = {typed(browser.page(url))["once"] for _time in range(2)}
        assert len(keys) == 2 and "" not in keys, url


def test_four_clicks_make_one_record(clerk, form, db_session, each_database):
    answers = [clerk.send(NAME, form) for _click in range(4)]
    assert {(one.status_code, one.location) for one in answers} == {(302, answers[0].location)}
    assert count(db_session) == 2


def test_four_clicks_at_once_make_one_record(client_as, form, db_session, each_database):
    browser = client_as("clerk.bb")
    answers = at_once(4, lambda: browser.send(NAME, form))
    assert {(one.status_code, one.location) for one in answers} == {(302, answers[0].location)}
    assert count(db_session) == 2


def test_a_unit_that_would_be_a_double_of_itself_is_shown(client_as, db_session, each_database):
    twg = client_as("twg")
    form = typed(twg.page("/unit/add")) | {
        "code": "PC-99",
        "name_km": "ស្នងការដ្ឋានថ្មី",
        "name_en": "New",
        "kind": "post",
    }
    form.pop("csrf_token")
    answers = at_once(4, lambda: twg.send("/unit/add", form))
    assert {(one.status_code, one.location) for one in answers} == {(302, "/unit/show/PC-99")}
    assert db_session.get(Unit, "PC-99")


def test_two_forms_make_two_records(clerk, form, db_session):
    clerk.send(NAME, form)
    clerk.send(NAME, form | {"once": typed(clerk.page(NAME))["once"], "text_km": "សុខុម"})
    assert count(db_session) == 3


def test_a_refused_form_keeps_its_key_and_can_be_saved(clerk, form, db_session):
    page = Page.of(clerk.send(NAME, form | {"kind": ""}), 422)
    assert typed(page)["once"] == form["once"]
    assert clerk.send(NAME, form).status_code == 302
    assert count(db_session) == 2


def test_who_changes_a_form_after_its_save_is_told_so(clerk, form, db_session):
    first = clerk.send(NAME, form)
    answer = clerk.send(NAME, form | {"text_km": "សុខុម"})
    assert answer.location == first.location and count(db_session) == 2
    assert clerk.page(answer.location).all(css="amber")


def test_the_key_of_somebody_else_is_none(clerk, client_as, form, db_session, each_database):
    clerk.send(NAME, form)
    assert client_as("investigator.bb").send(NAME, form | {"text_km": "សុខុម"}).status_code == 302
    assert count(db_session) == 3


@pytest.mark.parametrize("key", ["", "short", "ក" * 10, "x" * 81, "a b c d e f"])
def test_a_key_that_is_none_saves_like_a_form_without(clerk, form, db_session, key):
    assert clerk.send(NAME, form | {"once": key}).status_code == 302
    assert count(db_session) == 2


def test_old_keys_are_swept(clerk, form, db_session, each_database):
    clerk.send(NAME, form)
    db_session.execute(update(SaveKey).values(used_at=dates.now() - KEPT - timedelta(minutes=1)))
    db_session.commit()
    clerk.send(NAME, form | {"once": "another-key", "text_km": "សុខុម"})
    assert (idempotency.forget_old(db_session), idempotency.forget_old(db_session)) == (1, 0)
    assert db_session.scalars(select(SaveKey.key)).all() == ["another-key"]


def test_a_key_tells_nothing_of_what_was_typed(clerk, form, db_session):
    clerk.send(NAME, form)
    kept = db_session.scalars(select(SaveKey)).one()
    assert (kept.entity, len(kept.mark)) == ("person_name", 64)


# Programs


def ask(browser, body, key, path="person-names/"):
    headers = {"X-CSRFToken": browser.token, "Idempotency-Key": key}
    return browser.post(f"/api/v1/{path}", json=body, headers=headers)


def test_a_program_that_asks_again_is_given_the_first_record(clerk, person, db_session, each_database):
    body = {"person": person, "kind": "former", "text_km": "សុខា"}
    answers = at_once(4, lambda: ask(clerk, body, "a-key-of-a-test"))
    assert {(one.status_code, one.location) for one in answers} == {(201, answers[0].location)}
    assert len({one.json["result"]["id"] for one in answers}) == 1
    assert count(db_session) == 2


def test_a_key_belongs_to_one_request(clerk, client_as, person, db_session):
    body = {"person": person, "kind": "former", "text_km": "សុខា"}
    assert ask(clerk, body, "a-key-of-a-test").status_code == 201
    assert ask(clerk, body | {"text_km": "សុខុម"}, "a-key-of-a-test").status_code == 422
    mark = {"person": person, "kind": "scar", "text": "x"}
    assert ask(clerk, mark, "a-key-of-a-test", "person-marks/").json["message"]
    assert count(db_session) == 2


@pytest.mark.parametrize("key", ["short", "x" * 81, "a b c d e f g"])
def test_a_key_that_cannot_be_one_is_told_so(clerk, person, db_session, key):
    assert ask(clerk, {"person": person, "kind": "former", "text_km": "សុខា"}, key).status_code == 400
    assert count(db_session) == 1


def test_without_a_key_every_request_is_a_new_one(clerk, person, db_session):
    for _time in range(2):
        Program(clerk).post("person-names/", {"person": person, "kind": "former", "text_km": "សុខា"})
    assert count(db_session) == 3
