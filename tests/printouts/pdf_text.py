"""What stands on a paper, as data: a PDF gives its Khmer text back doubled, so nobody can ask it."""

import re
from contextlib import contextmanager
from dataclasses import replace

from flask_babel import force_locale
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.user_scope import scope_of
from app.extensions import db
from app.kernel.actor import Actor, act_as, actor_of, seeing_what_lasts
from app.printouts import case_sheets
from app.printouts.footer import words_of


@contextmanager
def reading_as(app, username, **opened):
    """Within this block papers are read as that user has them printed, with what was `opened` to him for a while."""
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    before, scope = actor_of(db.session), replace(scope_of(user), **opened)
    act_as(
        db.session,
        Actor(user.id, user.unit_code, scope=scope, purpose="investigation", case_number="02-2026-1"),
    )
    db.session.expire_all()
    with app.test_request_context(), force_locale("km"), seeing_what_lasts(db.session):
        yield user
    act_as(db.session, before)
    db.session.expire_all()


def sheet_of_case(app, username, case_id, **opened):
    with reading_as(app, username, **opened):
        return case_sheets.sheet_of(case_sheets.read(case_id))


def words_for(app, username="investigator.bb"):
    """The words around the sheets of that user."""
    with reading_as(app, username) as user:
        return words_of(db.session.merge(user), actor_of(db.session), 4711)


def said(sheet):
    """Every text of a sheet, in one."""
    return "\n".join(_texts(sheet.plain))


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


def part(sheet, title):
    """The part of a sheet with that title."""
    return next(one for one in sheet.parts if one["title"] == title)


def pages(pdf):
    assert pdf.startswith(b"%PDF-")
    return len(re.findall(rb"/Type */Page\b", pdf))
