"""Who decides on a joining: the chief of the province in which both stand; across provinces a role of the nation."""

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.kernel.actor import actor_of
from app.people.nationwide import nation
from app.people.visibility import Visibility
from app.reference.models import Unit

CHIEF, NATIONAL = "Provincial chief", "Technical working group"
WORDS = {CHIEF: _("Provincial chief"), NATIONAL: _("Technical working group")}


def province_of(*ids):
    """The code of the one province in which all these persons stand, protected roles too; None where there are more."""
    row = Visibility.__table__.c
    found = select(row.province_code).where(row.person_id.in_(ids), row.case_id.is_not(None)).distinct()
    with nation(protected_too=True) as session:
        provinces = session.scalars(found.limit(2)).all()
    return provinces[0] if len(provinces) == 1 else None


def may_decide(province):
    """Whether whoever acts decides on a joining within that province (None: more than one). His role is asked at the door."""
    scope = actor_of(db.session).scope
    return scope is not None and (scope.whole or (bool(province) and scope.area == province))


def decides(joining):
    """(role, code of the unit) of who decides: of what a chief has asked himself it is the nation."""
    province = joining.province_code
    if not province or any(role.name == CHIEF for role in joining.asked_by.roles):
        return NATIONAL, None
    unit = select(Unit.code).where(Unit.area_code == province, Unit.kind.endswith("commissariat"))
    return CHIEF, db.session.scalar(unit.order_by(Unit.code).limit(1))
