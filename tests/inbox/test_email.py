"""A mail says that a task waits and nothing else, once in a quarter of an hour, also after the mail server was down."""

import base64
import socket
from datetime import timedelta

import pytest

from app.extensions import db
from app.inbox import email
from app.inbox.actions import send_message
from app.inbox.models import NOTICE, TASK, OutgoingMail
from app.kernel.actor import SYSTEM, act_as
from app.kernel.text import dates
from tests.accounts.sample_staff import find_user, find_user_id
from tests.inbox.smtp_server import ADDRESS, mail_server, write_certificate

SECRET = "02-2026-000001"


@pytest.fixture
def system(db_session):
    act_as(db_session, SYSTEM)
    return db_session


def send_task(session, kind=TASK, **to):
    send_message(session, kind, text_key="task.given", number=SECRET, **to)
    session.commit()


def use(monkeypatch, app, server, **more):
    monkeypatch.setitem(
        app.config, "SMTP_URL", f"smtp://127.0.0.1:{server.server_address[1]}?from=e-crime@example.com"
    )
    for name, value in more.items():
        monkeypatch.setitem(app.config, name, value)


def count_waiting():
    return db.session.query(OutgoingMail).filter(OutgoingMail.sent_at.is_(None)).count()


def make_due(session):
    session.execute(OutgoingMail.__table__.update().values(next_try_at=dates.now()))
    session.commit()


def test_one_mail_for_a_quarter_of_an_hour_without_facts(app, system, monkeypatch, each_database):
    with mail_server() as server:
        use(monkeypatch, app, server, HOSTS=["register.example.com"])
        for _time in range(3):
            send_task(system, to_user=find_user_id("clerk.bb"))
        send_task(system, NOTICE, to_user=find_user_id("clerk.bb"))
        assert email.send_mails(system) == 1 and not count_waiting()
        send_task(system, to_user=find_user_id("clerk.bb"))
        assert email.send_mails(system) == 0 and count_waiting() == 1, "within 15 minutes"
        earlier = dates.now() - email.PAUSE
        system.execute(
            OutgoingMail.__table__.update().where(OutgoingMail.sent_at.is_not(None)).values(sent_at=earlier)
        )
        system.commit()
        assert email.send_mails(system) == 1
    (recipients, text), _second = server.mails
    body = base64.b64decode(
        text.split("base64", 1)[1].partition("\n\n")[2] or text.split("\r\n\r\n", 1)[1]
    ).decode()
    assert find_user("clerk.bb").email in recipients[0]
    assert "https://register.example.com/" in body and "A task waits" in body
    assert SECRET not in text and SECRET not in body and find_user("clerk.bb").name_km not in body


def test_task_of_a_unit_goes_to_its_chief(app, system, monkeypatch):
    with mail_server() as server:
        use(monkeypatch, app, server)
        send_task(system, to_unit="PC-02")
        send_task(system, to_role="Criminal police monitor")
        assert email.send_mails(system) == 2
    receivers = " ".join(recipients[0] for recipients, _text in server.mails)
    assert find_user("chief.bb").email in receivers and find_user("monitor").email in receivers


def test_task_of_a_unit_without_a_chief_goes_to_its_officers(app, system, monkeypatch):
    with mail_server() as server:
        use(monkeypatch, app, server)
        send_task(system, to_unit="PC-12")
        assert email.send_mails(system) > 1
    receivers = " ".join(recipients[0] for recipients, _text in server.mails)
    assert find_user("clerk.pp").email in receivers and find_user("clerk.bb").email not in receivers


def test_server_that_is_down_for_a_day_loses_no_mail_and_stops_nothing(
    app, system, monkeypatch, each_database
):
    with mail_server() as server:
        use(monkeypatch, app, server)
    send_task(system, to_user=find_user_id("clerk.bb"))
    for _time in range(24):
        make_due(system)
        assert email.send_mails(system) == 0
    row = system.query(OutgoingMail).one()
    assert row.tries == 24 and row.failed_at is None and row.next_try_at > dates.now() + timedelta(minutes=50)
    make_due(system)
    with mail_server(server.server_address[1]) as again:
        assert email.send_mails(system) == 1 and len(again.mails) == 1
    system.query(OutgoingMail).one().sent_at = None
    system.query(OutgoingMail).one().created_at = dates.now() - timedelta(days=4)
    make_due(system)
    assert email.send_mails(system) == 0 and system.query(OutgoingMail).one().failed_at is not None


