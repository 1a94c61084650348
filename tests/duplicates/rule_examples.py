"""Merges that break one rule each."""

from app.duplicates.models import PersonMerge
from app.duplicates.rules import MergeFacts
from app.kernel.schema.rules import ERROR
from tests.rule_examples import Example

ONE = {"requested_by_id": 1}

EXAMPLES = [
    Example("V046", "decision", ERROR, PersonMerge(**ONE, decided_by_id=1), MergeFacts()),
    Example("V046", "", ERROR, PersonMerge(**ONE), MergeFacts(merged={1: "P-0000007"})),
    Example("V046", "", ERROR, PersonMerge(**ONE), MergeFacts(void=["P-0000007"])),
    Example("V046", "", ERROR, PersonMerge(**ONE), MergeFacts(in_correction=["P-0000007"])),
    Example("V046", "", ERROR, PersonMerge(**ONE), MergeFacts(shared_cases=["C-1"])),
    Example("V046", "", ERROR, PersonMerge(**ONE), MergeFacts(shares_other_case=True)),
    Example("V046", "", ERROR, PersonMerge(**ONE), MergeFacts(lost_searches=["12/26"])),
]
