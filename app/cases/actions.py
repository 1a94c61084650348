"""Deliberate acts on cases."""

from sqlalchemy import delete

from app.cases.drafts import Draft
from app.cases.numbers import next_number
from app.extensions import db
from app.kernel import adding, dates, passed


def register(case, token, passed_warnings):
    """Give the case its number and write it, its rows and the passed warnings; the draft ends."""
    case.number = next_number(case.located_at, dates.now().year)
    case.draft_token = token
    session = db.session()
    adding.keep(session, case, adding.add(session, [case]))
    passed.keep(passed_warnings, case)
    db.session.execute(delete(Draft.__table__).where(Draft.token == token))
    return case
