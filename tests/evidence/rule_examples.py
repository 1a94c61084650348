"""Movements, seals, quantities and stores that break one rule each."""

from dataclasses import dataclass
from datetime import date

from app.accounts.models import User
from app.cases.models import Exhibit, ExhibitMovement
from app.evidence.models import EvidenceStore, ExhibitSeal, QuantityChange
from app.evidence.rules import CHAIN, SEALER, SPLITTER, ChainFacts
from app.kernel.schema.rules import ERROR, check_rules
from tests.rule_examples import Example

DAY = date(2026, 3, 5)


@dataclass(frozen=True)
class ChainExample(Example):
    """A movement or seal that breaks a rule about the present holder, which the session checks."""

    def find_problems(self):
        rules = {ExhibitSeal: SEALER, QuantityChange: SPLITTER}.get(type(self.record), CHAIN)
        problems = check_rules(rules, self.record, self.facts)
        return [one for one in problems if (one.rule, one.field) == (self.rule, self.field)]


def break_chain(rule, field, facts, kind="held", **over):
    given = {"kind": kind, "moved_on": DAY, "to_user": User(username="a"), "seal_broken": False}
    return ChainExample(rule, field, ERROR, ExhibitMovement(**given | over), ChainFacts(**facts))


def break_seal(field, facts, **over):
    seal = ExhibitSeal(**{"kind": "put_on", "number": "2"} | over)
    return ChainExample("V128", field, ERROR, seal, ChainFacts(**facts))


def break_quantity(field, **over):
    exhibit = Exhibit(kind="drug", quantity=10)
    change = QuantityChange(**{"exhibit": exhibit, "cause": "sample", "after": 9} | over)
    return Example("V129", field, ERROR, change, None)


def break_split(rule, field, **facts):
    change = QuantityChange(cause="split", after=4, note="ថង់ទី២")
    return ChainExample(rule, field, ERROR, change, ChainFacts(**{"state": "held"} | facts))


SAME = User(username="b")
EXAMPLES = [
    break_chain("V125", "exhibit", {"has_exhibit": False, "holder": "សុខ"}),
    break_chain("V125", "note", {"acts_for_holder": True, "holder": "សុខ"}),
    break_chain("V125", "moved_on", {"last_day": date(2026, 3, 6)}),
    break_chain("V126", "to_user", {"is_to_oneself": True}),
    break_chain("V126", "to_user", {"state": "seized"}, to_user=None),
    break_chain("V126", "witness", {"state": "lab"}, to_user=None),
    break_chain("V126", "witness", {"state": "missing"}, to_user=None),
    break_chain("V126", "document_no", {"state": "lab"}, to_user=None),
    break_chain("V126", "witness", {"names": frozenset(("sok",))}, witness="Sok"),
    break_chain("V128", "seal_no", {"seal": "1"}, seal_no="2"),
    Example("V128", "reason", ERROR, ExhibitSeal(kind="opened", number="1"), None),
    Example("V128", "witness", ERROR, ExhibitSeal(kind="opened", number="1"), None),
    break_seal("exhibit", {"has_exhibit": False, "holder": "សុខ"}),
    break_seal("number", {"seal": "1"}, kind="opened"),
    break_seal("reason", {"seal": "1"}),
    break_seal("witness", {"names": frozenset(("sok",))}, witness="Sok"),
    break_quantity("after", after=-1),
    break_quantity("exhibit", exhibit=Exhibit(kind="other")),
    break_quantity("after", after=11),
    break_quantity("document_no", after=11, cause="weighed"),
    break_quantity("note", cause="split", after=4),
    break_quantity("after", cause="split", after=10, note="ថង់ទី២"),
    break_split("V125", "exhibit", has_exhibit=False, holder="សុខ"),
    break_split("V127", "exhibit", is_open=True),
    break_split("V127", "exhibit", state="lab"),
    break_split("V128", "cause", seal="1"),
    Example("", "second_keeper", ERROR, EvidenceStore(keeper=SAME, second_keeper=SAME), None),
]
