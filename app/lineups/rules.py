"""Rules of photo line-ups: V137 to V139."""

from dataclasses import dataclass
from datetime import datetime

from app.cases.rules.people import SUSPECT_ROLES
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem, not_in_the_future

KNOWS_SUSPECT = _(
    "This officer knows the case: a member of its team, a chief, an author of a row, or a reader of it. Choose another officer."
)
NOT_OF_TEAM = _(
    "Only an officer of the case prepares a line-up: the team, or the officer who registered the case."
)


MOST_NAMED = 2  # line-ups of a case that name an officer who shows none of them: each hides the case


@dataclass(frozen=True)
class LineupFacts:
    """What is known about a line-up besides its own columns."""

    now: datetime | None = None
    presenter_knows_case: bool = False
    times_named: int = 0
    author_is_of_case: bool = True
    has_photo: bool = True
    suspect_is_minor: bool = False
    was_shown_before: bool = False


def people_are_of_the_case(lineup, facts):
    for name in ("suspect", "witness"):
        row = getattr(lineup, name)
        if row is None or lineup.id is not None:
            continue
        if lineup.case is not None and row.case is not lineup.case:
            yield Problem(name, _("This person is in another case. Choose a person of this case."))
        elif (row.role in SUSPECT_ROLES) != (name == "suspect"):
            text = _("Choose a suspect of the case as the suspect, and another person as the witness.")
            yield Problem(name, text, "V137")


def suspect_has_a_photo(lineup, facts):
    if not facts.has_photo:
        yield Problem("suspect", _("There is no photo of this suspect. Add one to the person first."), "V137")


def suspect_is_an_adult(lineup, facts):
    if facts.suspect_is_minor:
        yield Problem("suspect", _("A suspect below 18 is not shown in a line-up."), "V137")


def author_is_of_the_case(lineup, facts):
    if not facts.author_is_of_case:
        yield Problem("", NOT_OF_TEAM, "V138")


def presenter_does_not_know(lineup, facts):
    if facts.presenter_knows_case:
        yield Problem("presenter", KNOWS_SUSPECT, "V138")


def presenter_is_not_named_again_and_again(lineup, facts):
    if facts.times_named >= MOST_NAMED:
        text = _(
            "This officer was named for this case %(num)s times and showed no photo. Choose another officer.",
            num=facts.times_named,
        )
        yield Problem("presenter", text, "V138")


def description_comes_first(lineup, facts):
    if lineup.id is None and not (lineup.first_description and lineup.described_at):
        text = _("Enter how the witness described the person, and when, before any photo was shown.")
        yield Problem("first_description", text, "V138")


def witness_sees_a_suspect_once(lineup, facts):
    if facts.was_shown_before:
        text = _(
            "This witness has seen photos of this suspect in a line-up, or another one is prepared. Give the reason to repeat it."
        )
        yield Problem("witness", text, "V139", WARNING)


LINEUP = (
    people_are_of_the_case,
    suspect_has_a_photo,
    suspect_is_an_adult,
    author_is_of_the_case,
    presenter_does_not_know,
    presenter_is_not_named_again_and_again,
    description_comes_first,
    witness_sees_a_suspect_once,
    not_in_the_future("described_at"),
)
