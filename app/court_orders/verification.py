"""Check of an order: a second officer identifies the person, on the page or through the API."""

from flask_babel import lazy_gettext as _

from app.court_orders import identification
from app.court_orders.flush_hooks import HIDDEN_IDENTITY
from app.extensions import db
from app.kernel.forms.choices import LookupField
from app.kernel.forms.inputs import CheckboxField, IntegerField, MultilineField
from app.kernel.schema.rules import Problem
from app.kernel.text import dates


class CheckFields:
    """Form fields of the check: a registered person, or the request to register a new one, and the version that was read."""

    person = LookupField(_("Person"), lookup="card", description=_("Search all records by name or number."))
    new = CheckboxField(_("Not registered yet; register the person named in the order"))
    note = MultilineField(_("Note"))
    version = IntegerField(_("Version of the order"), description=_("The version that the officer has read."))


def fill_check(event, order, form):
    """Fill the event from the form and return the problems of a new person.

    A new person is flushed first, so that the event can refer to the person's id.
    """
    event.at, problems, person = dates.now(), [], form.person.data
    if order.hides_identity:
        return [Problem("person", HIDDEN_IDENTITY, row=event)]
    if form.version.data != order.version:
        text = _("Another officer changed the order meanwhile. Compare it again, then confirm it.")
        return [Problem("", text, row=event)]
    with db.session.no_autoflush:
        if person is None and form.new.data:
            person = identification.build_person(order)
            problems = identification.check_new_person(person)
            db.session.add(person)
            db.session.flush()
        event.order, event.person = order, person
    return problems
