"""Idempotency keys: a form or request that is sent twice creates one record."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from werkzeug.datastructures import MultiDict

from app.kernel.concurrency import idempotency
from app.kernel.concurrency.idempotency import KEY_LIFETIME, IdempotencyKey, is_valid_key
from app.kernel.concurrency.unit_of_work import SaveRejected
from app.kernel.text import dates
from app.people.models import Person, PersonName
from app.reference.models import Unit
from tests import nightly
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import form_values
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

NAME = "/personname/add"


@prepared
def person(db_session):
    """The id of a registered person of Battambang with one alias."""
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(), "suspect")])
        db_session.commit()
        return db_session.scalar(select(Person.id))


@pytest.fixture
def form(clerk, person):
    """The values of a filled-in add form."""
    values = form_values(clerk.page(NAME)) | {"person": str(person), "kind": "former", "text_km": "សុខា"}
    values.pop("csrf_token")
    return values


def count(session, model=PersonName):
    return session.scalar(select(func.count()).select_from(model))


def run_concurrently(times, act):
    with ThreadPoolExecutor(times) as clicks:
        return list(clicks.map(lambda _number: act(), range(times)))


def add_forms(register):
    """Return the URL of every add form that is made from model fields."""
    from app.kernel.screens.record_view import RecordView

    views = register.app.extensions["appbuilder"].baseviews
    return [
        f"{one.route_base}/add"
        for one in views
        if isinstance(one, RecordView) and "can_add" in one.base_permissions and one.add_columns
    ]


@pytest.mark.nightly(name="matrix")
def test_add_form_has_a_new_key_each_time(register, client_as):
    browsers = [
        client_as(who) for who in ("clerk.bb", "warrant.bb", "investigator.bb", "chief.bb", "twg", "planning")
    ]
    for url in nightly.some_of(add_forms(register)):
        browser, first = next((one, page) for one in browsers if (page := one.get(url)).status_code == 200)
        keys = {
            form_values(page)["idempotency_key"] for page in (Page.from_response(first), browser.page(url))
        }
        assert len(keys) == 2 and "" not in keys, url


def test_four_clicks_create_one_record(clerk, form, db_session, each_database):
    answers = [clerk.send(NAME, form) for _click in range(4)]
    assert {(one.status_code, one.location) for one in answers} == {(302, answers[0].location)}
    assert count(db_session) == 2


def test_four_concurrent_clicks_create_one_record(client_as, form, db_session, each_database):
    browser = client_as("clerk.bb")
    answers = run_concurrently(4, lambda: browser.send(NAME, form))
    assert {(one.status_code, one.location) for one in answers} == {(302, answers[0].location)}
    assert count(db_session) == 2


def test_four_concurrent_clicks_show_the_created_unit(client_as, db_session, each_database):
    twg = client_as("twg")
    form = form_values(twg.page("/unit/add")) | {
        "code": "PC-99",
        "name_km": "ស្នងការដ្ឋានថ្មី",
        "name_en": "New",
        "kind": "post",
    }
    form.pop("csrf_token")
    answers = run_concurrently(4, lambda: twg.send("/unit/add", form))
    assert {(one.status_code, one.location) for one in answers} == {(302, "/unit/show/PC-99")}
    assert db_session.get(Unit, "PC-99")


def test_two_keys_create_two_records(clerk, form, db_session):
    clerk.send(NAME, form)
    clerk.send(
        NAME, form | {"idempotency_key": form_values(clerk.page(NAME))["idempotency_key"], "text_km": "សុខុម"}
    )
    assert count(db_session) == 3


def test_rejected_form_keeps_its_key_and_can_be_saved(clerk, form, db_session):
    page = Page.from_response(clerk.send(NAME, form | {"kind": ""}), 422)
    assert form_values(page)["idempotency_key"] == form["idempotency_key"]
    assert clerk.send(NAME, form).status_code == 302
    assert count(db_session) == 2


def test_used_key_with_changed_data_shows_a_note(clerk, form, db_session):
    first = clerk.send(NAME, form)
    answer = clerk.send(NAME, form | {"text_km": "សុខុម"})
    assert answer.location == first.location and count(db_session) == 2
    assert clerk.page(answer.location).all(css="amber")


def test_key_of_other_user_is_new(clerk, client_as, form, db_session, each_database):
    clerk.send(NAME, form)
    assert client_as("investigator.bb").send(NAME, form | {"text_km": "សុខុម"}).status_code == 302
    assert count(db_session) == 3


@pytest.mark.parametrize("key", ["", "short", "ក" * 10, "x" * 81, "a b c d e f"])
def test_invalid_key_saves_like_a_form_without_key(clerk, form, db_session, key):
    assert clerk.send(NAME, form | {"idempotency_key": key}).status_code == 302
    assert count(db_session) == 2


def test_old_keys_are_deleted(clerk, form, db_session, each_database):
    clerk.send(NAME, form)
    db_session.execute(
        update(IdempotencyKey).values(used_at=dates.now() - KEY_LIFETIME - timedelta(minutes=1))
    )
    db_session.commit()
    clerk.send(NAME, form | {"idempotency_key": "another-key", "text_km": "សុខុម"})
    assert (idempotency.delete_old_keys(db_session), idempotency.delete_old_keys(db_session)) == (1, 0)
    assert db_session.scalars(select(IdempotencyKey.key)).all() == ["another-key"]


def test_key_row_stores_only_a_digest(clerk, form, db_session):
    clerk.send(NAME, form)
    row = db_session.scalars(select(IdempotencyKey)).one()
    assert (row.entity, len(row.request_digest)) == ("person_name", 64)


# API


def post(browser, body, key, path="person-names/"):
    headers = {"X-CSRFToken": browser.token, "Idempotency-Key": key}
    return browser.post(f"/api/v1/{path}", json=body, headers=headers)


def test_api_retry_returns_the_first_record(clerk, person, db_session, each_database):
    body = {"person": person, "kind": "former", "text_km": "សុខា"}
    answers = run_concurrently(4, lambda: post(clerk, body, "a-key-of-a-test"))
    assert {(one.status_code, one.location) for one in answers} == {(201, answers[0].location)}
    assert len({one.json["result"]["id"] for one in answers}) == 1
    assert count(db_session) == 2


def test_api_key_reused_for_other_request_is_rejected(clerk, client_as, person, db_session):
    body = {"person": person, "kind": "former", "text_km": "សុខា"}
    assert post(clerk, body, "a-key-of-a-test").status_code == 201
    assert post(clerk, body | {"text_km": "សុខុម"}, "a-key-of-a-test").status_code == 422
    mark = {"person": person, "kind": "scar", "text": "x"}
    assert post(clerk, mark, "a-key-of-a-test", "person-marks/").json["detail"]
    assert count(db_session) == 2


@pytest.mark.parametrize("key", ["short", "x" * 81, "a b c d e f g"])
def test_api_invalid_key_returns_400(clerk, person, db_session, key):
    assert post(clerk, {"person": person, "kind": "former", "text_km": "សុខា"}, key).status_code == 400
    assert count(db_session) == 1


def test_api_without_key_creates_a_record_each_time(clerk, person, db_session):
    for _time in range(2):
        Program(clerk).post("person-names/", {"person": person, "kind": "former", "text_km": "សុខា"})
    assert count(db_session) == 3


def test_key_has_8_to_80_visible_characters():
    valid = [
        key
        for key in ("x" * 7, "x" * 8, "x" * 80, "x" * 81, "x" * 7 + " ", "x" * 7 + "\x7f")
        if is_valid_key(key)
    ]
    assert valid == ["x" * 8, "x" * 80]


def test_conflict_of_another_record_is_not_the_first_request(app, db_session):
    """A unique value of another record is refused; only the same key returns the earlier record."""

    def create_again():
        again = Unit(code="PC-02", name_km="ថ្មី", name_en="New", kind="post")
        db_session.add(again)
        return again

    with app.test_request_context(), acting_as("twg"), pytest.raises(SaveRejected):
        idempotency.run_once(Unit, MultiDict({"idempotency_key": "a-new-key-of-a-test"}), create_again)
