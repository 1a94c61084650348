"""Retention acts that break one rule each."""

from datetime import timedelta

from app.kernel.schema.rules import ERROR
from app.retention.models import RetentionAct
from app.retention.rules import ActFacts
from tests.factories import NOW, make_case, make_person
from tests.rule_examples import Example

TOMORROW = NOW.date() + timedelta(days=1)
DOCUMENT = {"document_no": "12/26", "document_date": NOW.date()}


def break_act(rule, field, facts=None, **over):
    given = {"kind": "hold", "authority": "សាលាដំបូងខេត្ត", "reason": "ករណីកំពុងស៊ើបអង្កេត"}
    return Example(rule, field, ERROR, RetentionAct(**given | over), ActFacts(NOW, **facts or {}))


def make_hold(**over):
    return RetentionAct(kind="hold", person=make_person(), **over)


EXAMPLES = [
    break_act("V163", "person"),
    break_act("V163", "person", person=make_person(), case=make_case()),
    break_act("V163", "until", person=make_person(), until=NOW.date()),
    break_act("V163", "until", kind="lift", ends=make_hold(), until=TOMORROW, **DOCUMENT),
    break_act("V164", "ends", person=make_person(), ends=make_hold()),
    break_act("V164", "ends", kind="lift", **DOCUMENT),
    break_act("V164", "ends", kind="lift", ends=RetentionAct(kind="lift"), **DOCUMENT),
    break_act("V164", "ends", {"can_end": False}, kind="lift", ends=make_hold(), **DOCUMENT),
    break_act("V164", "person", kind="lift", ends=make_hold(), person=make_person(), **DOCUMENT),
    break_act("V164", "document_no", kind="lift", ends=make_hold(), document_date=NOW.date()),
    break_act("V164", "document_date", kind="lift", ends=make_hold(), document_no="12/26"),
    break_act("V166", "person", kind="access", until=TOMORROW, **DOCUMENT),
    break_act(
        "V166", "person", kind="access", person=make_person(), case=make_case(), until=TOMORROW, **DOCUMENT
    ),
    break_act(
        "V166", "document_no", kind="access", person=make_person(), until=TOMORROW, document_date=NOW.date()
    ),
    break_act(
        "V166", "document_date", kind="access", person=make_person(), until=TOMORROW, document_no="12/26"
    ),
    break_act("V166", "until", kind="access", person=make_person(), **DOCUMENT),
    break_act("V166", "until", kind="access", person=make_person(), until=NOW.date(), **DOCUMENT),
    break_act("V004", "document_date", person=make_person(), document_date=TOMORROW),
]
