"""The cases that hide a person from the reader: their reports show no name, because it may be the same person."""
# unrestricted: asks which involvements are hidden; shows no row

from sqlalchemy import select

from app.cases.models import Involvement
from app.cases.row_filter import is_hidden
from app.kernel.actor import unrestricted


def find_hiding_cases(session, case_ids):
    """Return those of the cases that have a protected person that the reader does not see."""
    protected = select(Involvement.id, Involvement.case_id)
    protected = protected.where(Involvement.case_id.in_(sorted(case_ids)), is_hidden(Involvement))
    with unrestricted(session):
        cases = dict(map(tuple, session.execute(protected)))
    if not cases:
        return set()
    seen = select(Involvement.id).join(Involvement.person).where(Involvement.id.in_(sorted(cases)))
    return {cases[one] for one in cases.keys() - set(session.scalars(seen))}


def protects_person(case_id):
    """Return the criterion of a case with a protected person, for every reader."""
    row = Involvement.__table__.c
    return select(row.id).where(row.case_id == case_id, is_hidden(row)).exists()
