"""What each paper is called: on the paper, and in the log, which keeps the key."""

from flask_babel import lazy_gettext as _

TITLES = {
    "case-sheet": _("Case sheet"),
    "case-sheets": _("Case sheets"),
    "person-file": _("Person's file"),
    "patrol": _("List of open orders"),
    "bulletin": _("Notice of a wanted person"),
    "receipt": _("Receipt of an exhibit"),
    "return": _("Return of execution"),
}
