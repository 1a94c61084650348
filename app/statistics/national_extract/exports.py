"""The national extract as .csv, with the counts alone, and as a workbook with its checks and the table of categories."""

import csv
import io

import xlsxwriter
from flask_babel import gettext

from app.exports.text_files import BOM
from app.exports.xlsx_files import PLAIN_STRINGS
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import lookups
from app.kernel.text import dates
from app.statistics import measures
from app.statistics.charts.drawing import HIDDEN
from app.statistics.national_extract.contents import GOOD, LOOK, WRONG, load_mapping, name_category
from app.statistics.query_builder.fields import get_area_name, get_group_label

COLUMNS = ("year", "iccs", "iccs_name", "province", "province_name", "month", "offences", "attempts")


def describe_result(result):
    """Return the word for the result of a check."""
    return {GOOD: gettext("in order"), LOOK: gettext("to be looked at"), WRONG: gettext("wrong")}[result]


def list_rules():
    """Return the lines that say how the extract is counted and what it leaves out."""
    return [
        *measures.list_lines("offences", "protected"),
        gettext("Attempts are among the offences. Attempted homicide has a category of its own."),
        str(measures.OPEN_CASES),
        gettext("Protected cases are on a sheet of their own by group. They have no category."),
        gettext("Voided rows and drafts never count."),
        gettext(
            "Categories: International Classification of Crime for Statistical Purposes (ICCS), UNODC 2015. Titles were "
            "not compared with the publication, and Khmer titles are proposals."
        ),
        gettext("The category of each offence is a proposal. A lawyer must confirm it."),
    ]  # fmt: skip


def write_csv(extract):
    """Return the rows of the extract as text, one for each category, province and month."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_list_rows(extract))
    return BOM + out.getvalue()


def _list_rows(extract):
    for row in extract.rows:
        yield (
            extract.year, row.category, name_category(row.category), row.province, get_area_name(row.province),
            row.month % 100, row.offences, row.attempts,
        )  # fmt: skip


def write_workbook(extract):
    """Return the extract as an .xlsx workbook: offences, protected cases, checks, categories and counting rules."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **PLAIN_STRINGS})
    bold = book.add_format({"bold": True})
    for name, heads, rows in (
        (gettext("Offences"), COLUMNS, _list_rows(extract)),
        (gettext("Protected cases"), ("year", "group", "group_name", "province", "province_name", "month", "cases"), _list_protected(extract)),
        (gettext("Checks"), (gettext("Check"), gettext("Result"), gettext("Found")), _list_checks(extract)),
        (gettext("Categories"), ("offence", "offence_name", "iccs", "iccs_name", "to_confirm", "also_iccs"), _list_categories()),
        (gettext("How it is counted"), (gettext("Figures of"), dates.format_datetime(extract.as_of, reader_language())),
         [[line] for line in list_rules()]),
    ):  # fmt: skip
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, heads, bold)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def _list_protected(extract):
    for group, province, month, number in extract.protected:
        yield (
            extract.year, group, get_group_label(group), province, get_area_name(province) if province else gettext("Cambodia"),
            month or "", HIDDEN if number is None else number,
        )  # fmt: skip


def _list_checks(extract):
    for check in extract.checks:
        for line in check.found or [""]:
            yield check.title, describe_result(check.result), line


def _list_categories():
    words = lookups.get_lookup("offence").words
    for code, row in load_mapping().items():
        yield code, words(code), row["iccs"], name_category(row["iccs"]), row["to_confirm"], row["also"]
