"""What must be true of a joining: rule V046 (docs/rules.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem


@dataclass(frozen=True)
class JoiningFacts:
    """What a joining must know from elsewhere.

    `joined` maps the ids of those of the two records that stand for themselves no more to the number of the record
    that stands for them. `struck` are the numbers of those that were struck out, `in_correction` of those of which
    a correction is under way. `cases_of_both` are the numbers of the cases in which both stand.
    """

    joined: Mapping[int, str] = field(default_factory=dict)
    struck: Sequence[str] = ()
    in_correction: Sequence[str] = ()
    cases_of_both: Sequence[str] = ()


def is_an_act_of_two_people(joining, facts):
    if joining.decided_by_id is not None and joining.decided_by_id == joining.asked_by_id:
        yield Problem("decision", _("Whoever has asked does not decide. Somebody else has to."), "V046")


def each_stands_for_itself(joining, facts):
    for number in facts.joined.values():
        text = _("One of the two is joined with %(number)s already. Open that record.", number=number)
        yield Problem("", text, "V046")
    for number in facts.struck:
        yield Problem("", _("%(number)s was struck out, and stays as it is.", number=number), "V046")


def nothing_else_is_under_way(joining, facts):
    for number in facts.in_correction:
        text = _("A correction of %(number)s is under way. It has to be ended first.", number=number)
        yield Problem("", text, "V046")


def they_stand_in_no_case_together(joining, facts):
    for number in facts.cases_of_both:
        text = _(
            "Both stand in case %(number)s. One of the two rows has to be struck out by a correction first.",
            number=number,
        )
        yield Problem("", text, "V046")


JOINING = (
    is_an_act_of_two_people,
    each_stands_for_itself,
    nothing_else_is_under_way,
    they_stand_in_no_case_together,
)
