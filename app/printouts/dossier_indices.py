"""Dossier index: each item of a case with a number, also what the case does not use and what is void.

It shows what may help the suspect, so that the prosecutor and the court find it. The officer in charge marks the rest on
paper.
"""

from flask_babel import gettext
from sqlalchemy import select

from app.cases.models import Case, CaseFile, Exhibit, Supplement
from app.extensions import db
from app.investigation.models import InvestigationAct
from app.kernel.schema.display import format_value
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import RelatedQuery
from app.printouts.document import Printout, build_paragraphs, build_table, format_fields, join_texts
from app.printouts.titles import TITLES

ITEMS = (
    RelatedQuery(CaseFile, "case", links=("act",)),
    RelatedQuery(Exhibit, "case"),
    RelatedQuery(Supplement, "case"),
)
MARK = " "  # an empty cell, to be marked by hand


def load_record(case_id):
    """Return the case with its items, or None if the reader may not see it."""
    case = db.session.get(Case, case_id)
    if case is not None:
        related_rows.preload([case], *ITEMS)
    return case


def build_printout(case):
    of_case = (
        select(InvestigationAct)
        .where(InvestigationAct.case_id == case.id)
        .order_by(InvestigationAct.begun_at)
    )
    acts = db.session.scalars(of_case).unique()
    rows = [
        *(_list_item(gettext("Document"), one, one.recorded_at, "kind", "note", "act") for one in case.files),
        *(_list_item(gettext("Act"), one, one.begun_at, "kind", "document_no") for one in acts),
        *(
            _list_item(gettext("Exhibit"), one, one.recorded_at, "kind", "description")
            for one in case.exhibits
        ),
        *(_list_item(gettext("Supplement"), one, one.recorded_at) for one in case.supplements),
    ]
    heads = [
        (gettext("Kind"), 2), (gettext("Description"), 6), (gettext("Date"), 0), (gettext("May help the suspect"), 2),
    ]  # fmt: skip
    parts = [
        build_table(heads, rows, gettext("Items of the dossier"))
        if rows
        else build_paragraphs(gettext("The case has no item yet.")),
        build_paragraphs(
            gettext("Mark each item that may help the suspect, also one that the case does not use.")
        ),
    ]
    return Printout(
        title=str(TITLES["dossier-index"]),
        number=case.number,
        parts=tuple(parts),
        signers=(gettext("Officer in charge"),),
    )


def _list_item(word, record, at, *names):
    description = join_texts(*(value for _label, value in format_fields(record, *names)))
    mark = gettext("May help") if getattr(record, "helps_suspect", False) else MARK
    return [word, [description, gettext("Void") if record.is_void else ""], format_value(at.date()), mark]
