"""The inbox: what waits for a user, a role, a unit; with its time and its receipt."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.inbox.actions import finish, send
from app.inbox.models import NOTICE, TASK, Message, Receipt
from app.kernel.text import dates
from tests.sample_rows import written_by
from tests.statement_counts import counted


def put(kind=NOTICE, **to):
    with written_by("chief.bb"):
        message = send(db.session, kind, text_key="correction.refused", number="C-0007", **to)
        db.session.commit()
    return message


def user_id(name):
    return db.session.scalar(select(User.id).where(User.username == name))


def seen_by(client):
    return [
        link["href"]
        for link in client.page("/inbox/list/").all("a")
        if "/inbox/show/" in link.get("href", "")
    ]


def count_in_the_bar(client, page="/about-the-data/"):
    found = client.page(page).all("b", css="count")
    return found[0].text if found else ""


def test_a_message_reaches_a_user_a_role_a_unit_and_nobody_else(db_session, client_as, each_database):
    to = [
        {"to_user": user_id("clerk.bb")},
        {"to_role": "Investigator"},
        {"to_role": "Data-entry specialist", "to_unit": "PC-12"},
        {"to_unit": "PC-02"},
    ]
    mine, investigators, other_unit, unit = (f"/inbox/show/{put(**one).id}" for one in to)

    assert set(seen_by(client_as("clerk.bb"))) == {mine, unit}
    assert set(seen_by(client_as("investigator.bb"))) == {investigators, unit}
    assert set(seen_by(client_as("clerk.pp"))) == {other_unit}
    assert client_as("clerk.pp").get(mine).status_code == 404


def test_what_is_for_a_role_alone_says_so_beside_the_same_for_the_whole_unit(db_session, client_as):
    put(to_unit="PC-02")
    put(to_unit="PC-02", to_role="Provincial chief")
    told = [one.text for one in client_as("chief.bb").page("/inbox/list/").all("li", data_row=True)]
    assert ["ជូនតួនាទី «ស្នងការ" in one for one in told] == [True, False], told


def test_opening_it_writes_one_receipt_and_ends_a_notice(db_session, clerk):
    message = put(to_user=user_id("clerk.bb"))
    for _time in range(2):
        clerk.page(f"/inbox/show/{message.id}")
    receipts = db.session.scalars(select(Receipt)).all()
    assert [(one.message_id, one.user_id) for one in receipts] == [(message.id, user_id("clerk.bb"))]
    assert db.session.get(Message, message.id).done_at is not None
    assert seen_by(clerk) == []


def test_a_task_stands_until_it_is_done_and_says_when_it_is_overdue(db_session, clerk):
    past = dates.now() - timedelta(hours=1)
    about = {"entity": "correction", "entity_id": 7}
    message = put(TASK, to_unit="PC-02", due_at=past, **about)
    clerk.page(f"/inbox/show/{message.id}")
    assert clerk.page("/inbox/list/").all(css="amber")

    finish(db.session, **about)
    db.session.commit()
    assert seen_by(clerk) == []


def test_the_number_stands_in_the_bar_of_every_page_and_asks_the_database_nothing(
    register, db_session, clerk, each_database
):
    with counted(register) as without:
        clerk.get("/about-the-data/")
    assert count_in_the_bar(clerk) == ""
    put(to_unit="PC-02")
    put(to_user=user_id("clerk.bb"))
    assert count_in_the_bar(clerk) == "២"
    with counted(register) as statements:
        clerk.get("/about-the-data/")
    assert len(statements) <= len(without)


def test_a_message_to_nobody_is_not_sent(db_session):
    with pytest.raises(ValueError):
        send(db.session, NOTICE, text_key="correction.refused")


def test_days_and_hours_in_a_message_are_told_in_the_digits_of_the_reader(db_session, client_as):
    with written_by("chief.bb"):
        about = {"number": "K-0000007", "unit": "អធិការដ្ឋាន", "until": "05/03/2026 14:30"}
        send(db.session, NOTICE, text_key="custody.soon", to_user=user_id("clerk.bb"), **about)
        db.session.commit()
    assert "០៥/០៣/២០២៦ ម៉ោង ១៤:៣០" in client_as("clerk.bb", "km").page("/inbox/list/").text
    assert "05/03/2026 14:30" in client_as("clerk.bb", "en").page("/inbox/list/").text
