"""Which cases are somebody's part: by place and by kind of offence, and what was shared beyond it."""

from functools import partial

from sqlalchemy import and_, exists, not_, or_
from sqlalchemy.sql import column, table

from app.cases.rules import SHOWN_ROLES
from app.kernel.access.area import in_part
from app.people.visibility import Visibility

# The bare table: a criterion that named the class would be bounded by its own criterion again. Under another name:
# asked for offences themselves, the inner table would hide the outer one and be compared with itself.
_offences = table("case_offence", column("case_id"), column("family")).alias("offence_of_case").c


def of_families(case_id, families):
    """Whether a case has an offence of one of these families."""
    return exists().where(_offences.case_id == case_id, _offences.family.in_(families))


def _within(cls, case_id, scope):
    if scope.everything or scope.whole:
        return None
    return in_part(scope, cls, case_id, partial(of_families, case_id))


def case_within(cls, scope):
    return _within(cls, cls.id, scope)


def is_hidden(cls):
    """Whether an involvement is that of a protected victim or witness (settled: who is suspected is not hidden)."""
    return and_(cls.restricted.is_(True), cls.role.not_in(SHOWN_ROLES))


def involvement_within(cls, scope):
    """As its case; but that a person who is seen elsewhere is the protected one of this case, nobody learns."""
    if scope.everything:
        return None
    row = Visibility.__table__.c
    told = [not_(is_hidden(cls)), not_(exists().where(row.person_id == cls.person_id, row.hidden.is_(False)))]
    if scope.revealed:
        told.append(cls.person_id.in_(sorted(scope.revealed)))
    part = _within(cls, cls.case_id, scope)
    if (
        part is not None and scope.opened
    ):  # break-glass shows in which cases somebody stands, but for protected ones
        part = or_(part, and_(cls.person_id.in_(sorted(scope.opened)), cls.restricted.is_(False)))
    return or_(*told) if part is None else and_(part, or_(*told))


class OfCase:
    """A row that hangs on a case lies where the case lies and is seen where it is."""

    @classmethod
    def __within__(cls, scope):
        return _within(cls, cls.case_id, scope)

    def derive(self):
        if self.case is not None:
            self.lie_in(self.case.located_at)
