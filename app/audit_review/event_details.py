"""Facts of an audit log entry as labels and formatted values."""

from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.accounts import delegation
from app.accounts.scope_columns import find_scope_model
from app.corrections.correctable_records import get_models
from app.corrections.template_globals import get_record_type_labels
from app.kernel.audit import hash_chain
from app.kernel.i18n.yes_no import APPLIES, IS_ALLOWED, IS_URGENT, WAS_DONE, WAS_JUSTIFIED, WAS_LATE
from app.kernel.schema import code_lists, lookups, record_lock
from app.kernel.schema.display import format_value
from app.kernel.schema.fields import fields_of
from app.printouts.titles import TITLES

FACT_LABELS = {
    "ids": _("Records shown"),
    "people": _("People shown"),
    "number": _("Serial number"),
    "format": _("File format"),
    "tables": _("Tables"),
    "sha256": _("Content hash"),
    "job": _("Background work"),
    "cases": _("Cases shown"),
    "exhibits": _("Exhibits shown"),
    "exhibit_cards": _("Exhibits outside your area"),
    "count": _("Count"),
    "filters": _("Filters"),
    "source": _("Source page"),
    "text": _("Entered text"),
    "about": _("Topic"),
    "draft": _("Entry draft"),
    "began": _("Began"),
    "ended": _("Ended"),
    "role": _("Role"),
    "reason": _("Reason"),
    "fields": _("Fields"),
    "correction": _("Correction"),
    "by": _("Reason"),
    "page": _("Page"),
    "paper": _("Printed document"),
    "person_merge": _("Merge"),
    "other": _("The other record"),
    "unit": _("Unit"),
    "unit_before": _("Previous unit"),
    "because": _("Reason"),
    "device": _("Device"),
    "second_factor": _("Two-step verification"),
    "token": _("Token"),
    "days": _("Days"),
    "writes": _("Write access"),
    "left": _("Remaining"),
    "case": _("Case"),
    hash_chain.CASE_UNKNOWN: _("Case number without a case"),
    "user": _("Account"),
    "step": _("Step"),
    "until": _("Until"),
    "owners": _("Owning units"),
    "grants": _("Access grants"),
    "involvement": _("Person in a case"),
    "key": _("Code"),
    "kind": _("Correction type"),
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
    "act": _("Requested action"),
    "request": _("Request to a second person"),
    "requested_by": _("Requesting account"),
    "name": _("Name"),
    "functions": _("Functions"),
    "question": _("Entered text"),
    "purpose": _("Purpose"),
    "from": _("Before"),
    "to": _("After"),
}
REFUSAL_REASONS = {
    "permission": _("missing permission"),
    "scope": _("not found, or outside your area of responsibility"),
    "lock": _("locked after 48 hours"),
    "rate": _("too many requests"),
}
SOURCE_LABELS = {
    "quick": _("System-wide search"),
    "wider": _("System-wide search"),
    "text": _("Narratives and marks"),
    "check": _("Check by a second officer"),
    "worklist": _("Orders to execute"),
    "log": _("Audit log"),
    "compare": _("Comparison while entering"),
    "named": _("Another record of this person"),
    "card": _("Open with break-glass access"),
}
ACTION_LABELS = {
    delegation.ASSIGN: _("Assign a role"),
    delegation.PASSWORD: _("Issue a one-time password"),
    delegation.FACTOR: _("Remove two-step verification"),
    delegation.REOPEN: _("Reopen account"),
    delegation.MOVE: _("Move to another unit"),
    delegation.FUNCTION: _("Give a function"),
    delegation.SCOPE: _("Change that needs approval"),
}
YES_NO_LABELS = {
    "second_factor": WAS_DONE,
    "writes": IS_ALLOWED,
    "justified": WAS_JUSTIFIED,
    "late": WAS_LATE,
    "urgent": IS_URGENT,
}
STEP_LABELS = {"moved": _("This unit moved the case out of its own area or offences.")}
VALUE_LABELS = {
    "by": REFUSAL_REASONS, "paper": TITLES, "source": SOURCE_LABELS, "act": ACTION_LABELS, "step": STEP_LABELS,
}  # fmt: skip
# Code list of each coded fact.
FACT_CODE_LISTS = {"kind": "correction_kind", "purpose": "purpose", "functions": "account_function"}
UNIT_FACTS, TIME_FACTS = ("unit", "unit_before", "owners"), ("began", "ended", "until")


def describe_facts(event):
    """Yield (label, text) of each fact of an event."""
    facts = dict(event.facts)
    private = facts.pop("private", None) or {}
    for name, value in [*facts.items(), *private.items()]:
        if value not in (None, "", [], {}):
            counted = name == "people" and isinstance(value, int)
            yield (
                str(FACT_LABELS["count" if counted else name] if name in FACT_LABELS else name),
                _format_fact(event, name, value),
            )


def _format_fact(event, name, value):
    if isinstance(value, dict):
        return " · ".join(
            str(one) if key == "text" else f"{_get_fact_label(key)} {one}" for key, one in value.items()
        )
    if name == "fields":
        return " · ".join(_get_field_labels(event.entity, value))
    if isinstance(value, list):
        return " · ".join(
            f"P-{one:07d}" if name == "people" else str(_format_item(name, one)) for one in value
        )
    return str(_format_item(name, value))


def _get_fact_label(key):
    """Return the label of a nested fact: the type of a record, or a fact label."""
    return get_record_type_labels().get(key) or FACT_LABELS.get(key) or key


def _format_item(name, value):
    if isinstance(value, bool):
        return YES_NO_LABELS.get(name, APPLIES).label_for(value)
    if name in VALUE_LABELS:
        return VALUE_LABELS[name].get(value, value)
    if name in FACT_CODE_LISTS:
        return code_lists.label(FACT_CODE_LISTS[name], value)
    if name in UNIT_FACTS:
        return lookups.get_lookup("unit").words(value)
    if name == "role":
        return gettext(value)
    if name in TIME_FACTS:
        return format_value(datetime.fromisoformat(value))
    if name == "person":
        return f"P-{value:07d}"
    return f"C-{value:04d}" if name == "correction" else value


def _get_field_labels(entity, columns):
    """Return the field labels of the columns of a record, without repetition."""
    model = get_models().get(entity) or find_scope_model(entity)
    if model is None:
        return columns
    names = dict.fromkeys(record_lock.field_of_column(model, column) for column in columns)
    return [str(fields_of(model)[name].label) if name in fields_of(model) else name for name in names]
