"""The job that makes the file of an export, as whoever asked for it: his part, his rights, what his screen would mask."""

import hashlib

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app import jobs
from app.exports import datasets
from app.exports.models import OVER, Export
from app.exports.text_files import CsvFiles, JsonLines
from app.exports.xlsx_files import XlsxFile
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.schema.display import language
from app.kernel.text import dates

FORMATS = {"xlsx": XlsxFile, "csv": CsvFiles, "jsonl": JsonLines}
PRIVATE = "slip"  # of the arguments of a list: what was typed of people


@jobs.kind("export", label=_("Export"), right=("can_export", "Export"), of=("ExportView.show", "number"))
def make(work, number):
    export = db.session.get(Export, number)
    sheets = list(datasets.sheets_of(export))
    written = _write(work, export, sheets)
    if written is None:
        _refuse(export, sheets)
    path, media_type = written
    datasets.need_rows(sheets)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    rows = sum(sheet.rows for sheet in sheets)
    people = sorted(set().union(*(sheet.people for sheet in sheets)))
    db.session.rollback()  # the log is written in a transaction of its own, before anything can be fetched
    access_log.exported(
        export.__tablename__, number, people, number=export.serial, format=export.format, count=rows, sha256=sha256,
        tables=[sheet.trace for sheet in sheets],
    )  # fmt: skip
    export.rows, export.sha256 = rows, sha256
    export.arguments = {name: value for name, value in export.arguments.items() if name != "filters"}
    suffix = "zip" if media_type == "application/zip" else export.format
    work.reached(rows, _rows_in_words(rows))
    work.gives(path, f"{export.serial}.{suffix}", media_type)


class _TooMany(Exception):
    """The file would hold more rows than the role may take."""


def _write(work, export, sheets):
    """(the file, its media type), or None where it would hold too many rows. Whatever read the rows has ended then: on
    SQLite a reading that goes on keeps its session from writing what it does not know of yet.
    """
    written = 0

    def watch(rows, sheet):
        """Told of each part that was written."""
        nonlocal written
        written += rows
        if written > export.most_rows:
            raise _TooMany
        work.reached(written, f"{sheet.title} · {_rows_in_words(written)}")

    try:
        return FORMATS[export.format](work.folder, export, watch).write(sheets)
    except _TooMany:
        return None


def _refuse(export, sheets):
    db.session.rollback()
    export.state, export.rows = OVER, sum(sheet.count() for sheet in sheets)
    db.session.commit()
    most = dates.say_number(export.most_rows, language())
    raise jobs.Refused(
        gettext("These are more than %(most)s rows. Narrow the list, or ask for approval.", most=most)
    )


def _rows_in_words(rows):
    return gettext("%(rows)s rows", rows=dates.say_number(rows, language()))
