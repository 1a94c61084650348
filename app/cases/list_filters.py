"""List filters by the offences of a case, for lists of cases, of their rows, and of people."""

from flask_babel import lazy_gettext as _
from sqlalchemy import func, literal_column, select
from sqlalchemy.sql import column, table

from app.accounts.lookups import officer_filter
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema.fields import fields_of
from app.kernel.screens.list_filters import ListFilter, visible_rows
from app.reference.list_filters import area_filter, unit_filter

# SQLite lists the cases of a rare offence first. For a frequent one it checks each row of the list.
FREQUENT = 5_000
# The plain table: the number only chooses between two forms of the same condition.
_offences = table("case_offence", column("offence_code"), column("family"), column("province_code"))


def offence_filters(case_id):
    """Return the filters by offence and family of the case in the column `case_id`."""
    return _make_filters(case_id, select(CaseOffence.case_id), CaseOffence.case_id)


def row_filters(model):
    """Return the filters of a row of a case: place and offences of the case, unit, officer and period of the row."""
    return {
        "area": area_filter(
            model, lambda code: model.case_id.in_(select(Case.id).where(Case.place_code == code))
        ),
        "unit": unit_filter(model.unit_code),
        "officer": officer_filter(model.recorded_by_id),
        **offence_filters(model.case_id),
        "recorded_at": fields_of(model)["recorded_at"],
    }


def suspect_filters(person_id):
    """Return the filters by offence and family of the cases that the person in the column `person_id` is suspected in."""
    rows = select(Involvement.person_id).join(CaseOffence, CaseOffence.case_id == Involvement.case_id)
    rows = rows.where(Involvement.role.in_(SUSPECT_ROLES), Involvement.voided_at.is_(None))
    return _make_filters(person_id, rows, Involvement.person_id, Involvement)


def _make_filters(key, rows, row_key, *models):
    def build(name, value):
        wanted = getattr(CaseOffence, name) == value
        seen = (visible_rows(model) for model in (CaseOffence, *models))
        found = rows.where(wanted, CaseOffence.voided_at.is_(None), *seen)
        if _is_rare(name, value):
            return key.in_(found)
        # The offset lets PostgreSQL check row by row. It would otherwise read all such offences to find the first rows.
        return found.where(row_key == key).offset(literal_column("0")).exists()

    return {
        "offence": ListFilter(_("Offence"), lookup="offence", build=lambda code: build("offence_code", code)),
        "family": ListFilter(
            _("Offence family"), codes="offence_family", build=lambda code: build("family", code)
        ),
    }


def _is_rare(name, value):
    """Return True if few offences of the reader's province have that value."""
    same = select(_offences.c[name]).where(_offences.c[name] == value).limit(FREQUENT + 1)
    area = actor_of(db.session).scope.area
    same = same.where(_offences.c.province_code == area[:2]) if area else same
    return db.session.scalar(select(func.count()).select_from(same.subquery())) <= FREQUENT
