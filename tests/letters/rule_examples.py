"""Letters that break one rule each."""

from datetime import timedelta

from app.court_orders.models import CourtOrder
from app.kernel.schema.rules import ERROR
from app.letters.facts import LetterFacts
from app.letters.models import Letter
from app.reference.models import LetterTemplate
from tests.factories import NOW, make_case, make_unit
from tests.rule_examples import Example


def break_letter(field, facts=None, **over):
    given = {"template": LetterTemplate(kind="request"), "to_unit": make_unit(), "text": "សូមផ្ញើរូបថត"}
    return Example("", field, ERROR, Letter(**given | over), LetterFacts(NOW, **facts or {}))


YESTERDAY, TOMORROW = (NOW.date() + timedelta(days=days) for days in (-1, 1))
EXAMPLES = [
    break_letter("template", template=None),
    break_letter("to_unit", to_unit=None),
    break_letter("to_unit", {"own_units": (make_unit().code,)}),
    break_letter("to_unit", {"is_receiver_closed": True}),
    break_letter("to_below", to_below=True),
    break_letter("case", case=make_case(), order=CourtOrder()),
    break_letter("case", template=LetterTemplate(kind="request", text_km="{record}")),
    break_letter("person", template=LetterTemplate(kind="request", text_km="{person}"), text=None),
    break_letter("due_at", due_at=NOW),
    break_letter("share_until", share_until=TOMORROW, share_parts="whole"),
    break_letter("share_until", share_parts="facts"),
    break_letter("share_parts", {"may_share": True}, case=make_case(), share_until=TOMORROW),
    break_letter(
        "share_until",
        template=LetterTemplate(kind="notice"),
        case=make_case(),
        share_until=TOMORROW,
        share_parts="whole",
        to_below=True,
    ),
    break_letter(
        "share_until", {"may_share": True}, case=make_case(), share_until=YESTERDAY, share_parts="whole"
    ),
    break_letter(
        "share_until",
        {"may_share": True},
        case=make_case(),
        share_until=NOW.date() + timedelta(days=91),
        share_parts="whole",
    ),
    break_letter("share_until", case=make_case(), share_until=TOMORROW, share_parts="whole"),
    break_letter("text", text="ក" * 8001),
]
