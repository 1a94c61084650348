"""Line-ups that break one rule each."""

from datetime import timedelta

from app.kernel.schema.rules import ERROR, WARNING
from app.lineups.models import Lineup
from app.lineups.rules import LineupFacts
from tests.factories import NOW, make_case, make_involvement
from tests.rule_examples import Example


def break_lineup(rule, field, level=ERROR, facts=None, **over):
    case = make_case()
    given = {
        "case": case, "suspect": make_involvement("suspect", case=case),
        "witness": make_involvement("witness", case=case), "mode": "sequential", "first_description": "បុរសសក់ខ្លី",
        "described_at": NOW - timedelta(hours=1),
    }  # fmt: skip
    for row in (given | over)["suspect"], (given | over)["witness"]:
        row.case = row.case or case
    return Example(rule, field, level, Lineup(**given | over), LineupFacts(NOW, **facts or {}))


EXAMPLES = [
    break_lineup("", "suspect", suspect=make_involvement("suspect", case=make_case())),
    break_lineup("", "witness", witness=make_involvement("witness", case=make_case())),
    break_lineup("V137", "witness", witness=make_involvement("suspect")),
    break_lineup("V137", "suspect", facts={"has_photo": False}),
    break_lineup("V137", "suspect", facts={"suspect_is_minor": True}),
    break_lineup("V138", "", facts={"author_is_of_case": False}),
    break_lineup("V138", "presenter", facts={"presenter_knows_case": True}),
    break_lineup("V138", "presenter", facts={"times_named": 2}),
    break_lineup("V138", "first_description", first_description=None),
    break_lineup("V139", "witness", WARNING, facts={"was_shown_before": True}),
    break_lineup("V004", "described_at", described_at=NOW + timedelta(hours=1)),
]
