"""Protection orders and steps that break one rule each."""

from datetime import date, timedelta

from app.cases.models import Involvement
from app.kernel.schema.rules import ERROR, WARNING, Facts
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep
from tests.factories import NOW, make_case, make_involvement
from tests.rule_examples import Example

DAY = date(2026, 2, 2)
LATER = NOW.date() + timedelta(days=30)


def make_order(**over):
    case = make_case()
    given = {
        "case": case, "restrained": make_involvement("suspect", case=case), "protected": make_involvement("victim", case=case),
        "order_no": "5/26", "decided_on": DAY, "starts_on": DAY, "no_contact": True,
    }  # fmt: skip
    order = ProtectionOrder(**given | over)
    order.ends_on = order.until_on
    return order


def break_order(rule, field, **over):
    return Example(rule, field, ERROR, make_order(**over), Facts(NOW))


def break_step(field, level=ERROR, order=None, **over):
    given = {"kind": "ended", "done_on": DAY, "document_no": "6/26", "document_date": DAY}
    step = ProtectionOrderStep(order=order or make_order(until_on=date(2026, 3, 1)), **given | over)
    return Example("V173", field, level, step, Facts(NOW))


EXTENDED = make_order(until_on=date(2026, 3, 1))
EXTENDED.steps = [
    ProtectionOrderStep(kind="extended", done_on=DAY + timedelta(days=2), until_on=date(2026, 4, 1))
]
ENDED = make_order()
ENDED.ended_on = DAY + timedelta(days=1)
VOID = make_order(voided_at=NOW)
HIDDEN = Involvement(role="suspect", case=make_case())
EXAMPLES = [
    break_order("V170", "starts_on", starts_on=DAY - timedelta(days=1)),
    break_order("V170", "until_on", until_on=DAY - timedelta(days=1)),
    break_order("V170", "informed_on", informed_on=DAY - timedelta(days=1)),
    break_order("V170", "decided_on", decided_on=LATER, starts_on=LATER),
    break_order("V171", "restrained", restrained=make_involvement("suspect", case=make_case())),
    break_order("V171", "restrained", restrained=make_involvement("child_below_14")),
    break_order("V171", "protected", protected=make_involvement("victim", case=make_case())),
    break_order("V171", "restrained", case=HIDDEN.case, restrained=HIDDEN),
    break_order("V171", "protected", case=HIDDEN.case, restrained=HIDDEN, protected=HIDDEN),
    break_order("V172", "no_violence", no_contact=False),
    break_order("V172", "keeps_away", distance=50),
    break_order("V172", "distance", keeps_away=True, distance=0),
    break_step("order", order=VOID),
    break_step("done_on", done_on=DAY - timedelta(days=1)),
    break_step("done_on", order=ENDED, done_on=DAY + timedelta(days=9)),
    break_step(
        "done_on", WARNING, order=make_order(starts_on=DAY + timedelta(days=9)), kind="broken", note="គំរាម"
    ),
    break_step("document_no", document_no=None),
    break_step("document_date", document_date=LATER),
    break_step("until_on", kind="extended"),
    break_step("until_on", kind="extended", until_on=date(2026, 2, 20)),
    break_step("until_on", until_on=LATER),
    break_step("kind", order=make_order(until_on=None, ends_on=None), kind="extended", until_on=LATER),
    break_step("until_on", kind="shortened", until_on=date(2026, 3, 1)),
    break_step("until_on", kind="shortened", until_on=DAY - timedelta(days=1)),
    break_step("done_on", order=EXTENDED, kind="extended", until_on=date(2026, 5, 1)),
    break_step("note", kind="broken"),
    break_step("note", kind="mistaken"),
]
