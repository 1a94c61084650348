"""Arrest: V056, V057, V069."""

from datetime import timedelta

from app.custody.rules import times
from app.kernel.rules import WARNING, Problem
from app.kernel.words import _

FLAGRANT = "flagrant"


def comes_after_the_offence(arrest, facts):
    case = arrest.case
    if case is not None and times.is_before(arrest.at, case.occurred_from, case):
        text = _(
            "The arrest must come after the offence, %(begun)s. Correct one of the two.",
            begun=case.occurred_from.date() if case.time_unknown else case.occurred_from,
        )
        yield Problem("at", text, "V056")


def ground_has_its_paper(arrest, facts):
    if arrest.ground and arrest.ground != FLAGRANT and not arrest.paper_no:
        text = _("This ground rests on a paper. Enter the number of the order or authorisation.")
        yield Problem("paper_no", text, "V057")


def is_not_arrested_again_at_once(arrest, facts):
    limit, released = facts.limits.get("custody_rearrest"), facts.released_before
    if limit is None or released is None or arrest.at is None or arrest.ground != FLAGRANT:
        return
    if released <= arrest.at <= released + timedelta(days=limit.amount):
        text = _(
            "Released on %(when)s from custody in this case. Name the new ground for another arrest.",
            when=released,
        )
        yield Problem("at", text, "V069", WARNING)
