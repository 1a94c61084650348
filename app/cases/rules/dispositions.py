"""Rules of the steps of procedure of a case: V004, V026, V027, V029 and V141."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.cases.rules import completeness
from app.cases.rules.facts import exclude_voided
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

OPEN, VOID, ARREST, EXCEPTIONAL = "open", "void", "arrest", "exceptional_"
DOCUMENTED_STEPS = ("at_prosecutor", "filed", "at_court", "judged", "closed")
COURT_STEPS = ("at_prosecutor", "at_court", "judged")


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


def step_changes_the_case(step, facts):
    if step.kind == VOID:
        text = _("A case is voided by a correction only. Ask the provincial chief to request one.")
        yield Problem("kind", text, "V141")
    elif step.id is None and step.case is not None and step.kind == step.case.status:
        yield Problem("kind", _("The case already has this status."), "V141")


def step_follows_the_others(step, facts):
    if step.id is not None or step.case is None or not step.decided_on:
        return
    earlier = [
        one.decided_on for one in exclude_voided(step.case.dispositions) if one is not step and one.decided_on
    ]
    if earlier and step.decided_on < max(earlier):
        text = _("The step before was taken on %(day)s. Enter that day or a later one.", day=max(earlier))
        yield Problem("decided_on", text, "V141")


def step_has_a_document(step, facts):
    if step.kind not in DOCUMENTED_STEPS or step.source_row is not None:
        return
    for field, text in (
        ("document_no", _("This step is based on a document. Enter its number.")),
        ("document_date", _("Enter the date of that document.")),
    ):
        if not getattr(step, field):
            yield Problem(field, text, "V141")


def reopening_has_a_reason(step, facts):
    if step.kind == OPEN and not step.reason:
        yield Problem("reason", _("Enter the reason for reopening the case."), "V141")


def step_at_court_names_the_court(step, facts):
    if step.kind in completeness.AT_COURT and not (step.court or step.court_code or step.source_row):
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
