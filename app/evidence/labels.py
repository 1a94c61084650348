"""Labels of exhibits and shelves as PDF."""

import json
import time
from pathlib import Path

import typst
from flask import url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.exhibit_numbers import number_exhibits
from app.cases.models import Exhibit
from app.evidence.label_codes import draw_bars, draw_square
from app.extensions import db
from app.kernel.i18n.locale import reader_language
from app.kernel.schema.display import format_field
from app.kernel.text import dates
from app.printouts.typesetting import load_fonts
from app.reference.unit_paths import find_unit_path

LAYOUT = Path(__file__).parent / "layout"
MOST = 2000  # labels in one PDF


def format_number(exhibit):
    """Return the number of an exhibit on paper: that of its case, and its number in the case."""
    return f"{exhibit.case.number}/{number_exhibits([exhibit.id])[exhibit.id]}"


def load_exhibits(*conditions):
    """Return the exhibits in the reader's scope that meet the conditions."""
    query = (
        select(Exhibit)
        .where(*conditions, Exhibit.voided_at.is_(None))
        .options(joinedload(Exhibit.case), joinedload(Exhibit.custody))
    )
    return db.session.scalars(query.order_by(Exhibit.case_id, Exhibit.id).limit(MOST + 1)).unique().all()


def build_labels(exhibits):
    """Return the content of the labels: codes, kind, number, seal, day and unit."""
    numbers, language = number_exhibits([one.id for one in exhibits]), reader_language()
    pattern = url_for("ExhibitCustodyView.scan", code="CODE", _external=True)
    labels = []
    for one in exhibits:
        seal = one.custody.seal if one.custody is not None else None
        day = (one.found_at or one.recorded_at).date()
        labels.append(
            {
                "code": one.code,
                "text": _group_digits(one.code),
                "square": draw_square(pattern.replace("CODE", one.code)),
                "bars": draw_bars(one.code),
                "kind": format_field(one, "kind"),
                "number": f"{one.case.number}/{numbers[one.id]}",
                "lines": [
                    *([gettext("Seal %(number)s", number=seal)] if seal else []),
                    dates.format_date(day, language),
                    find_unit_path(one.case.unit_code)[-1] if one.case.unit_code else "",
                ],
            }
        )
    return labels


def build_shelf_labels(shelves):
    """Return the content of the labels of shelves: code, store, shelf and unit."""
    return [
        {
            "code": one.code,
            "text": _group_digits(one.code),
            "square": draw_square(url_for("ExhibitCustodyView.scan", code=one.code, _external=True)),
            "bars": draw_bars(one.code),
            "kind": str(one.store),
            "number": one.name,
            "lines": find_unit_path(one.store.unit_code)[-1:],
        }
        for one in shelves
    ]


def _group_digits(code):
    return f"{code[:4]} {code[4:8]} {code[8:]}"


def typeset_labels(labels):
    """Return the labels as PDF."""
    return typst.Compiler(LAYOUT / "labels.typ", LAYOUT, load_fonts(), ignore_system_fonts=True).compile(
        format="pdf", sys_inputs={"data": json.dumps({"labels": labels})}, timestamp=int(time.time())
    )
