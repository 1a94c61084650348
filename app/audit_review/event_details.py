"""What an entry of the log tells beside its record, in words: the name of each fact, and what it says."""

from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.accounts import delegation
from app.corrections.correctable_records import MODELS
from app.corrections.template_globals import KINDS
from app.kernel.i18n.yes_no import ALLOWED, DONE, JUSTIFIED, LATE, SUCH, URGENT
from app.kernel.schema import code_lists, lookups, record_lock
from app.kernel.schema.display import said
from app.kernel.schema.fields import declared
from app.printouts.titles import TITLES

FACTS = {
    "ids": _("Records shown"),
    "people": _("People shown"),
    "number": _("Serial number"),
    "format": _("As which file"),
    "tables": _("Tables"),
    "sha256": _("Content hash"),
    "job": _("Background work"),
    "cases": _("Cases shown"),
    "things": _("Exhibits shown"),
    "count": _("Number"),
    "filters": _("Filters"),
    "source": _("Where it was asked"),
    "text": _("What was typed"),
    "about": _("What it is about"),
    "draft": _("Draft of an entry"),
    "began": _("Began"),
    "ended": _("Ended"),
    "role": _("Role"),
    "reason": _("Reason"),
    "fields": _("Fields"),
    "correction": _("Correction"),
    "by": _("Why"),
    "page": _("Page"),
    "paper": _("Paper"),
    "joining": _("Joining"),
    "other": _("The other record"),
    "unit": _("Unit"),
    "unit_before": _("Unit before"),
    "because": _("Reason"),
    "device": _("Device"),
    "second_factor": _("Second step"),
    "token": _("Token"),
    "days": _("Days"),
    "writes": _("May write"),
    "left": _("Left"),
    "case": _("Case"),
    "user": _("Account"),
    "step": _("Step"),
    "until": _("Until"),
    "owners": _("Units that own it"),
    "openings": _("Openings"),
    "involvement": _("Person in a case"),
    "key": _("Code"),
    "kind": _("Kind of correction"),
    "justified": _("Was justified"),
    "late": _("Reviewed late"),
    "note": _("Note"),
    "person": _("Person"),
    "order": _("Court order"),
    "orders": _("Court orders"),
    "urgent": _("Urgent"),
    "entries": _("Entries"),
    "rows": _("Rows"),
    "run": _("Import"),
    "marks": _("Marks"),
    "supplements": _("Supplements"),
    "taken": _("People who lost roles"),
    "act": _("What was asked"),
    "request": _("Request to a second administrator"),
    "asked_by": _("Asked by account"),
    "name": _("Name"),
    "question": _("What was typed"),
    "purpose": _("Purpose"),
    "from": _("Before"),
    "to": _("After"),
}
REFUSED_BY = {
    "right": _("the right is missing"),
    "part": _("outside the own part, or not there"),
    "lock": _("shut after 48 hours"),
}
SOURCES = {
    "quick": _("Search of the whole register"),
    "wider": _("Search of the whole register"),
    "text": _("Narratives and marks"),
    "check": _("Check by a second officer"),
    "worklist": _("Orders to carry out"),
    "log": _("Log of the register"),
    "card": _("Open by break-glass"),
}
ACTS = {
    delegation.GIVE: _("Give a role"),
    delegation.PASSWORD: _("Give a one-time password"),
    delegation.FACTOR: _("Remove the second step"),
    delegation.REOPEN: _("Open the account again"),
}
PAIRS = {"second_factor": DONE, "writes": ALLOWED, "justified": JUSTIFIED, "late": LATE, "urgent": URGENT}
WORDS = {"by": REFUSED_BY, "paper": TITLES, "source": SOURCES, "act": ACTS}
LISTS = {"kind": "correction_kind", "purpose": "purpose"}  # the code lists of which a fact is one
UNITS, MOMENTS = ("unit", "unit_before", "owners"), ("began", "ended", "until")


def of(event):
    """(label, text) of each fact of an event."""
    facts = dict(event.facts)
    private = facts.pop("private", None) or {}
    for name, value in [*facts.items(), *private.items()]:
        if value not in (None, "", [], {}):
            counted = name == "people" and isinstance(value, int)
            yield (
                str(FACTS["count" if counted else name] if name in FACTS else name),
                _told(event, name, value),
            )


def _told(event, name, value):
    if isinstance(value, dict):
        return " · ".join(
            str(one) if key == "text" else f"{_name_of(key)} {one}" for key, one in value.items()
        )
    if name == "fields":
        return " · ".join(_labels(event.entity, value))
    if isinstance(value, list):
        return " · ".join(f"P-{one:07d}" if name == "people" else str(_value(name, one)) for one in value)
    return str(_value(name, value))


def _name_of(key):
    """What a fact inside a fact is called: a kind of record, or a fact of its own."""
    return KINDS.get(key) or FACTS.get(key) or key


def _value(name, value):
    if isinstance(value, bool):
        return PAIRS.get(name, SUCH).of(value)
    if name in WORDS:
        return WORDS[name].get(value, value)
    if name in LISTS:
        return code_lists.label(LISTS[name], value)
    if name in UNITS:
        return lookups.named("unit").words(value)
    if name == "role":
        return gettext(value)
    if name in MOMENTS:
        return said(datetime.fromisoformat(value))
    if name == "person":
        return f"P-{value:07d}"
    return f"C-{value:04d}" if name == "correction" else value


def _labels(entity, columns):
    """The columns of a record by the labels of their boxes, each once."""
    model = MODELS.get(entity)
    if model is None:
        return columns
    boxes = dict.fromkeys(record_lock.box_of(model, column) for column in columns)
    return [str(declared(model)[box].label) if box in declared(model) else box for box in boxes]
