"""What cases are about, for a list of them: plain columns in one statement, which is planned once; records take four times as long."""

from functools import cache

from sqlalchemy import select

from app.cases.models import CaseOffence
from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.database.array_params import among_given
from app.kernel.database.engine import dialect_of
from app.kernel.schema import lookups


def offences_of(keys):
    """id → the offences of that case in words, as far as the reader sees them."""
    words, found = lookups.named("offence").words, {}
    given = {"given": list(keys)}
    for case_id, code in db.session.execute(_codes(dialect_of(db.session)), given) if keys else ():
        found.setdefault(case_id, []).append(words(code))
    return {case_id: " · ".join(some) for case_id, some in found.items()}


@cache
def _codes(dialect):
    case_id = CaseOffence.case_id
    rows = select(case_id, CaseOffence.offence_code).where(among_given(dialect, case_id))
    return kept(rows.where(CaseOffence.voided_at.is_(None)).order_by(CaseOffence.id))
