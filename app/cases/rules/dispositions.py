"""Rules of the steps of procedure of a case: V004, V026, V027, V029, V141 and V179."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from app.cases.rules import completeness
from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import SUSPECT_ROLES
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, FormLink, Problem

OPEN, VOID, ARREST, EXCEPTIONAL, FINAL = "open", "void", "arrest", "exceptional_", "final"
UNSOLVED, JUDGED, IDENTIFIED, APPEAL, CLOSED = "unsolved", "judged", "identified", "appeal", "closed"
NON_SUIT, AT_COURT = "non_suit", "at_court"
UNDECIDED = "undecided"  # kind of an implied row: a suspect or an offence without a registered judgment
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
ENDING_STEPS = ("filed", "closed")  # the work on the case ends
ENDS_OF_WORK = (*ENDING_STEPS, "unsolved", "non_suit", "final")  # the search for the offender ends
# Acts of the prosecutor and the court after which the police wait: the case leaves the lists of open and overdue cases.
SENT_ON = ("at_prosecutor", "citation", "immediate", "introductory", "indicted", "at_court", "judged")
NAMED_COURT_STEPS = (
    "citation", "immediate", "introductory", "indicted", "non_suit", "at_court", "judged", "appeal",
)  # fmt: skip
COURT_STEPS = ("at_prosecutor", *NAMED_COURT_STEPS)
# An arrest comes after the last of these steps of its day, a judgment before the first of those.
BEFORE_ARREST = ("unsolved", "returned", "open")
AFTER_JUDGMENT = ("closed", "filed", "final", "appeal", "open")
# Steps before a judgment. One about another suspect does not take away a decision.
BEFORE_JUDGMENT = (
    "solved", "unsolved", "at_prosecutor", "returned", "citation", "immediate", "introductory", "indicted", "at_court",
)  # fmt: skip
STATUSES_OF_ENDS = ("filed", "ended", "closed")
# The statuses of a case, the furthest from its end first.
FROM_THE_BEGINNING = (
    "open", "unsolved", "solved", "at_prosecutor", "judicial", "at_court", "judged", "filed", "ended", "final", "closed",
)  # fmt: skip


class OpenMatters(NamedTuple):
    """What is still open in a case: a text with the numbers, and the records."""

    text: Any
    records: Sequence[Any]


class ImpliedStep(NamedTuple):
    """A registered arrest or judgment (kind ARREST or JUDGED), which counts as a step without being entered again.

    A row UNDECIDED names a suspect or an offence of the case without a judgment.
    """

    kind: str
    decided_on: date
    court_code: str | None = None
    id: int = 0  # of no step
    clearance: str | None = None
    source_row: int | None = None
    person_id: int | None = None
    offence_id: int | None = None  # None of a judgment about all offences of the case
    contested_on: date | None = None  # or set aside
    final_on: date | None = None


def sort_steps(steps):
    """Return the steps, arrests and judgments in the order in which they took effect, whatever the order of their entry.

    The steps of an import come first, in the order of their file. Steps of one day have the order of their entry, with an
    arrest after BEFORE_ARREST, and a judgment before AFTER_JUDGMENT.
    """
    steps, before = list(steps), {}
    for one in steps:
        if one.id != 0 and one.source_row is None:
            for kind, comes_first in (
                (ARREST, one.kind in BEFORE_ARREST),
                (JUDGED, one.kind not in AFTER_JUDGMENT),
            ):
                if comes_first:
                    key = kind, one.decided_on
                    before[key] = max(before.get(key, 0), _get_number(one))

    def get_order(one):
        if one.source_row is not None:
            return 0, date.min, _get_number(one), 0, ""
        day = one.decided_on or date.max
        if one.id == 0:
            return 1, day, before.get((one.kind, day), 0), 1 + (one.kind == JUDGED), one.court_code or ""
        return 1, day, _get_number(one), 0, ""

    return sorted(steps, key=get_order)


def _get_number(step):
    return sys.maxsize if step.id is None else step.id  # a new step is the last of its day


def get_status_after(status, kind):
    """Return the status of a case after a recorded step or an arrest: an arrest solves an open case."""
    if kind == ARREST:
        return completeness.SOLVED if status in (OPEN, UNSOLVED) else status
    return STATUS_AFTER[kind]


def find_least_ended(statuses):
    """Return the status that is the furthest from the end of a case."""
    return min(statuses, key=FROM_THE_BEGINNING.index)


def fold_steps(steps):
    """Return the columns of a case that its valid steps and implied steps give, in any order of their entry.

    The steps and arrests are those of the whole case, and a judgment is about one suspect: the case has the status of the
    suspect who is the furthest from the end. A step by arrest counts as long as there is an arrest. An arrest solves an
    open case. It is also the clearance of a case without a stronger one, whatever the status.
    """
    steps, last_step, before_ends = list(steps), None, OPEN
    values: dict[str, Any] = {
        "status": OPEN,
        **dict.fromkeys(("clearance", "solved_on", "sent_on", "court_code")),
    }
    imported_until = _get_last_import(steps)
    for step in sort_steps(_list_counting_steps(steps, imported_until)):
        if step.kind == ARREST:
            before, values["status"] = values["status"], get_status_after(values["status"], ARREST)
            if values["status"] != before or values["clearance"] in (None, IDENTIFIED):
                values |= {"clearance": ARREST, "solved_on": step.decided_on}
            before_ends = get_status_after(before_ends, ARREST)
        elif step.id != 0:
            values["status"] = STATUS_AFTER[step.kind]
            if values["status"] not in STATUSES_OF_ENDS or step.source_row is not None:
                before_ends = values["status"]
            last_step = last_step if step.kind in BEFORE_JUDGMENT else step
        if step.kind == completeness.SOLVED:
            values |= {"clearance": step.clearance, "solved_on": step.decided_on}
        elif step.kind in COURT_STEPS:
            values |= {"sent_on": values["sent_on"] or step.decided_on}
            values |= {"court_code": step.court_code or values["court_code"]}
    statuses = _list_statuses(steps, values["status"], before_ends, last_step, imported_until)
    return values | {"status": find_least_ended(statuses)}


def _get_last_import(steps):
    """Return the last day of the imported steps; their status contains the acts until then."""
    return max((one.decided_on for one in steps if one.source_row is not None), default=date.min)


def _list_counting_steps(steps, imported_until):
    """Return the steps without clearances by a void arrest, and without what the status of an import contains.

    The arrests of an earlier system are in no file.
    """
    has_arrest = any(one.kind == ARREST for one in steps)
    return [
        one
        for one in steps
        if one.kind != UNDECIDED
        and (
            _get_decision(one)[1] > imported_until
            if one.id == 0
            else has_arrest
            or one.kind != completeness.SOLVED
            or one.clearance != ARREST
            or one.source_row is not None
        )
    ]


def _list_statuses(steps, status, before_ends, last_step, imported_until):
    """Yield the status of each suspect, from the status that the steps and arrests of the case give.

    A step after the last decision counts for all suspects, except BEFORE_JUDGMENT. Until then a judgment counts for its
    suspect. A suspect or an offence without one is as far as the steps that end no case (`before_ends`): a decision after
    an end shows that the case goes on. A pending appeal is never ended.
    """
    judgments = [one for one in steps if one.id == 0 and one.kind == JUDGED]
    decisions = [
        _get_decision(one)
        for one in judgments
        if not any(_is_decided_again(one, other) for other in judgments)
    ]
    last = max((day for _status, day in decisions), default=imported_until)
    if last <= imported_until or (last_step is not None and is_before_step(last, last_step)):
        yield status
        if status in STATUSES_OF_ENDS:
            yield from (one for one, day in decisions if one == STATUS_AFTER[APPEAL] and day > imported_until)
        return
    yield from (decision for decision, _day in decisions)
    if any(one.kind == UNDECIDED for one in steps):
        yield before_ends


def _is_decided_again(judgment, other):
    """Return whether another judgment decides again about the same person and offences, as after an appeal."""
    return (
        other.person_id == judgment.person_id
        and other.offence_id in (None, judgment.offence_id)
        and other.decided_on > judgment.decided_on
        and (judgment.contested_on is None or other.decided_on >= judgment.contested_on)
    )


def _get_decision(implied):
    """Return the status that an arrest or a judgment gives its suspect, and its day.

    A final judgment that is contested on that day or later is not final any more.
    """
    contested_on, final_on = implied.contested_on, implied.final_on
    if contested_on is not None and (final_on is None or contested_on >= final_on):
        return STATUS_AFTER[APPEAL], contested_on
    return (FINAL, final_on) if final_on is not None else (implied.kind, implied.decided_on)


def is_before_step(day, step):
    """Return whether an act of a judgment of this day comes before the step."""
    return day < step.decided_on or (day == step.decided_on and step.kind in AFTER_JUDGMENT)


def find_next_status(status, kind):
    """Return the status after a step of this kind, or None if it may not follow."""
    after, result = STEPS.get(kind, ((), None))
    return result if status in after else None


@dataclass(frozen=True)
class DispositionFacts:
    """Facts about one new step: whether its author is a chief, and the registered arrests and judgments of the case.

    `has_dead_suspect`: a suspect of the case has died. `open_matters` are those of the case that the author sees, if the
    step ends it.
    """

    now: datetime | None = None
    is_chief: bool = False
    implied: Sequence[ImpliedStep] = ()
    has_dead_suspect: bool = False
    open_matters: Sequence[OpenMatters] = ()

    @property
    def has_arrest(self):
        return any(one.kind == ARREST for one in self.implied)

    def has_judgment_after(self, day):
        return any(one.kind == JUDGED and _get_decision(one)[1] > day for one in self.implied)

    @property
    def has_undecided_suspect(self):
        return any(one.kind == UNDECIDED and one.person_id is not None for one in self.implied)

    @property
    def is_ended_by_death(self):
        """Return whether the suspects without a judgment have died."""
        return self.has_dead_suspect and all(one.kind != UNDECIDED for one in self.implied)


@dataclass(frozen=True)
class SolvedCase:
    """A case as it is after the step that solves it, for the rules of cases."""

    involvements: Sequence[Any]
    clearance: str | None
    status: str = completeness.SOLVED


APPEAL_PENDING = _(
    "The appeal against the non-suit is not decided. Enter the judgment of the person, or «Non-suit» again if the court confirms it."
)


def step_of_a_judgment_is_entered_there(step, facts):
    """A judgment is about one suspect: a step would say the same about all of them."""
    if step.id is not None or step.source_row is not None or step.case is None:
        return
    others = _list_other_steps(step)
    has_judgment = facts.has_judgment_after(_get_last_import(others))
    is_of_judgment = has_judgment or facts.has_undecided_suspect or facts.is_ended_by_death
    if step.kind == JUDGED and is_of_judgment:
        if facts.is_ended_by_death:
            text = _(
                "The suspects without a judgment have died. Enter «Filed», «Non-suit» or «Closed» with its document, or the judgment if the court decided before the death."
            )
        elif _is_non_suit_appealed(sort_steps(others)):
            text = APPEAL_PENDING
        else:
            text = _("A judgment is about one suspect. Enter a judgment of that person instead of this step.")
        form = FormLink("JudgmentView", _find_only_undecided(step.case, facts))
        yield Problem("kind", text, "V141", form=form)
    elif has_judgment and (
        step.kind == FINAL or (step.kind == APPEAL and all(one.kind != NON_SUIT for one in others))
    ):
        text = _("This case has registered judgments. Enter this as a step of the judgment.")
        yield Problem("kind", text, "V141", form=FormLink("JudgmentStepView", {"kind": step.kind}))


def _find_only_undecided(case, facts):
    """Return the row of the only suspect without a judgment, as the value of the form of a judgment.

    People who have died count if no other suspect is left.
    """
    suspects = [one for one in exclude_voided(case.involvements) if one.role in SUSPECT_ROLES]
    undecided = {one.person_id for one in facts.implied if one.kind == UNDECIDED} - {None}
    if not undecided:
        judged = {one.person_id for one in facts.implied if one.kind == JUDGED}
        undecided = {one.person_id for one in suspects} - judged
    rows = [one.id for one in suspects if one.person_id in undecided]
    return {"involvement": rows[0]} if len(rows) == 1 else {}


def step_follows_the_others(step, facts):
    if step.kind == VOID:
        text = _("A case is voided by a correction only. Ask the provincial chief to request one.")
        yield Problem("kind", text, "V141")
        return
    if step.id is not None or step.case is None or not step.decided_on or step.kind not in STEPS:
        return
    acts = [one for one in facts.implied if one.kind != UNDECIDED]
    steps = sort_steps([*_list_other_steps(step), *acts, step])
    place = next(number for number, one in enumerate(steps) if one is step)
    earlier, later = steps[:place], steps[place + 1 :]
    days = [one.decided_on for one in earlier if one.source_row is not None]
    if step.source_row is None and days and step.decided_on < max(days):
        text = _("The step before was taken on %(day)s. Enter that day or a later one.", day=max(days))
        yield Problem("decided_on", text, "V141")
        return
    known = _list_known_before(step, earlier, facts.implied)
    before = fold_steps(known)
    status = _find_status_after(step, before["status"], earlier, facts)
    is_known = step.kind == completeness.SOLVED and step.clearance == ARREST == before["clearance"]
    if step.kind == before["status"] and (status is None or is_known):
        yield Problem("kind", _("The case already has this status."), "V141")
    elif status is None or (status == CLOSED and fold_steps([*known, step])["status"] != CLOSED):
        text = _("This step cannot follow the status that the case had on that day. Choose another step.")
        form = None
        if before["status"] == AT_COURT and _is_non_suit_appealed(earlier):
            text, form = APPEAL_PENDING, FormLink("JudgmentView", _find_only_undecided(step.case, facts))
        yield Problem("kind", text, "V141", form=form)
    elif (refused := _find_refused_step(status, [*earlier, step], later, facts)) is not None:
        text = _(
            "The step of %(day)s cannot follow this step. Enter that day or a later one.",
            day=refused.decided_on,
        )
        yield Problem("decided_on", text, "V141")


def _list_other_steps(step):
    """Return the valid steps of the case without this one."""
    return [one for one in exclude_voided(step.case.dispositions) if one is not step]


def _list_known_before(step, earlier, implied):
    """Return the earlier steps as they were before this step, with the suspects and offences that had no judgment yet."""
    known = [
        one._replace(
            contested_on=_keep_before(one.contested_on, step), final_on=_keep_before(one.final_on, step)
        )
        if one.id == 0
        else one
        for one in earlier
    ]
    judgments = [one for one in known if one.id == 0 and one.kind == JUDGED]
    for one in implied:
        is_decided = any(other.person_id == one.person_id for other in judgments) and any(
            other.offence_id in (None, one.offence_id) for other in judgments
        )
        if one.kind == UNDECIDED or (one.kind == JUDGED and not is_decided):
            known.append(ImpliedStep(UNDECIDED, one.decided_on))
    return known


def _keep_before(day, step):
    return day if day is not None and is_before_step(day, step) else None


def _find_status_after(step, status, earlier, facts):
    """Return the status after a step, or None if it may not follow this status and these steps.

    A case at court is closed if no suspect is left to be judged, and ends again if the court confirms the non-suit.
    """
    if status == AT_COURT and (
        (step.kind == CLOSED and facts.is_ended_by_death)
        or (step.kind == NON_SUIT and _is_non_suit_appealed(earlier))
    ):
        return STATUS_AFTER[step.kind]
    return find_next_status(status, step.kind)


def _is_non_suit_appealed(steps):
    """Return whether the last of these steps is the appeal against the non-suit before it."""
    return [one.kind for one in steps if one.id != 0][-2:] == [NON_SUIT, APPEAL]


def _find_refused_step(status, earlier, later, facts):
    """Return the next step of the case if it cannot follow this status. Judgments follow any status."""
    for one in later:
        if one.kind == ARREST:
            status = get_status_after(status, ARREST)
        else:
            is_lawful = (
                isinstance(one, ImpliedStep) or _find_status_after(one, status, earlier, facts) is not None
            )
            return None if is_lawful else one
    return None


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
    if step.case is None or not _has_final_judgment(step, facts):
        return
    for field in ("court", "document_no", "document_date"):
        if not (getattr(step, field) or (field == "court" and step.court_code)):
            text = _("The judgment is final. A court's document alone reopens this case.")
            yield Problem(field, text, "V141")


def _has_final_judgment(step, facts):
    """Return whether a step says so, or the registered judgments of all suspects are final."""
    judgments = [one for one in facts.implied if one.kind == JUDGED]
    is_decided = judgments and all(one.kind != UNDECIDED for one in facts.implied)
    is_final = is_decided and all(_get_decision(one)[0] == FINAL for one in judgments)
    return is_final or any(one.kind == FINAL for one in exclude_voided(step.case.dispositions))


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


def ended_case_has_no_open_matter(step, facts):
    if facts.open_matters:
        text = _(
            "The case still has open matters: %(matters)s. End them first, or give the reason.",
            matters=tuple(one.text for one in facts.open_matters),
        )
        named = tuple(record for one in facts.open_matters for record in one.records)
        yield Problem("kind", text, "V179", WARNING, "open_matter_reason", named=named)
