"""The cases at a place: those that the reader may open, and how many others there are."""
# unrestricted: counts the cases of a place that the reader may not see, from five up

from sqlalchemy import func, select

from app.cases.models import Case, Involvement
from app.cases.row_filter import is_hidden
from app.extensions import db
from app.kernel.access.area import LEVELS
from app.kernel.actor import unrestricted

COMMUNE_DIGITS = 6  # larger areas have the map of cases
MAX_CASES = 100
SMALLEST_COUNT = 5  # a smaller number of others is not shown, because it could identify people
MAX_COUNT = 1_000


def load_cases(code):
    """Return the newest cases at a commune or village that the reader may see."""
    found = select(Case).where(*_at_place(code)).order_by(Case.occurred_from.desc(), Case.id.desc())
    return db.session.scalars(found.limit(MAX_CASES)).unique().all()


def count_others(code):
    """Return how many cases at the place the reader may not see, or None below five. Protected cases do not count."""
    visible = _count(code)
    with unrestricted(db.session):
        others = _count(code) - visible
    return others if others >= SMALLEST_COUNT else None


def _count(code):
    # The row filter of involvements would leave out the hidden ones.
    row = Involvement.__table__.alias("hidden_involvement").c
    hidden = select(row.id).where(row.case_id == Case.id, is_hidden(row))
    cases = select(Case.id).where(*_at_place(code), ~hidden.exists()).limit(MAX_COUNT)
    return db.session.scalar(select(func.count()).select_from(cases.subquery()))


def _at_place(code):
    column = getattr(Case, LEVELS[COMMUNE_DIGITS]) if len(code) == COMMUNE_DIGITS else Case.place_code
    return column == code, Case.voided_at.is_(None)
