"""What is still open in a case when a step ends it. Higher features have more than the exhibits (app/wiring.py)."""

from sqlalchemy import select

from app.cases.models import Exhibit
from app.cases.rules import OpenMatters
from app.cases.rules.dispositions import ENDING_STEPS
from app.extensions import db
from app.kernel.i18n.lazy_message import _

MAX_LISTED = 5  # records of a kind that are named
WITH_POLICE = ("seized", "held", "stored", "lab")
_finders = []


def set_finders(*finders):
    """Set the functions of a case that return what is open there and the reader sees, as `OpenMatters`."""
    _finders[:] = finders


def find_open_matters(step):
    """Return what a step leaves open if it ends its case, as far as the reader sees it."""
    if step.kind not in ENDING_STEPS or step.case is None:
        return []
    found = (find(step.case) for find in (_find_exhibits, *_finders))
    return [one for one in found if one.records]


def _find_exhibits(case):
    records = list_first(Exhibit, Exhibit.case_id == case.id, Exhibit.state.in_(WITH_POLICE))
    return OpenMatters(_("exhibits still held: %(names)s", names=tuple(map(str, records))), records)


def list_first(model, *conditions):
    """Return the first records of a model that the reader sees, without void ones."""
    found = select(model).where(model.voided_at.is_(None), *conditions).order_by(model.id)
    return db.session.scalars(found.limit(MAX_LISTED)).unique().all()
