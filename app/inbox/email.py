"""Optional e-mail: it says that a task waits, and nothing else. No name, no subject and no number of a case leaves E-Crime.

A new task writes a row for each receiver in its own transaction. A job sends one mail per person and quarter of an hour,
and tries again while the mail server is down or does not answer. Nothing else depends on it.
"""
# commits: each sent mail, so that the job can be killed between two

import logging
import smtplib
import ssl
import time
from collections import defaultdict
from contextlib import ExitStack, suppress
from datetime import timedelta
from email.message import EmailMessage
from functools import cache, partial
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import insert, select, update

from app.accounts.chain_of_command import CHIEF_ROLE
from app.accounts.models import User
from app.inbox.models import TASK, Message, OutgoingMail
from app.inbox.record_links import list_closed_entities
from app.kernel.database.transactions import commit, rollback
from app.kernel.text import dates

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=15)  # between two mails to one person
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))  # then every hour
GIVEN_UP_AFTER = timedelta(days=3)
NO_MAIL = "@register.invalid"  # ends the address of an account that was created without one
SECONDS = 5  # for an answer of the mail server
RUN_SECONDS = 15  # then the next run continues
MOST_PEOPLE = 100  # in one run
# The server answers, and refuses this mail only.
REFUSALS = smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError
SUBJECT = "E-Crime: សារថ្មី / new task"
TEXT = """មានកិច្ចការរង់ចាំក្នុងប្រព័ន្ធ E-Crime។ សូមចូលប្រើប្រាស់ដើម្បីពិនិត្យ។
A task waits in E-Crime. Sign in to read it.

{address}
"""


def queue_mails(session, _context):
    """Write the rows of the new tasks of this flush: for an officer, for a role, and for a unit.

    The chief of the unit receives its mail; without a chief, its officers do whose roles open the page of the record.
    """
    if not current_app or not current_app.config.get("SMTP_URL"):
        return
    tasks = [one for one in session.new if isinstance(one, Message) and one.kind == TASK]
    now = dates.now()
    rows = [
        {"user_id": user_id, "message_id": task.id, "created_at": now, "next_try_at": now, "tries": 0}
        for task in tasks
        for user_id in _find_receivers(session, task)
    ]
    if rows:
        session.connection().execute(insert(OutgoingMail.__table__), rows)


def _find_receivers(session, task):
    if task.to_user_id is not None:
        return [task.to_user_id]
    users = select(User.id).where(User.active.is_(True), User.roles.any(name=task.to_role or CHIEF_ROLE))
    of_unit = User.unit_code == task.to_unit_code
    if task.to_unit_code is not None:
        users = users.where(of_unit)
    with session.no_autoflush:
        found = session.connection().scalars(users).all()
        if found or task.to_unit_code is None or task.to_role is not None:
            return found
        # An inspectorate or a department has no provincial chief.
        members = select(User.id, Role.name).join(User.roles).where(User.active.is_(True), of_unit)
        roles = defaultdict(set)
        for user_id, role in session.connection().execute(members.order_by(User.id)):
            roles[user_id].add(role)
    table = current_app.extensions["ecrime.permission_table"]
    return [
        user_id
        for user_id, names in roles.items()
        if task.entity not in list_closed_entities(table.get_permissions(frozenset(names)))
    ]


def send_mails(session):
    """Send what waits, one mail to each person, and return the number of mails. A failure is tried again.

    One thread runs all scheduled jobs. So a run ends at the first error of the mail server, and after `RUN_SECONDS`.
    """
    if not current_app.config["SMTP_URL"]:
        return 0
    now, ends_at = dates.now(), time.monotonic() + RUN_SECONDS
    waits = OutgoingMail.sent_at.is_(None), OutgoingMail.failed_at.is_(None), OutgoingMail.next_try_at <= now
    recent = select(OutgoingMail.user_id).where(OutgoingMail.sent_at > now - PAUSE)
    people = (
        select(OutgoingMail.user_id)
        .where(*waits, OutgoingMail.user_id.not_in(recent))
        .group_by(OutgoingMail.user_id)
        .limit(MOST_PEOPLE)
    )
    sent = 0
    with ExitStack() as opened:
        connect = cache(partial(_connect, opened))
        for user_id in session.scalars(people).all():
            rows = session.scalars(
                select(OutgoingMail)
                .where(*waits, OutgoingMail.user_id == user_id)
                .with_for_update(skip_locked=True)
            ).all()
            if rows:
                number, is_down = _send_to(session.get(User, user_id), rows, connect)
                sent += number
                if is_down:  # the others wait too: each of them would wait for the same server
                    session.execute(update(OutgoingMail).where(*waits).values(next_try_at=now + RETRIES[0]))
                commit(session)
                if is_down or time.monotonic() > ends_at:
                    break
    rollback(session)
    return sent


def _send_to(user, rows, connect):
    """Send one mail for these rows and record the result. Return (number of mails, whether the mail server is down)."""
    now, address = dates.now(), user.email if user is not None and user.active else ""
    address = "" if address.endswith(NO_MAIL) else address
    try:
        if address:
            mail = _build_mail(address)
            connect().send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("A mail was not sent and will be tried again: %s", type(error).__name__)
        for row in rows:
            row.tries += 1
            row.next_try_at = now + RETRIES[min(row.tries, len(RETRIES)) - 1]
            row.failed_at = now if now - row.created_at > GIVEN_UP_AFTER else None
        return 0, not isinstance(error, REFUSALS)
    except (
        ValueError,
        LookupError,
        AttributeError,
    ) as error:  # raised by the standard library for a malformed address
        log.warning("A mail was not sent, because its address is malformed: %s", type(error).__name__)
        for row in rows:
            row.failed_at = now
        return 0, False
    for row in rows:
        row.sent_at = now
    return (1 if address else 0), False


def _build_mail(address):
    url, hosts = urlsplit(current_app.config["SMTP_URL"]), current_app.config["HOSTS"]
    mail = EmailMessage()
    mail["Subject"], mail["To"] = SUBJECT, address
    mail["From"] = parse_qs(url.query).get("from", [f"e-crime@{url.hostname}"])[0]
    mail.set_content(TEXT.format(address=f"https://{hosts[0]}/" if hosts else "").rstrip() + "\n")
    return mail


def _connect(opened):
    """Return the server of the setting, signed in: smtps:// by TLS, smtp:// by STARTTLS if the server offers it.

    `opened` closes it at the end of the run.
    """
    url = urlsplit(current_app.config["SMTP_URL"])
    is_encrypted, trusted = url.scheme == "smtps", ssl.create_default_context()
    begin = partial(smtplib.SMTP_SSL, context=trusted) if is_encrypted else smtplib.SMTP
    server = begin(url.hostname, url.port or 0, timeout=SECONDS)
    opened.callback(_quit, server)
    server.ehlo()
    if not is_encrypted and server.has_extn("starttls"):
        server.starttls(context=trusted)
        is_encrypted = True
    if url.username and not is_encrypted:
        raise smtplib.SMTPException("The password is not sent without TLS.")
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    return server


def _quit(server):
    with suppress(OSError):  # the mails before are sent
        server.quit()
    server.close()
