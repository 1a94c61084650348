"""Units, courts, laws and time limits that break one rule each."""

from datetime import date

from app.kernel.schema.rules import ERROR, Facts
from app.reference.models import TimeLimit
from tests.factories import NOW, make_court, make_law, make_unit
from tests.rule_examples import Example

circle = make_unit(code="PC-12")
circle.parent = circle
court = make_court()
court.appeal = court

EXAMPLES = [
    Example("", "parent", ERROR, circle, Facts(NOW)),
    Example("", "code", ERROR, make_unit(code="12"), Facts(NOW)),
    Example("", "appeal", ERROR, court, Facts(NOW)),
    Example(
        "",
        "appeal",
        ERROR,
        make_court(level="appeal_court", appeal=make_court(level="first_instance")),
        Facts(NOW),
    ),
    Example("", "valid_to", ERROR, make_law(valid_to=date(2010, 12, 9)), Facts(NOW)),
    Example("", "amount", ERROR, TimeLimit(code="custody", amount=0), Facts(NOW)),
]
