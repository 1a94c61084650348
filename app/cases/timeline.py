"""What cases tell in the time line of a person: in which case he stands, and as what."""

from flask import url_for

from app.cases.models import Involvement
from app.kernel.schema import code_lists
from app.people.timeline import Event, tells

BEFORE_A_CHARGE = {"suspect", "victim", "witness", "complainant", "civil_party", "other"}


@tells(Involvement, "case role")
def of_involvement(row):
    if row.case is not None:  # a break-glass shows the involvement, not the case
        shape = "dot" if row.role in BEFORE_A_CHARGE else "square"
        url = url_for("CaseView.show", pk=row.case_id)
        yield Event(row.case.occurred_from, code_lists.label("role", row.role), row.case.number, shape, url)
