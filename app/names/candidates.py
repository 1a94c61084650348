"""Names that may be the one asked for, read from the index by their keys."""

from sqlalchemy import select

from app.names import keys
from app.names.models import NameKey
from app.names.written import Written

MOST = 2000  # names of one question
_COLUMNS = [NameKey.name_id, *(getattr(NameKey, name) for name in Written._fields)]


def alike(session, question):
    """id → name of those that sound the same."""
    return _under(session, [keys.number(one) for one in question.skeletons] or [0])


def one_edit_away(session, question):
    """id → name of those that sound one letter different."""
    edits = {edit for one in question.skeletons for edit in keys.one_edit_away(one)}
    return _under(session, sorted(map(keys.number, edits)))


def _under(session, numbers):
    statement = select(*_COLUMNS).where(NameKey.key.in_(numbers)).limit(MOST)
    return {name_id: Written(*texts) for name_id, *texts in session.execute(statement)}
