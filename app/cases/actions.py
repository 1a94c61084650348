"""Deliberate acts on cases."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.cases.models import Case, CaseCounter, Draft
from app.extensions import db
from app.kernel import dates, passed
from app.kernel.records import actor_of

NOWHERE = "00"  # the province part of a number where a case happened abroad or nobody knows where


def register(case, token, passed_warnings):
    """Give the case its number and write it, its rows and the passed warnings; the draft ends."""
    case.number = next_number(case.located_at, dates.now().year)
    case.draft_token = token
    db.session.add(case)
    db.session.flush()
    passed.keep(passed_warnings, case)
    db.session.execute(Draft.__table__.delete().where(Draft.token == token))
    db.session.flush()
    return case


def next_number(place_code, year):
    """PP-YYYY-NNNNNN, the next of its province and year. The counter's row is locked until the commit."""
    province = (place_code or NOWHERE)[:2]
    insert = (sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql).insert(
        CaseCounter.__table__
    )
    statement = insert.values(province_code=province, year=year, last=1).on_conflict_do_update(
        index_elements=["province_code", "year"], set_={"last": CaseCounter.__table__.c.last + 1}
    )
    last = db.session.scalar(statement.returning(CaseCounter.__table__.c.last))
    return f"{province}-{year}-{last:06d}"


def keep_draft(token, payload):
    """Keep what its owner has typed so far. A token of somebody else keeps nothing: False."""
    user_id = actor_of(db.session).user_id
    draft = db.session.scalar(select(Draft).where(Draft.token == token))
    if draft is None:
        draft = Draft(token=token, user_id=user_id)
        db.session.add(draft)
    if draft.user_id != user_id or registered(token) is not None:
        return False
    draft.payload, draft.saved_at = payload, dates.now()
    db.session.commit()
    return True


def registered(token):
    """The case that came of this token, if it was already saved."""
    return db.session.scalar(select(Case).where(Case.draft_token == token))
