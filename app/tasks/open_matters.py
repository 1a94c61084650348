"""Open tasks about a case, for the step that ends the case."""

from app.cases.open_matters import list_first
from app.cases.rules import OpenMatters
from app.kernel.i18n.lazy_message import _
from app.tasks.models import PENDING, Task


def find_open_matters(case):
    """Return the open tasks about the case, as `OpenMatters`."""
    records = list_first(Task, Task.case_id == case.id, Task.state.in_(PENDING))
    return OpenMatters(_("tasks: %(names)s", names=tuple(map(str, records))), records)
