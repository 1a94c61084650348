"""Names that may be the one asked for, read from the index by their keys."""

from sqlalchemy import select, union_all

from app.kernel.databases import among
from app.names import keys
from app.names.models import NameKey
from app.names.written import Written

MOST, BEGUN = 9000, 200  # names of one question, and of one that is only begun
KEY = NameKey.__table__.c
_COLUMNS = [KEY.name_id, *(KEY[name] for name in Written._fields)]


def alike(session, question):
    """Rows (name id, the texts of `Written`) of the names that sound the same."""
    return _under(session, [keys.number(one) for one in question.skeletons] or [0])


def one_edit_away(session, question):
    """Rows of those that sound one letter different."""
    return _under(session, sorted(map(keys.number, question.skeletons_nearby)))


def beginning(session, question):
    """Rows of those that begin with what was typed so far, the shortest first."""
    ranges = [KEY.key.between(keys.number(one), keys.last_beginning_with(one)) for one in question.skeletons]
    # Each range by itself: asked for either at once, PostgreSQL would go through the whole index in its order.
    parts = [select(_names(one, BEGUN).subquery()) for one in ranges]
    return session.execute(union_all(*parts)).all() if parts else []


def _under(session, numbers):
    return session.execute(_names(among(session, KEY.key, numbers), MOST)).all()


def _names(condition, most):
    return select(*_COLUMNS).where(condition).order_by(KEY.key).limit(most)
