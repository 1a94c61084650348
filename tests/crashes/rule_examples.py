"""Facts of crashes and road users that break one rule each."""

from decimal import Decimal

from app.crashes.models import Crash, RoadUser
from app.kernel.schema.rules import ERROR, Facts
from tests.factories import NOW, make_case, make_involvement
from tests.rule_examples import Example

CRASH = {"kind": "rear", "cause": "distance", "road": "national"}


def break_crash(field, **over):
    return Example("V174", field, ERROR, Crash(case=make_case(), **CRASH | over), Facts(NOW))


def break_user(field, **over):
    given = {"case": make_case(), "kind": "motorcycle"}
    return Example("V175", field, ERROR, RoadUser(**given | over), Facts(NOW))


EXAMPLES = [
    break_crash("second_cause", second_cause="distance"),
    break_crash("speed_limit", speed_limit=300),
    break_user("involvement", involvement=make_involvement("suspect", case=make_case())),
    break_user("people", people=-1),
    break_user("breath_alcohol", breath_alcohol=Decimal("9.5")),
    break_user("plate", kind="pedestrian", plate="1AB-2345"),
    break_user("protection", kind="pedestrian", protection="helmet"),
    break_user("licence", kind="animal", licence="valid"),
]
