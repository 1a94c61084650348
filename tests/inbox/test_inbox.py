"""The inbox: messages to a user, a role or a unit, with deadlines and receipts."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import User
from app.extensions import db
from app.inbox.actions import complete_tasks, send_message
from app.inbox.ended_notices import end_notices
from app.inbox.models import NOTICE, TASK, Message, Receipt
from app.kernel.text import dates
from tests.sample_rows import acting_as
from tests.statement_counts import counted


def put_message(kind=NOTICE, **to):
    with acting_as("chief.bb"):
        message = send_message(db.session, kind, text_key="correction.refused", number="C-0007", **to)
        db.session.commit()
    return message


def user_id(name):
    return db.session.scalar(select(User.id).where(User.username == name))


def list_visible_messages(client, page="/inbox/list/"):
    return [link["href"] for link in client.page(page).all("a") if "/inbox/show/" in link.get("href", "")]


def read_unread_count(client, page="/about-the-data/"):
    found = client.page(page).all("b", css="count")
    return found[0].text if found else ""


def test_message_reaches_only_its_recipients(db_session, client_as, each_database):
    to = [
        {"to_user": user_id("clerk.bb")},
        {"to_role": "Investigator"},
        {"to_role": "Data-entry specialist", "to_unit": "PC-12"},
        {"to_unit": "PC-02"},
    ]
    mine, investigators, other_unit, unit = (f"/inbox/show/{put_message(**one).id}" for one in to)

    assert set(list_visible_messages(client_as("clerk.bb"))) == {mine, unit}
    assert set(list_visible_messages(client_as("investigator.bb"))) == {investigators, unit}
    assert set(list_visible_messages(client_as("clerk.pp"))) == {other_unit}
    assert client_as("clerk.pp").get(mine).status_code == 404


def test_task_of_a_unit_is_for_readers_who_open_its_record(db_session, client_as, each_database):
    """A unit administrator opens no record of custody. A notice, and a task for the role, stay."""
    of_unit = {"to_unit": "PC-02", "entity": "custody", "entity_id": 1}
    task, notice = (f"/inbox/show/{put_message(kind, **of_unit).id}" for kind in (TASK, NOTICE))
    own = put_message(TASK, to_role="Unit administrator", entity="custody", entity_id=1).id
    clerk, administrator = client_as("clerk.bb"), client_as("admin.bb")
    assert set(list_visible_messages(clerk)) == {task, notice} and read_unread_count(clerk) == "២"
    shown = {notice, f"/inbox/show/{own}"}
    assert set(list_visible_messages(administrator)) == shown and read_unread_count(administrator) == "២"
    assert set(list_visible_messages(administrator, "/")) == shown
    assert administrator.get(task).status_code == 404


def test_message_to_role_shows_role_in_list(db_session, client_as):
    put_message(to_unit="PC-02")
    put_message(to_unit="PC-02", to_role="Provincial chief")
    rows = [one.text for one in client_as("chief.bb").page("/inbox/list/").all("li", data_row=True)]
    assert ["ជូនតួនាទី «ស្នងការ" in one for one in rows] == [True, False], rows


def test_opening_notice_writes_one_receipt_and_completes_it(db_session, clerk):
    message = put_message(to_user=user_id("clerk.bb"))
    for _time in range(2):
        clerk.page(f"/inbox/show/{message.id}")
    receipts = db.session.scalars(select(Receipt)).all()
    assert [(one.message_id, one.user_id) for one in receipts] == [(message.id, user_id("clerk.bb"))]
    assert db.session.get(Message, message.id).done_at is not None
    assert list_visible_messages(clerk) == []


def test_notice_to_a_unit_waits_for_each_officer(db_session, client_as, each_database):
    to = {"to_unit": "PC-02"}, {"to_unit": "PC-02", "to_role": "Provincial chief"}
    unit, chiefs = (f"/inbox/show/{put_message(**one).id}" for one in to)
    clerk, chief = client_as("clerk.bb"), client_as("chief.bb")
    clerk.page(unit)
    assert list_visible_messages(clerk) == []
    assert list_visible_messages(clerk, "/inbox/list/?done=1") == [unit]
    assert read_unread_count(clerk) == "" and list_visible_messages(clerk, "/") == []
    assert read_unread_count(chief) == "២"
    assert set(list_visible_messages(chief)) == set(list_visible_messages(chief, "/")) == {unit, chiefs}
    chief.page(chiefs)
    assert read_unread_count(chief) == "១" and list_visible_messages(chief) == [unit]


def test_old_notice_ends_if_another_officer_read_it(db_session, client_as, each_database):
    old, new, unread, of_author = (put_message(to_unit="PC-02").id for _number in range(4))
    past = dates.now() - timedelta(days=31)
    db.session.execute(update(Message).where(Message.id != new).values(sent_at=past))
    db.session.commit()
    author = "chief.bb"  # of all four
    for reader, opened in (("clerk.bb", (old, new)), (author, (of_author,))):
        for one in opened:
            client_as(reader).page(f"/inbox/show/{one}")
    assert end_notices(db.session) == 1
    waiting = list_visible_messages(client_as("investigator.bb"))
    assert set(waiting) == {f"/inbox/show/{one}" for one in (new, unread, of_author)}
    assert read_unread_count(client_as("investigator.bb")) == "៣"


def test_task_stays_open_until_done_and_shows_overdue(db_session, clerk):
    past = dates.now() - timedelta(hours=1)
    about = {"entity": "correction", "entity_id": 7}
    message = put_message(TASK, to_unit="PC-02", due_at=past, **about)
    clerk.page(f"/inbox/show/{message.id}")
    assert clerk.page("/inbox/list/").all(css="amber")

    complete_tasks(db.session, **about)
    db.session.commit()
    assert list_visible_messages(clerk) == []


def test_first_page_lists_tasks_and_then_notices(db_session, clerk):
    notice, task = (f"/inbox/show/{put_message(kind, to_unit='PC-02').id}" for kind in (NOTICE, TASK))
    assert list_visible_messages(clerk, "/") == [task, notice]


def test_unread_count_needs_no_query(register, db_session, clerk, each_database):
    with counted(register) as without:
        clerk.get("/about-the-data/")
    assert read_unread_count(clerk) == ""
    put_message(to_unit="PC-02")
    put_message(to_user=user_id("clerk.bb"))
    assert read_unread_count(clerk) == "២"
    with counted(register) as statements:
        clerk.get("/about-the-data/")
    assert len(statements) <= len(without)


def test_message_without_recipient_is_refused(db_session):
    with pytest.raises(ValueError):
        send_message(db.session, NOTICE, text_key="correction.refused")


def test_times_in_message_use_digits_of_reader(db_session, client_as):
    with acting_as("chief.bb"):
        about = {"number": "K-0000007", "unit": "អធិការដ្ឋាន", "until": "05/03/2026 14:30"}
        send_message(db.session, NOTICE, text_key="custody.due_soon", to_user=user_id("clerk.bb"), **about)
        db.session.commit()
    assert "០៥/០៣/២០២៦ ម៉ោង ១៤:៣០" in client_as("clerk.bb", "km").page("/inbox/list/").text
    assert "05/03/2026 14:30" in client_as("clerk.bb", "en").page("/inbox/list/").text