def test_server_that_never_answers_is_asked_once_in_a_run(app, system, monkeypatch, each_database):
    monkeypatch.setattr(email, "SECONDS", 0.1)
    people = ("clerk.bb", "clerk.pp", "chief.bb", "monitor")
    with socket.create_server(
        (ADDRESS, 0), backlog=10
    ) as silent:  # the system accepts, and no program answers
        silent.setblocking(False)
        monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://{ADDRESS}:{silent.getsockname()[1]}")
        for name in people:
            send_task(system, to_user=find_user_id(name))
        assert [email.send_mails(system) for _time in range(3)] == [0, 0, 0]
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # one connection for all people and all runs
            silent.accept()
    rows = system.query(OutgoingMail).all()
    assert sorted(row.tries for row in rows) == [0, 0, 0, 1]
    assert all(row.next_try_at > dates.now() for row in rows)
    make_due(system)
    with mail_server() as server:
        use(monkeypatch, app, server)
        assert email.send_mails(system) == len(people) and len(server.mails) == len(people)


def test_long_run_ends_after_its_time_and_the_next_one_continues(app, system, monkeypatch):
    monkeypatch.setattr(email, "RUN_SECONDS", -1)
    with mail_server() as server:
        use(monkeypatch, app, server)
        for name in ("clerk.bb", "clerk.pp"):
            send_task(system, to_user=find_user_id(name))
        assert [email.send_mails(system) for _time in range(3)] == [1, 1, 0]
    assert len(server.mails) == 2


def test_refused_receiver_stops_no_other_mail(app, system, monkeypatch):
    with mail_server(refused="clerk.bb") as server:
        use(monkeypatch, app, server)
        for name in ("clerk.bb", "clerk.pp", "chief.bb"):
            send_task(system, to_user=find_user_id(name))
        assert email.send_mails(system) == 2
    assert system.query(OutgoingMail).filter_by(user_id=find_user_id("clerk.bb")).one().tries == 1


def test_password_is_never_sent_without_encryption(app, system, monkeypatch):
    with mail_server() as server:
        monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://user:word@127.0.0.1:{server.server_address[1]}")
        send_task(system, to_user=find_user_id("clerk.bb"))
        assert email.send_mails(system) == 0 and not server.mails
    assert system.query(OutgoingMail).one().tries == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_and_password_are_sent_by_tls(app, system, monkeypatch, tmp_path, scheme):
    certificate = write_certificate(tmp_path / "mail.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate=certificate, starts_encrypted=scheme == "smtps") as server:
        url = f"{scheme}://user:word@127.0.0.1:{server.server_address[1]}?from=e-crime@example.com"
        monkeypatch.setitem(app.config, "SMTP_URL", url)
        send_task(system, to_user=find_user_id("clerk.bb"))
        assert email.send_mails(system) == 1
    assert server.sign_ins == [True] and len(server.mails) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_server_with_an_unknown_certificate_gets_nothing(app, system, monkeypatch, tmp_path, scheme):
    certificate = write_certificate(tmp_path / "mail.pem")
    with mail_server(certificate=certificate, starts_encrypted=scheme == "smtps") as server:
        url = f"{scheme}://user:word@127.0.0.1:{server.server_address[1]}?from=e-crime@example.com"
        monkeypatch.setitem(app.config, "SMTP_URL", url)
        send_task(system, to_user=find_user_id("clerk.bb"))
        assert email.send_mails(system) == 0
    assert not server.sign_ins and not server.mails
    assert system.query(OutgoingMail).one().tries == 1


def test_without_the_setting_nothing_is_queued(app, system):
    send_task(system, to_user=find_user_id("clerk.bb"))
    assert email.send_mails(system) == 0 and not system.query(OutgoingMail).count()


@pytest.mark.parametrize(
    "address", ["x@", "foo@[bar", "a@b.example\nBcc: c@d.example", "one@register.invalid"]
)
def test_address_that_takes_no_mail_stops_nothing(app, system, monkeypatch, address):
    find_user("clerk.bb").email = address
    with mail_server() as server:
        use(monkeypatch, app, server)
        for name in ("clerk.bb", "clerk.pp"):
            send_task(system, to_user=find_user_id(name))
        assert email.send_mails(system) == 1
    (recipients, _text) = server.mails[0]
    assert find_user("clerk.pp").email in recipients[0]
    row = system.query(OutgoingMail).filter_by(user_id=find_user_id("clerk.bb")).one()
    assert (row.failed_at is None) == address.endswith(".invalid")
