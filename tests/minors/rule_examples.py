"""Contacts with minors and steps that break one rule each."""

from datetime import date, datetime, timedelta

from app.kernel.schema.rules import ERROR, INFO, WARNING, Facts
from app.minors.models import MinorContact, MinorStep
from tests.factories import NOW
from tests.rule_examples import Example

MET = datetime(2026, 2, 2, 9)
DAY = MET.date()
LATER = NOW.date() + timedelta(days=30)


def make_contact(*kinds, **over):
    given = {
        "met_at": MET, "reason": "in_need", "name": "ចាន់ សុផា", "sex": "F", "age": 15, "guardian_informed_at": MET,
        "heard_with": "ភ្នាក់ងារសង្គមកិច្ច",
    }  # fmt: skip
    contact = MinorContact(**given | over)
    for kind in kinds:
        contact.steps.append(MinorStep(kind=kind, done_on=DAY + timedelta(days=1)))
    return contact


def break_contact(rule, field, level=ERROR, **over):
    return Example(rule, field, level, make_contact(**over), Facts(NOW))


def break_step(field, contact=None, rule="V178", **over):
    given = {"kind": "assessed", "done_on": DAY + timedelta(days=1)}
    return Example(
        rule, field, ERROR, MinorStep(contact=contact or make_contact(), **given | over), Facts(NOW)
    )


PROPOSED = ("assessed", "proposed")
PAPER = {"kind": "ordered", "document_no": "5/26", "document_date": DAY, "until_on": LATER}
EXAMPLES = [
    break_contact("V176", "age", age=18),
    break_contact("V176", "reason", WARNING, age=12, reason="in_conflict"),
    break_contact("V176", "met_at", met_at=NOW + timedelta(days=2)),
    break_contact("V177", "guardian_informed_at", INFO, guardian_informed_at=None),
    break_contact("V177", "heard_with", INFO, heard_with=None),
    break_step("contact", make_contact(voided_at=NOW)),
    break_step("done_on", done_on=date(2026, 1, 1)),
    break_step("done_on", make_contact("assessed"), kind="proposed", done_on=DAY),
    break_step("done_on", done_on=LATER),
    break_step("kind", kind="kept"),
    break_step("receiver", make_contact("assessed"), kind="referred"),
    break_step("until_on", until_on=LATER),
    break_step("document_no", make_contact(*PROPOSED), "V146", **PAPER | {"document_no": None}),
    break_step("document_date", make_contact(*PROPOSED), "V146", **PAPER | {"document_date": None}),
    break_step("until_on", make_contact(*PROPOSED), "V146", **PAPER | {"until_on": None}),
    break_step("until_on", make_contact(*PROPOSED), "V146", **PAPER | {"until_on": DAY}),
]
