"""What stands in every file that leaves: who took it, of which unit, when, for what, and its number."""

from flask import g
from flask_babel import gettext

from app.kernel.schema import code_lists
from app.kernel.schema.display import language
from app.kernel.text import dates

PURPOSES = "purpose"


def lines(export):
    """(label, words), in the reader's language."""
    user, now = g.user, dates.now()
    name = user.name_km if language() == "km" and user.name_km else user.get_full_name()
    return [
        (gettext("Serial number"), export.serial),
        (gettext("Exported by"), f"{name} ({user.username})"),
        (gettext("Unit"), str(user.unit or "")),
        (gettext("Exported at"), dates.say_moment(now, language())),
        (gettext("Purpose"), code_lists.label(PURPOSES, export.purpose)),
        (gettext("Case number"), export.case_number),
    ]


def warning():
    """(label, words), as the lines of the mark."""
    text = gettext(
        "For this case alone. It shows what its reader might see on that day, it is no criminal record certificate,"
        " and whoever passes it on answers for it."
    )
    return gettext("Note"), text


def one_line(export):
    return " · ".join(words for _label, words in lines(export) if words)
