"""Prevention programmes that break one rule each."""

from datetime import date

from app.kernel.schema.rules import ERROR
from app.prevention.models import PreventionProgramme
from app.reference.models import Place
from tests.rule_examples import Example


def break_programme(field, **over):
    given = {
        "title": "ល្បាតពេលយប់", "text": "ល្បាត", "goal": "បន្ថយ", "place": Place(code="0203"), "family": "property",
        "starts_on": date(2026, 1, 1), "ends_on": date(2026, 6, 30),
    }  # fmt: skip
    return Example("", field, ERROR, PreventionProgramme(**given | over), None)


EXAMPLES = [
    break_programme("ends_on", ends_on=date(2025, 1, 1)),
    break_programme("ends_on", ends_on=date(2035, 1, 1)),
    break_programme("place", place=Place(code="02031001")),
    break_programme("comparison", comparison=Place(code="02")),
    break_programme("second_family", second_family="property"),
]
