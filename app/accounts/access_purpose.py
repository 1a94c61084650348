"""Why people are looked up: chosen once for a piece of work, kept with the sign-in, over after half an hour without it.

It comes with the statement that loads the reader. A program says it with each request, in `X-Purpose` and
`X-Case-Number`.
"""

import re
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import unquote

from flask import current_app, g, request
from flask_login import current_user
from sqlalchemy import update

from app.accounts.models import SignIn
from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.text import dates, khmer

CODES = "purpose"
LASTS = timedelta(minutes=30)
RENEWED_EVERY = timedelta(minutes=1)  # a row is not written for every page
CASE_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z/.-]*[0-9][0-9A-Za-z/.-]*")
LONGEST_NUMBER, LONGEST_NOTE = 40, 200
SHORTEST = 4  # characters that say anything


class Purpose(NamedTuple):
    """A code of the list `purpose`, and the number of a case or, without one, a few words."""

    code: str = ""
    case_number: str = ""
    note: str = ""

    @property
    def about(self):
        return self.case_number or self.note


NONE = Purpose()


def of_request():
    """The purpose of the request that is being answered; NONE where nobody has said one."""
    sent = request.headers.get("X-Purpose", "") if request.path.startswith("/api/") else ""
    if sent:
        return read(sent, unquote(request.headers.get("X-Case-Number", ""))) or NONE
    row = g.get("sign_in")
    if row is None or not row.purpose or not row.purpose_until or row.purpose_until <= dates.now():
        return NONE
    return Purpose(row.purpose, row.case_number or "", row.purpose_note or "")


def read(code, about):
    """What was typed as a Purpose; None where the code is unknown or nothing says what it is about."""
    try:
        about = khmer.normal(about)
    except khmer.Refused:
        return None
    number = khmer.latin_digits(about).replace(" ", "")
    # The reader is not known yet, and with him the language of the words.
    known = code_lists.held().get(CODES, {}).get(code)
    if known is None or not code_lists.Code.in_force(known, dates.now().date()) or len(about) < SHORTEST:
        return None
    if CASE_NUMBER.fullmatch(number) and len(number) <= LONGEST_NUMBER:
        return Purpose(code, number)
    return Purpose(code, note=about[:LONGEST_NOTE])


def choose(purpose):
    """The reader works for this from now on, in this very request already."""
    row = g.sign_in
    row.purpose, row.case_number, row.purpose_note = purpose.code, purpose.case_number, purpose.note
    row.purpose_until = dates.now() + LASTS
    db.session.commit()
    current_app.appbuilder.sm.acts(current_user, row.mark)


def init_app(app):
    """Called before the database's own init_app: what a request leaves to write is written when its session is gone."""

    @app.teardown_request
    def _remember_until_when(_fault):
        row = g.get("sign_in")
        state = row.__dict__ if row is not None else {}
        if g.pop("looked", False) and state.get("purpose_until") and state.get("id"):
            until = dates.now() + LASTS
            if until - state["purpose_until"] > RENEWED_EVERY:
                g.renewed_purpose = state["id"], until

    @app.teardown_appcontext
    def _write_until_when(_fault):
        row_id, until = g.pop("renewed_purpose", (None, None))
        if row_id is not None:
            with db.engine.begin() as connection:
                connection.execute(update(SignIn).where(SignIn.id == row_id).values(purpose_until=until))
