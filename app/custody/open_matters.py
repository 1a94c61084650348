"""People of a case who are arrested, in custody or in provisional detention, for the step that ends the case."""

from app.cases.open_matters import list_first
from app.cases.rules import OpenMatters
from app.custody.models import Arrest, Custody, Detention
from app.custody.rules.time_limits import PROVISIONAL
from app.kernel.i18n.lazy_message import _

OPEN = {
    Arrest: (Arrest.awaits_custody.is_(True),),
    Custody: (Custody.ended_at.is_(None),),
    Detention: (Detention.ended_on.is_(None), Detention.kind == PROVISIONAL),
}


def find_open_matters(case):
    """Return the open records of people in custody in the case, as `OpenMatters`."""
    records = [
        one
        for model, is_open in OPEN.items()
        for one in list_first(model, model.case_id == case.id, *is_open)
    ]
    return OpenMatters(_("people in custody: %(numbers)s", numbers=tuple(map(str, records))), records)
