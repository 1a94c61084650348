"""Rule V046: the conditions of a merge (docs/rules.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem


@dataclass(frozen=True)
class MergeFacts:
    """The data from other records that the rules of a merge need.

    `merged` maps the id of a record that was merged earlier to the number of its surviving record. `void` are the
    numbers of void records, `in_correction` the numbers of records with an open correction. `shared_cases` are the
    numbers of the cases that contain both persons, as far as the user may read them; `shares_other_case` says
    that only other cases do. `lost_searches` are the numbers of the orders under which the merged
    person is wanted and the surviving one, a child at the offence, would not be.
    """

    merged: Mapping[int, str] = field(default_factory=dict)
    void: Sequence[str] = ()
    in_correction: Sequence[str] = ()
    shared_cases: Sequence[str] = ()
    shares_other_case: bool = False
    lost_searches: Sequence[str] = ()


def require_second_officer(merge, facts):
    if merge.decided_by_id is not None and merge.decided_by_id == merge.requested_by_id:
        yield Problem(
            "decision", _("You cannot decide on your own request. Another officer must decide."), "V046"
        )


def refuse_merged_or_void(merge, facts):
    for number in facts.merged.values():
        text = _("One of the two records is already merged with %(number)s. Open that record.", number=number)
        yield Problem("", text, "V046")
    for number in facts.void:
        yield Problem("", _("%(number)s is void and cannot be changed.", number=number), "V046")


def refuse_open_correction(merge, facts):
    for number in facts.in_correction:
        text = _("A correction of %(number)s is in progress. Complete it first.", number=number)
        yield Problem("", text, "V046")


def refuse_shared_case(merge, facts):
    for number in facts.shared_cases:
        text = _(
            "Both records are in case %(number)s. Void one of the two rows through a correction first.",
            number=number,
        )
        yield Problem("", text, "V046")
    if facts.shares_other_case:
        text = _(
            "These records cannot be merged. Refuse the request: the unit of the records compares them first."
        )
        yield Problem("", text, "V046")


def refuse_lost_search(merge, facts):
    for number in facts.lost_searches:
        text = _(
            "The search under order %(number)s would end, because the record that remains is of a child. Correct the birth first, or keep the other record.",
            number=number,
        )
        yield Problem("", text, "V046")


MERGE_RULES = (
    require_second_officer,
    refuse_merged_or_void,
    refuse_open_correction,
    refuse_shared_case,
    refuse_lost_search,
)
