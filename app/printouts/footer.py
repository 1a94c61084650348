"""What stands on every paper beside what it tells: the unit, who printed it, when, why, and its serial number.

The serial number is the number of the entry in the log that tells of this print, so a paper that is found leads to
whoever had it printed, and nobody has to keep a second list.
"""

from datetime import datetime

from flask_babel import gettext

from app.kernel.schema import code_lists
from app.kernel.schema.display import said
from app.kernel.text import dates
from app.printouts.document import line
from app.reference.unit_paths import lineage

# To be filled by hand: the lunar day is not reckoned here.
LUNAR_DAY = "ថ្ងៃ………………… ខែ…………… ឆ្នាំ………………… ព.ស.២៥……"


def words_of(user, actor, serial, at=None):
    """The words around all sheets of one print by `user`; `actor` says why."""
    at = at or dates.now()
    name = user.name_km or user.get_full_name()
    unit = lineage(user.unit_code)[-1] if user.unit_code else ""
    why = line(code_lists.label("purpose", actor.purpose), actor.case_number)
    return {
        "register": "E-Crime",
        "kingdom": "ព្រះរាជាណាចក្រកម្ពុជា",
        "motto": "ជាតិ សាសនា ព្រះមហាក្សត្រ",
        "units": [gettext("Ministry of Interior"), *lineage(user.unit_code)],
        "letter": gettext("Number: %(dots)s", dots="………………"),
        "page": gettext("Page"),
        "printed": line(
            gettext("Printed by %(name)s", name=name),
            unit,
            said(at),
            why,
            gettext("copy number %(serial)s", serial=str(serial)),
        ),
        "lunar_day": LUNAR_DAY,
        "civil_day": _day_to_come(at),
        "sign_here": gettext("Signature and seal"),
    }  # fmt: skip


def _day_to_come(at: datetime):
    """The month and year of the print; the day on which it is signed is written by hand."""
    month = dates.long_date(at.date(), "km").split(" ", 1)[1]
    return f"…………………, ថ្ងៃទី……… {month}"
