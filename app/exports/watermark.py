"""Watermark of every exported file: requester, unit, time, purpose, case number and serial number."""

from flask import g
from flask_babel import gettext

from app.kernel.schema import code_lists
from app.kernel.schema.display import reader_language
from app.kernel.system_kind import PRACTICE_MARK, is_practice
from app.kernel.text import dates

PURPOSE_LIST = "purpose"


def build_lines(export):
    """Return (label, value) pairs in the reader's language."""
    user, now = g.user, dates.now()
    name = user.name_km if reader_language() == "km" and user.name_km else user.get_full_name()
    practice = [(gettext("Practice system"), PRACTICE_MARK)] if is_practice() else []
    return [
        *practice,
        (gettext("Serial number"), export.serial),
        (gettext("Exported by"), f"{name} ({user.username})"),
        (gettext("Unit"), str(user.unit or "")),
        (gettext("Exported at"), dates.format_datetime(now, reader_language())),
        (gettext("Purpose"), code_lists.label(PURPOSE_LIST, export.purpose)),
        (gettext("Case number"), export.case_number),
    ]


def build_warning():
    """Return the usage warning as a (label, value) pair."""
    text = gettext(
        "For this case only. It shows what the exporting officer could see on that day. It is not a criminal record certificate. Anyone who passes it on is responsible for it."
    )
    return gettext("Note"), text


def format_line(export):
    """Return the watermark as one line."""
    return " · ".join(value for _label, value in build_lines(export) if value)
