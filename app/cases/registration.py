"""Registration of cases."""

from sqlalchemy import delete

from app.cases.drafts import Draft
from app.cases.numbering import next_number
from app.extensions import db
from app.kernel.schema import bulk_save
from app.kernel.text import dates
from app.kernel.validation import warning_overrides


def register_case(case, token, overrides):
    """Assign the case number, write the case with its rows and warning overrides, and delete the draft."""
    case.number = next_number(case.place_code, dates.now().year)
    case.draft_token = token
    session = db.session()
    bulk_save.attach_saved(session, case, bulk_save.save_new(session, [case]))
    warning_overrides.save_overrides(overrides, case)
    db.session.execute(delete(Draft.__table__).where(Draft.token == token))
    return case
