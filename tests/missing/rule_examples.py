"""Reports and ends of reports that break one rule each."""

from datetime import date, datetime

from app.kernel.schema.rules import ERROR, Facts
from app.missing.models import PersonReport, PropertyReport, ReportEnd
from tests.rule_examples import Example

FACTS = Facts(datetime(2026, 6, 1, 12))
LATER = date(2026, 7, 1)
PERSON = {"kind": "missing", "name": "សុខ ដារ៉ា", "sex": "M", "age_from": 30, "reporter": "សុខ សុភា",
          "happened_on": date(2026, 5, 1)}  # fmt: skip
PROPERTY = {"side": "found", "kind": "phone", "description": "ទូរស័ព្ទ", "kept_at": "ប៉ុស្តិ៍",
            "happened_on": date(2026, 5, 1)}  # fmt: skip


def break_person(field, **over):
    return Example("V160", field, ERROR, PersonReport(**PERSON | over), FACTS)


def break_property(field, **over):
    return Example("V161", field, ERROR, PropertyReport(**PROPERTY | over), FACTS)


def break_end(field, **over):
    given = {"person_report": PersonReport(**PERSON), "outcome": "found_alive", "ended_on": date(2026, 5, 9),
             "document_no": "១២", "document_date": date(2026, 5, 9)}  # fmt: skip
    return Example("V162", field, ERROR, ReportEnd(**given | over), FACTS)


EXAMPLES = [
    break_person("name", name=None),
    break_person("reporter", reporter=None),
    break_person("sex", sex="unknown"),
    break_person("age_from", age_from=None),
    break_person("age_from", age_from=130),
    break_person("age_to", age_to=20),
    break_person("height_from", height_from=300),
    break_person("height_to", height_to=2),
    break_person("marks", mark_kind="scar"),
    break_person("happened_on", happened_on=LATER),
    break_property("kept_at", kept_at=None),
    break_property("reporter", side="lost"),
    break_property("happened_on", happened_on=LATER),
    break_end("person_report", person_report=None),
    break_end("outcome", outcome="returned"),
    break_end("ended_on", ended_on=date(2026, 4, 1)),
    break_end("ended_on", ended_on=LATER),
    break_end("document_no", document_no=None),
    break_end("document_date", document_date=None),
    break_end("receiver", person_report=None, property_report=PropertyReport(**PROPERTY), outcome="returned"),
]
