"""The answers to a match. Both units confirm that two reports are of one person, by two officers and with evidence (V140).

Two officers confirm a stolen item as well; one unit confirms that lost and found property is the same. One officer denies
a match that waits. A confirmation is undone as it was made: by so many officers of so many units. A unit can take its
denial back. An undone match is confirmed again only as it was undone.
"""
# unrestricted: a match concerns the reports of two units; its answers change both

from flask_babel import lazy_gettext as _
from sqlalchemy import insert, select

from app.accounts.chain_of_command import is_in_command_chain
from app.accounts.identity_traits import share_identity
from app.inbox.actions import complete_tasks
from app.inbox.message_texts import register_texts
from app.kernel.actor import unrestricted
from app.kernel.audit import recorder
from app.kernel.schema import code_lists
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.missing import states
from app.missing.matching import DISPUTED, RECONSIDERED, ask_again, notify_units
from app.missing.models import (
    CONFIRMED,
    DENIED,
    FIRST,
    OTHER,
    PERSON,
    SAME,
    SECOND,
    WAITING,
    WITHDRAWN,
    ReportMatch,
    ReportMatchAnswer,
)

DECISIONS = (SAME, OTHER, WITHDRAWN)
register_texts(
    **{
        "report_match.first": _(
            "Match %(number)s (missing person or lost property): compare the two descriptions, and answer."
        ),
        "report_match.second": _(
            "Match %(number)s (body or found property): compare the two descriptions, and answer."
        ),
        "report_match.confirmed": _(
            "Match %(number)s is confirmed. Inform the family or the owner, and end the report."
        ),
        "report_match.denied": _("Match %(number)s was denied. The search continues."),
        DISPUTED: _(
            "An officer denies match %(number)s, which is confirmed. It stays confirmed until a second officer denies it too."
        ),
        RECONSIDERED: _(
            "An officer takes a denial of match %(number)s back. It stays denied until a second officer takes the denial back too."
        ),
    }
)


def find_side(user, match, decision=SAME):
    """Return the side of a match for which the user may give this answer, or None."""
    sides = ((FIRST, match.first_unit_code), (SECOND, match.second_unit_code))
    own = [side for side, code in sides if is_in_command_chain(user, code)]
    given = match.list_answers(decision)
    if any(one.made_by_id == user.id for one in given):
        return None
    answered = {one.side for one in given} if match.sides_needed > 1 else set()
    needs_two = True
    if decision == WITHDRAWN:
        denied = {one.side for one in match.list_answers(OTHER)}
        needs_two = match.is_undone
        # A unit that may not know of the match any more cannot take its denial back, so the other unit does.
        allowed = [side for side, code in sides if side in denied and (side in own or (own and code is None))]
        if match.is_undone and match.sides_needed == 1 and not denied:
            allowed = own
    elif match.state == WAITING:
        needs_two = decision == SAME
        allowed = [one for one in own if one not in answered] if needs_two else own
    elif decision == OTHER and match.state == CONFIRMED:
        allowed = [one for one in own if one not in answered]
    elif decision == OTHER and match.is_undone:
        taken_back = {one.side for one in match.list_answers(WITHDRAWN)}
        allowed = [one for one in own if one in taken_back]
    else:
        return None
    if needs_two and share_identity(user, *(one.made_by for one in given)):
        return None
    return allowed[0] if allowed else None


def record_answer(session, user, match, decision, evidence, reason):
    """Store the answer, compute the states of the match and its reports, and notify both units.

    Raises RuleViolation without a reason or evidence, and for an officer who may not answer.
    """
    with unrestricted(session):
        # One answer after the other, and none during an end: two simultaneous ones would not see each other.
        are_open = states.lock_reports(session, match)
        session.execute(select(ReportMatch.id).where(ReportMatch.id == match.id).with_for_update())
        session.refresh(match)
        side, confirms_again = find_side(user, match, decision), decision == WITHDRAWN and match.is_undone
    if side is None or (decision == SAME and not are_open):
        text = _(
            "Another officer of the unit must answer, or the match was already answered. Load the page again."
        )
        raise RuleViolation([Problem("", text, "V140")])
    problems = []
    if confirms_again and not are_open:
        text = _("One of the two reports is not open any more, so the match cannot be confirmed again.")
        problems.append(Problem("", text, "V140"))
    if not reason:
        problems.append(Problem("reason", _("Enter how the two were compared."), "V140"))
    if (
        decision == SAME
        and match.kind == PERSON
        and evidence not in code_lists.keys("identification_evidence")
    ):
        text = _(
            "Similar descriptions are not proof. Choose the evidence: fingerprints, teeth, DNA or the family."
        )
        problems.append(Problem("evidence", text, "V140"))
    if problems:
        raise RuleViolation(problems)
    values = {
        "match_id": match.id, "side": side, "decision": decision, "evidence": evidence if decision == SAME else None,
        "reason": reason, "made_at": dates.now(), "made_by_id": user.id,
    }  # fmt: skip
    session.execute(insert(ReportMatchAnswer.__table__).values(values))
    recorder.record(session, f"report_match.{decision}", ReportMatch.__tablename__, match.id, side=side)
    complete_tasks(session, ReportMatch.__tablename__, match.id, f"report_match.{side}")
    with unrestricted(session):
        before = match.state
        states.update_match(session, match)
        _notify(session, match, before)


def _notify(session, match, before):
    """Send the new state to both units, or ask for the second officer: an answer that needs a second one changes no state."""
    state = match.state
    if state != before and state in (CONFIRMED, DENIED):
        complete_tasks(session, ReportMatch.__tablename__, match.id)
        notify_units(session, match, state)
    elif state in (CONFIRMED, DENIED) or match.sides_needed < match.people_needed:
        ask_again(session, match)
