"""The purpose of access to people: chosen once for a piece of work and stored with the session.

It expires after 30 minutes without access to people. The statement that loads the reader loads it too. A program
sends it with each request, in the headers `X-Purpose` and `X-Case-Number`.
"""
# commits: the purpose of a session is no record

import re
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import unquote

from flask import current_app, g, request
from flask_login import current_user
from sqlalchemy import select, update

from app.accounts.models import LoginSession
from app.extensions import db
from app.kernel.database.transactions import commit
from app.kernel.schema import code_lists
from app.kernel.system_kind import is_from_practice, is_practice
from app.kernel.text import dates, khmer

PURPOSE_LIST = "purpose"
VALID_FOR = timedelta(minutes=30)
OFFERED_FOR, OFFERED = timedelta(days=7), 3  # the last purposes of a user
RENEWAL_INTERVAL = timedelta(minutes=1)  # so that not every page writes the row
CASE_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z/.-]*[0-9][0-9A-Za-z/.-]*")
MAX_NUMBER_LENGTH, MAX_NOTE_LENGTH = 40, 200
MIN_TEXT_LENGTH = 4  # characters; a shorter text says nothing
case_checks = []  # functions of a number that return whether a case or an order has it, in any scope


class Purpose(NamedTuple):
    """A code of the list `purpose`, with a case number or, without one, a short note.

    `is_case_unknown`: no case or order has this number. The user does not see this, the auditors do.
    """

    code: str = ""
    case_number: str = ""
    note: str = ""
    is_case_unknown: bool = False

    @property
    def about(self):
        return self.case_number or self.note


NO_PURPOSE = Purpose()


def get_request_purpose():
    """Return the purpose of the current request, or NO_PURPOSE."""
    sent = request.headers.get("X-Purpose", "") if request.path.startswith("/api/") else ""
    if sent:
        return parse_purpose(sent, unquote(request.headers.get("X-Case-Number", ""))) or NO_PURPOSE
    row = g.get("sign_in")
    if row is None or not row.purpose or not row.purpose_until or row.purpose_until <= dates.now():
        return NO_PURPOSE
    return Purpose(row.purpose, row.case_number or "", row.purpose_note or "", row.case_unknown)


def parse_purpose(code, about):
    """Return what was typed as a Purpose, or None if the code is unknown or the text is too short."""
    try:
        about = khmer.normalize(about)
    except khmer.InvalidText:
        return None
    number = khmer.to_latin_digits(about).replace(" ", "")
    # The reader is not loaded yet, so the language is unknown: only codes are compared here.
    known = code_lists.all_lists().get(PURPOSE_LIST, {}).get(code)
    if (
        known is None
        or not code_lists.Code.is_in_force(known, dates.now().date())
        or len(about) < MIN_TEXT_LENGTH
    ):
        return None
    if is_from_practice(number) and not is_practice():
        return None
    if CASE_NUMBER.fullmatch(number) and len(number) <= MAX_NUMBER_LENGTH:
        return Purpose(code, number, is_case_unknown=is_case_unknown(number))
    return Purpose(code, note=about[:MAX_NOTE_LENGTH])


def load_recent_purposes(user_id):
    """Return session id → Purpose of the user's last sessions, newest first, each purpose once."""
    sessions = (
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.purpose.is_not(None),
            LoginSession.purpose_until > dates.now() - OFFERED_FOR,
        )
        .order_by(LoginSession.purpose_until.desc())
        .limit(10 * OFFERED)
    )
    found = {}
    for row in db.session.scalars(sessions):
        number, note = row.case_number or "", row.purpose_note or ""
        purpose = Purpose(row.purpose, number, note, row.case_unknown)
        if purpose not in found.values():
            found[row.id] = purpose
    return dict(list(found.items())[:OFFERED])


def is_case_unknown(number):
    """Return whether no registered case or order has this number."""
    return bool(number) and not any(is_registered(number) for is_registered in case_checks)


def set_purpose(purpose):
    """Set the reader's purpose, beginning with the current request."""
    row = g.sign_in
    row.purpose, row.case_number, row.purpose_note = purpose.code, purpose.case_number, purpose.note
    row.case_unknown, row.purpose_until = purpose.is_case_unknown, dates.now() + VALID_FOR
    commit()
    current_app.appbuilder.sm.set_actor(current_user, row.session_ref)


def init_app(app):
    """Register the renewal of purposes. Call it before the database's own init_app.

    Teardown functions run in reverse order, so the renewal is written after the request's session was removed.
    """

    @app.teardown_request
    def _schedule_renewal(_fault):
        row = g.get("sign_in")
        state = row.__dict__ if row is not None else {}
        if g.pop("looked", False) and state.get("purpose_until") and state.get("id"):
            until = dates.now() + VALID_FOR
            if until - state["purpose_until"] > RENEWAL_INTERVAL:
                g.renewed_purpose = state["id"], until

    @app.teardown_appcontext
    def _write_renewal(_fault):
        row_id, until = g.pop("renewed_purpose", (None, None))
        if row_id is not None:
            with db.engine.begin() as connection:
                connection.execute(
                    update(LoginSession).where(LoginSession.id == row_id).values(purpose_until=until)
                )
