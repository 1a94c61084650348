"""Open tasks about a case and its records, for the step that ends the case."""

from sqlalchemy import and_, or_, select

from app.cases.open_matters import list_first
from app.cases.rules import OpenMatters
from app.kernel.i18n.lazy_message import _
from app.tasks.models import PENDING, Task, get_record_classes

LINKS = {"court_order": Task.order_id, "letter": Task.letter_id}


def find_open_matters(case):
    """Return the open tasks about the case and its records, as `OpenMatters`."""
    about = [Task.case_id == case.id]
    for entity, model in get_record_classes().items():
        row = model.__table__.c
        if "case_id" in row:
            of_case = select(row.id).where(row.case_id == case.id)
            about.append(and_(Task.entity == entity, Task.entity_id.in_(of_case)))
            if entity in LINKS:
                about.append(LINKS[entity].in_(of_case))
    records = list_first(Task, or_(*about), Task.state.in_(PENDING))
    return OpenMatters(_("tasks: %(names)s", names=tuple(map(str, records))), records)
