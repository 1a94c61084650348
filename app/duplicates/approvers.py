"""Who decides on a merge: the chief of the province of both records, otherwise the technical working group."""

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.kernel.actor import actor_of
from app.people.nationwide import nationwide_session
from app.people.visibility import Visibility
from app.reference.models import Unit

CHIEF, NATIONAL = "Provincial chief", "Technical working group"
ROLE_LABELS = {CHIEF: _("Provincial chief"), NATIONAL: _("Technical working group")}


def find_common_province(*ids):
    """Return the code of the one province of all these persons, or None if there are several.

    The cases of a person count, also those with a protected role. Without a case, their orders and custody count.
    """
    row = Visibility.__table__.c
    is_case = row.case_id.is_not(None)
    found = select(row.person_id, is_case, row.province_code).where(row.person_id.in_(ids)).distinct()
    with nationwide_session(protected_too=True) as session:
        places = session.execute(found).all()
    provinces = set()
    for person in ids:
        cases = {province for pk, of_case, province in places if pk == person and of_case}
        provinces |= cases or {province for pk, _of_case, province in places if pk == person}
    return provinces.pop() if len(provinces) == 1 else None


def may_decide(province):
    """Return whether the actor's area lets them decide on a merge in this province (None: in several provinces).

    The view checks the actor's role.
    """
    scope = actor_of(db.session).scope
    return scope is not None and (scope.is_nationwide or (bool(province) and scope.area == province))


def find_approver(merge):
    """Return (role, unit code) of the approver. The national role decides on a request of a provincial chief."""
    province = merge.province_code
    if not province or any(role.name == CHIEF for role in merge.requested_by.roles):
        return NATIONAL, None
    unit = select(Unit.code).where(Unit.area_code == province, Unit.kind.endswith("commissariat"))
    return CHIEF, db.session.scalar(unit.order_by(Unit.code).limit(1))
