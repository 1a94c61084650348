"""Reports of people and property for tests."""

from datetime import timedelta

from app.extensions import db
from app.kernel.text import dates
from app.missing.models import PersonReport, PropertyReport
from app.reference.models import Place
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as

TODAY = dates.now().date()
MARKS, CLOTHES = "ស្លាកស្នាមនៅដៃឆ្វេងប្រវែងប្រាំសង់ទីម៉ែត្រ", "អាវយឺតពណ៌ខៀវ ខោខ្លីពណ៌ខ្មៅ"


def add_person(writer, kind="missing", place=BATTAMBANG, ago=10, **over):
    """Add a report of a person as this officer, commit it and return its id."""
    values = {
        "kind": kind, "sex": "M", "age_from": 30, "age_to": 35, "height_from": 165, "height_to": 170, "mark_kind": "scar",
        "body_part": "left_hand", "marks": MARKS, "clothes": CLOTHES, "happened_on": TODAY - timedelta(days=ago),
        "name": "សុខ ដារ៉ា" if kind == "missing" else None, "reporter": "សុខ សុភា", "reporter_phone": "012345678",
    }  # fmt: skip
    return _add(writer, PersonReport(**values | over), place)


def add_property(writer, side="lost", place=BATTAMBANG, ago=10, **over):
    """Add a report of property as this officer, commit it and return its id."""
    values = {
        "side": side, "kind": "phone", "description": "ទូរស័ព្ទពណ៌ខ្មៅ", "imei": "356938035643809", "kept_at": "ប៉ុស្តិ៍",
        "happened_on": TODAY - timedelta(days=ago), "reporter": "សុខ សុភា",
    }  # fmt: skip
    return _add(writer, PropertyReport(**values | over), place)


def _add(writer, report, place):
    with acting_as(writer):
        report.place = db.session.get(Place, place)
        db.session.add(report)
        db.session.commit()
        return report.id


__all__ = ["BATTAMBANG", "PHNOM_PENH", "add_person", "add_property"]
