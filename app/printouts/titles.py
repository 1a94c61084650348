"""Titles of printouts. The audit log stores the key."""

from flask_babel import lazy_gettext as _

TITLES = {
    "case-sheet": _("Case sheet"),
    "case-sheets": _("Case sheets"),
    "person-file": _("Person's file"),
    "court-access": _("File of a person for the court"),
    "patrol": _("List of open orders"),
    "bulletin": _("Wanted person notice"),
    "receipt": _("Receipt of an exhibit"),
    "return": _("Return of execution"),
    "letter": _("Official letter"),
    "act-record": _("Record of an investigation act"),
    "dossier-index": _("Dossier index"),
    "labels": _("Labels of exhibits"),
    "handover": _("Hand-over receipt"),
    "notice": _("Notice of a missing person or a body"),
    "protection-order": _("Summary of a protection order"),
    "referral": _("Referral of a minor"),
    "property-receipt": _("Receipt of lost or found property"),
    "inventory": _("Discrepancy report"),
    "list": _("Selected rows of a list"),
    "import-report": _("Report of an import"),
}
