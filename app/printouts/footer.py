"""Texts around every printout: unit, printing officer, time, purpose and serial number.

The serial number names the audit entry of this print (`printed_copies`). A printout that is found can be traced to the
officer who printed it without a separate list.
"""

from datetime import datetime

from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.system_kind import PRACTICE_MARK, is_practice
from app.kernel.text import dates
from app.printouts import printed_copies
from app.printouts.document import join_texts
from app.reference.unit_paths import find_unit_path

KINGDOM, MOTTO = "ព្រះរាជាណាចក្រកម្ពុជា", "ជាតិ សាសនា ព្រះមហាក្សត្រ"
# Filled in by hand: the lunar date is not computed here.
LUNAR_DATE_BLANK = "ថ្ងៃ………………… ខែ…………… ឆ្នាំ………………… …………ស័ក ព.ស.២៥……"


def build_frame_texts(user, actor, serial, root):
    """Return the texts around all printouts of one print by `user`, in the language of the printout; `actor` has the purpose.

    `root` is the address of the system, for the QR code that opens the page of this print.
    """
    at, is_khmer = dates.now(), reader_language() == "km"
    name = (user.name_km if is_khmer else "") or user.get_full_name()
    unit = find_unit_path(user.unit_code)[-1] if user.unit_code else ""
    reason = join_texts(code_lists.label("purpose", actor.purpose), actor.case_number)
    return {
        "system": "E-Crime",
        **_build_heading(user.unit_code, "………………"),
        "printed": join_texts(
            gettext("Printed by %(name)s", name=name),
            unit,
            format_value(at),
            reason,
            gettext("copy number %(serial)s", serial=serial),
        ),
        "address": printed_copies.build_address(root, serial),
        **_build_signing_texts(at),
    }  # fmt: skip


def build_issue_texts(unit_code, number, day, signer=None):
    """Return heading, number, date and signer of a record that a unit has issued, not those of the printing officer."""
    is_khmer = reader_language() == "km"
    name = ((signer.name_km if is_khmer else "") or signer.get_full_name()) if signer is not None else ""
    heading = _build_heading(unit_code, number)
    civil_day = f"…………………, {dates.format_long_date(day, reader_language())}"
    return {"units": heading["units"], "letter": heading["letter"], "civil_day": civil_day, "signed_by": name}


def build_report_texts(report, reviewer):
    """Return the texts around an official report, which the reviewer issues for its unit."""
    at, is_khmer = dates.now(), reader_language() == "km"
    name = (reviewer.name_km if is_khmer else "") or reviewer.get_full_name()
    return {
        "system": "E-Crime",
        **_build_heading(report.unit_code, report.number),
        "printed": join_texts(
            gettext("Issued by %(name)s", name=name), report.number, format_value(at), report.fingerprint
        ),
        "address": "",
        **_build_signing_texts(at),
    }  # fmt: skip


def _build_heading(unit_code, number):
    is_khmer = reader_language() == "km"
    return {
        "mark": PRACTICE_MARK if is_practice() else "",
        "language": reader_language(),
        "kingdom": KINGDOM if is_khmer else "KINGDOM OF CAMBODIA",
        "motto": MOTTO if is_khmer else "Nation Religion King",
        "units": [gettext("Ministry of Interior"), *find_unit_path(unit_code)],
        "letter": gettext("Number: %(dots)s", dots=number),
        "page": gettext("Page"),
    }


def _build_signing_texts(at):
    return {
        "lunar_day": LUNAR_DATE_BLANK if reader_language() == "km" else "",
        "civil_day": _signing_date(at),
        "sign_here": gettext("Signature and seal"),
        "signed_by": "",
    }


def _signing_date(at: datetime):
    """Return the month and year of the print; the day of signature is written by hand."""
    if reader_language() != "km":
        return f"…………………, ……… {dates.format_month(at.date(), 'en')}"
    month = dates.format_long_date(at.date(), "km").split(" ", 1)[1]
    return f"…………………, ថ្ងៃទី……… {month}"
