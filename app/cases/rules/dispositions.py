"""Rules of the steps of procedure of a case: V004, V026, V027, V029 and V141."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.cases.rules import completeness
from app.cases.rules.facts import exclude_voided
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

OPEN, VOID, ARREST, EXCEPTIONAL, FINAL = "open", "void", "arrest", "exceptional_", "final"
_POLICE = ("open", "solved", "unsolved")
_BEFORE_TRIAL = (*_POLICE, "at_prosecutor")
_ENDED = ("filed", "ended", "final")
# Each step: the statuses after which it may follow, and the status that it gives. The police may learn of a later step
# only: a step may skip others, but not contradict the status of its day.
STEPS = {
    "solved": (_POLICE, "solved"),
    "unsolved": (("open",), "unsolved"),
    "at_prosecutor": (_POLICE, "at_prosecutor"),
    "returned": (("at_prosecutor",), "open"),
    "filed": (_BEFORE_TRIAL, "filed"),
    "citation": (_BEFORE_TRIAL, "at_court"),
    "immediate": (_BEFORE_TRIAL, "at_court"),
    "introductory": (_BEFORE_TRIAL, "judicial"),
    "indicted": ((*_BEFORE_TRIAL, "judicial"), "at_court"),
    "non_suit": ((*_BEFORE_TRIAL, "judicial"), "ended"),
    "at_court": ((*_BEFORE_TRIAL, "judicial"), "at_court"),
    "judged": ((*_BEFORE_TRIAL, "judicial", "at_court"), "judged"),
    "appeal": (("judged", "ended"), "at_court"),
    "final": (("judged",), "final"),
    "closed": ((*_POLICE, *_ENDED, "judged"), "closed"),
    "open": (("solved", "unsolved", *_ENDED, "closed"), "open"),
}
STATUS_AFTER = {kind: status for kind, (_after, status) in STEPS.items()}
# The step of an imported status without a step of its name.
STEP_BEFORE = {"judicial": "introductory", "ended": "non_suit"}
POLICE_STEPS = ("solved", "unsolved", "open")  # without a document
DOCUMENTED_STEPS = tuple(kind for kind in STEPS if kind not in POLICE_STEPS)
NAMED_COURT_STEPS = (
    "citation", "immediate", "introductory", "indicted", "non_suit", "at_court", "judged", "appeal",
)  # fmt: skip
COURT_STEPS = ("at_prosecutor", *NAMED_COURT_STEPS)


def sort_steps(steps):
    """Return the steps in the order in which they took effect, whatever the order of their entry.

    The steps of an import come first, in the order of their file.
    """
    return sorted(steps, key=_get_order)


def _get_order(step):
    is_new = step.id is None
    if step.source_row is not None:
        return (0, date.min, is_new, step.id or 0)
    return (1, step.decided_on or date.max, is_new, step.id or 0)


def find_next_status(status, kind):
    """Return the status after a step of this kind, or None if it may not follow."""
    after, result = STEPS.get(kind, ((), None))
    return result if status in after else None


@dataclass(frozen=True)
class DispositionFacts:
    """Facts about one new step: whether its author is a chief, and whether an arrest is registered in the case."""

    now: datetime | None = None
    is_chief: bool = False
    has_arrest: bool = False


@dataclass(frozen=True)
class SolvedCase:
    """A case as it is after the step that solves it, for the rules of cases."""

    involvements: Sequence[Any]
    clearance: str | None
    status: str = completeness.SOLVED


def step_follows_the_others(step, facts):
    if step.kind == VOID:
        text = _("A case is voided by a correction only. Ask the provincial chief to request one.")
        yield Problem("kind", text, "V141")
        return
    if step.id is not None or step.case is None or not step.decided_on or step.kind not in STEPS:
        return
    earlier, later = _split_steps(step)
    if step.source_row is None and (imported := [one for one in later if one.source_row is not None]):
        earlier, later = [*earlier, *imported], [one for one in later if one.source_row is None]
    days = [one.decided_on for one in earlier if one.source_row is not None]
    if step.source_row is None and days and step.decided_on < max(days):
        text = _("The step before was taken on %(day)s. Enter that day or a later one.", day=max(days))
        yield Problem("decided_on", text, "V141")
        return
    status = find_next_status(_get_status_before(step, earlier), step.kind)
    if status is None and step.kind == _get_status_before(step, earlier):
        yield Problem("kind", _("The case already has this status."), "V141")
    elif status is None:
        text = _("This step cannot follow the status that the case had on that day. Choose another step.")
        yield Problem("kind", text, "V141")
    elif later and find_next_status(status, later[0].kind) is None:
        text = _(
            "The step of %(day)s cannot follow this step. Enter that day or a later one.",
            day=later[0].decided_on,
        )
        yield Problem("decided_on", text, "V141")


def _split_steps(step):
    """Return the valid steps of the case before and after this one."""
    others = [one for one in exclude_voided(step.case.dispositions) if one is not step]
    steps = sort_steps([*others, step])
    place = steps.index(step)
    return steps[:place], steps[place + 1 :]


def _get_status_before(step, earlier):
    if earlier:
        return STATUS_AFTER[earlier[-1].kind]
    first = min((one for one in step.case.dispositions if one.id), key=lambda one: one.id, default=None)
    return first.previous_status if first is not None else step.case.status


def step_has_a_document(step, facts):
    if step.kind not in DOCUMENTED_STEPS or step.source_row is not None:
        return
    for field, text in (
        ("document_no", _("This step is based on a document. Enter its number.")),
        ("document_date", _("Enter the date of that document.")),
    ):
        if not getattr(step, field):
            yield Problem(field, text, "V141")


def reopening_is_decided_by_the_chief(step, facts):
    if step.kind != OPEN or step.source_row is not None:
        return
    if not step.reason:
        yield Problem("reason", _("Enter the reason for reopening the case."), "V141")
    if not facts.is_chief:
        text = _("The chief decides to reopen a case. Ask the chief to enter this step.")
        yield Problem("kind", text, "V141")
    if step.case is None or not any(one.kind == FINAL for one in exclude_voided(step.case.dispositions)):
        return
    for field in ("court", "document_no", "document_date"):
        if not (getattr(step, field) or (field == "court" and step.court_code)):
            text = _("The judgment is final. A court's document alone reopens this case.")
            yield Problem(field, text, "V141")


def step_at_court_names_the_court(step, facts):
    if step.kind in NAMED_COURT_STEPS and not (step.court or step.court_code or step.source_row):
        yield Problem("court", _("The case is at court. Choose the court."), "V027")


def clearance_is_derived(step, facts):
    if step.kind != completeness.SOLVED or step.source_row is not None:
        return
    if not step.clearance:
        yield Problem("clearance", _("Choose how the case was solved."), "V141")
    elif step.clearance == ARREST and not facts.has_arrest:
        text = _("No arrest is registered in this case. Enter the arrest first.")
        yield Problem("clearance", text, "V141")
    elif step.clearance.startswith(EXCEPTIONAL):
        if not facts.is_chief:
            text = _("An exceptional clearance is decided by the chief. Ask the chief to enter this step.")
            yield Problem("clearance", text, "V141")
        if not step.reason:
            yield Problem("reason", _("Enter the reason for the exceptional clearance."), "V141")


def solved_case_has_a_suspect(step, facts):
    if step.kind != completeness.SOLVED or step.case is None:
        return
    after = SolvedCase(step.case.involvements, step.clearance)
    for rule in (
        completeness.solved_case_has_a_suspect,
        completeness.exceptional_clearance_has_a_known_suspect,
    ):
        for problem in rule(after, facts):
            yield replace(problem, field="clearance")
