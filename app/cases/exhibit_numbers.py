"""The number of an exhibit in its case: its rank by key. Rows are never deleted, so the number never changes."""
# unrestricted: counts the exhibits of a case to number them; shows no other row

from sqlalchemy import func, select

from app.cases.models import Exhibit
from app.extensions import db
from app.kernel.actor import unrestricted


def number_exhibits(ids):
    """Return {id: number in its case}."""
    one, earlier = Exhibit.__table__.alias("one").c, Exhibit.__table__.alias("earlier").c
    numbered = (
        select(one.id, func.count(earlier.id))
        .where(one.id.in_(ids), earlier.case_id == one.case_id, earlier.id <= one.id)
        .group_by(one.id)
    )
    with unrestricted(db.session):
        return dict(db.session.execute(numbered).all())
