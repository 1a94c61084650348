"""Timeline events of a person from their cases: the case and the role in it."""

from flask import url_for

from app.cases.models import Involvement
from app.kernel.schema import code_lists
from app.people.timeline import Event, event_provider

ROLES_BEFORE_CHARGE = {"suspect", "victim", "witness", "complainant", "civil_party", "other"}


@event_provider(Involvement, "case role")
def describe_involvement(row):
    """Yield one event for the case of an involvement."""
    if row.case is not None:  # break-glass access shows the involvement, not the case
        shape = "dot" if row.role in ROLES_BEFORE_CHARGE else "square"
        url = url_for("CaseView.show", pk=row.case_id)
        at = row.case.occurred_from.date() if row.case.time_unknown else row.case.occurred_from
        yield Event(at, code_lists.label("role", row.role), row.case.number, shape, url)
