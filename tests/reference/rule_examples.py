"""Units, courts, laws and time limits that break one rule each."""

from datetime import date

from app.kernel.schema.rules import ERROR, Facts
from app.reference.models import LetterTemplate, TimeLimit
from tests.factories import NOW, make_court, make_law, make_place, make_unit
from tests.rule_examples import Example

circle = make_unit(code="PC-12")
circle.parent = circle
court = make_court()
court.appeal = court
neighbour = make_unit(code="PC-02", area_code="02")
drugs = make_unit(code="D-DRUG", area_code=None, families="drugs")
post = make_unit(code="PO-12", parent=make_unit())


def close(successor, **over):
    return make_unit(valid_to=NOW.date(), successor=successor, area=make_place(code="12"), **over)


EXAMPLES = [
    Example("", "parent", ERROR, circle, Facts(NOW)),
    Example("", "successor", ERROR, make_unit(valid_to=NOW.date()), Facts(NOW)),
    Example("", "valid_to", ERROR, make_unit(successor=neighbour), Facts(NOW)),
    Example("", "valid_to", ERROR, make_unit(successor=neighbour, valid_to=date(2126, 1, 1)), Facts(NOW)),
    Example("", "successor", ERROR, close(neighbour), Facts(NOW)),
    Example("", "successor", ERROR, close(drugs), Facts(NOW)),
    Example("", "successor", ERROR, close(post), Facts(NOW)),
    Example("", "successor", ERROR, close(make_unit(code="PC-1", successor_code="PC-02")), Facts(NOW)),
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
    Example("", "amount", ERROR, TimeLimit(code="custody", amount=0, measure="hour"), Facts(NOW)),
    Example(
        "", "amount", ERROR, TimeLimit(code="detention_felony", amount=1201, measure="month"), Facts(NOW)
    ),
    Example("", "longitude", ERROR, make_place(longitude=None), Facts(NOW)),
    Example("", "latitude", ERROR, make_place(latitude=None), Facts(NOW)),
    Example("", "latitude", ERROR, make_place(latitude=103.2, longitude=13.1), Facts(NOW)),
    Example("", "longitude", ERROR, make_place(longitude=17.0), Facts(NOW)),
    Example("", "valid_to", ERROR, make_place(valid_from=NOW.date(), valid_to=date(2010, 1, 1)), Facts(NOW)),
    Example("", "days", ERROR, LetterTemplate(code="photo", kind="request"), Facts(NOW)),
]
