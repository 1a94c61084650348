"""Deliberate acts on cases."""

from sqlalchemy import delete

from app.cases.drafts import Draft
from app.cases.numbering import next_number
from app.extensions import db
from app.kernel.schema import bulk_save
from app.kernel.text import dates
from app.kernel.validation import warning_overrides


def register(case, token, passed_warnings):
    """Give the case its number and write it, its rows and the passed warnings; the draft ends."""
    case.number = next_number(case.located_at, dates.now().year)
    case.draft_token = token
    session = db.session()
    bulk_save.keep(session, case, bulk_save.add(session, [case]))
    warning_overrides.keep(passed_warnings, case)
    db.session.execute(delete(Draft.__table__).where(Draft.token == token))
    return case
