"""The check of an order: a second officer says who of the register it names, by the page or by the API."""

from flask_babel import lazy_gettext as _

from app.court_orders import identification
from app.extensions import db
from app.kernel.forms.choices import LookupBox
from app.kernel.forms.inputs import FlagBox, TextArea
from app.kernel.text import dates


class CheckBoxes:
    """Who it is: somebody of the register, or a new person."""

    person = LookupBox(_("Person"), lookup="card", description=_("In the whole register, by name or number."))
    new = FlagBox(_("Nobody in the register: register the person whom the paper names"))
    note = TextArea(_("Note"))


def begin(act, order, form):
    """Fill the act from its boxes. Gives what the rules say of a new person, who gets his number before it names him."""
    act.at, problems, person = dates.now(), [], form.person.data
    with db.session.no_autoflush:
        if person is None and form.new.data:
            person = identification.new_person(order)
            problems = identification.problems_of(person)
            db.session.add(person)
            db.session.flush()
        act.order, act.person = order, person
    return problems
