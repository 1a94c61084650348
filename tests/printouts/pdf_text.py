"""Content of printouts as data, because Khmer text extracted from a PDF is not reliable."""

import re
from contextlib import contextmanager
from dataclasses import replace

from flask_babel import force_locale
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.extensions import db
from app.kernel.actor import Actor, act_as, actor_of, without_minors, without_temporary_grants
from app.kernel.screens.selection import is_selected
from app.printouts import case_sheets, list_printouts
from app.printouts.footer import build_frame_texts


@contextmanager
def read_as(app, username, **grants):
    """Read printouts as the given user, with the temporary access in `grants`."""
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    before, scope = actor_of(db.session), replace(build_user_scope(user), **grants)
    act_as(
        db.session,
        Actor(user.id, user.unit_code, scope=scope, purpose="investigation", case_number="02-2026-1"),
    )
    db.session.expire_all()
    with app.test_request_context(), force_locale("km"), without_temporary_grants(db.session):
        yield user
    act_as(db.session, before)
    db.session.expire_all()


def build_case_sheet(app, username, case_id, **grants):
    """Return the case sheet as the given user reads it."""
    with read_as(app, username, **grants):
        return case_sheets.build_printout(case_sheets.load_record(case_id))


def build_list(app, username, endpoint, keys, **grants):
    """Return the printout of the selected rows of a list as the given user reads it."""
    view = next(view for view in app.appbuilder.baseviews if view.endpoint == endpoint)
    with read_as(app, username, **grants), without_minors(db.session):
        listing = view.build_list_page([is_selected(view, keys)])
        return list_printouts.build_printout(view, listing, names_people=True)


def build_texts(app, username="investigator.bb"):
    """Return the texts around the printouts of that user."""
    with read_as(app, username) as user:
        return build_frame_texts(
            db.session.merge(user), actor_of(db.session), "4711-3FA9C2D1", "http://localhost/"
        )


def collect_text(printout):
    """Return all texts of a printout as one string."""
    return "\n".join(_texts(printout.as_data))


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def find_part(printout, title):
    """Return the part of a printout with that title."""
    return next(part for part in printout.parts if part["title"] == title)


def count_pages(pdf):
    """Return the number of pages of a PDF."""
    assert pdf.startswith(b"%PDF-")
    return len(re.findall(rb"/Type */Page\b", pdf))
