"""The next steps that the page of a custody record offers, the most urgent first, and what its reader must know."""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.custody.deadline_display import list_pending_steps
from app.custody.models import Arrest, Custody, Detention, Judgment, Release, Sentence
from app.custody.rules.judgments import CONVICTED
from app.custody.rules.releases import SUPERVISION
from app.custody.rules.time_limits import (
    CONTINUING_OUTCOMES,
    LIFE,
    PRISON,
    PROVISIONAL,
    SENTENCE,
    is_in_force,
)
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.text import dates


@dataclass(frozen=True)
class NextStep:
    """A link to the form of the next step: the view, its label, and the values that the form starts with."""

    view: str
    label: Any
    values: dict


@singledispatch
def list_next_steps(_record):
    """Return the next steps of a record, the most urgent first."""
    return ()


@list_next_steps.register
def _list_of_arrest(arrest: Arrest):
    if arrest.awaits_custody:
        yield NextStep("CustodyView", _("Enter a custody record"), {"arrest": arrest.id})


@list_next_steps.register
def _list_of_custody(custody: Custody):
    for kind in list_pending_steps(custody):
        label = code_lists.label("custody_step", kind)
        yield NextStep("CustodyStepView", label, {"custody": custody.id, "kind": kind})
    if custody.outcome == "to_prosecutor":
        involvement = custody.arrest.involvement_id
        yield NextStep(
            "DetentionView", _("Enter a detention"), {"involvement": involvement} if involvement else {}
        )
    elif custody.outcome in CONTINUING_OUTCOMES and custody.arrest.awaits_custody:
        yield NextStep("CustodyView", _("Enter a custody record"), {"arrest": custody.arrest_id})


@list_next_steps.register
def _list_of_detention(detention: Detention):
    if detention.ended_on is not None:
        return
    release = NextStep("ReleaseView", _("Enter a release"), {"detention": detention.id})
    if detention.kind == PROVISIONAL and detention.involvement_id and not count_days_over(detention):
        yield NextStep("JudgmentView", _("Enter a judgment"), {"involvement": detention.involvement_id})
    yield release


@list_next_steps.register
def _list_of_judgment(judgment: Judgment):
    sentences = [one for one in judgment.sentences if one.voided_at is None]
    if not judgment.is_in_force:
        return
    if judgment.verdict == CONVICTED and not sentences:
        yield NextStep("SentenceView", _("Enter a sentence"), {"judgment": judgment.id})
    if judgment.final_on is None:
        yield NextStep(
            "JudgmentStepView", _("Enter a judgment step"), {"judgment": judgment.id, "kind": "final"}
        )


@list_next_steps.register
def _list_of_sentence(sentence: Sentence):
    served = [one for one in sentence.detentions if one.voided_at is None]
    if sentence.kind in (PRISON, LIFE) and not served and is_in_force(sentence):
        yield NextStep("DetentionView", _("Enter a detention"), {"sentence": sentence.id})


@list_next_steps.register
def _list_of_release(release: Release):
    if release.ended_on is None and (release.supervised_until is not None or release.kind == SUPERVISION):
        label = _("Enter a visit or another step")
        yield NextStep("SupervisionStepView", label, {"release": release.id, "kind": "visit"})


def count_days_over(detention):
    """Return by how many days an open detention has passed its limit, or 0."""
    if detention.ended_on is not None or detention.due_on is None:
        return 0
    return max((dates.now().date() - detention.due_on).days, 0)


@singledispatch
def list_notes(_record):
    """Return (kind, text) of the notes on the page of a record; the kinds are those of parts/note.html."""
    return ()


@list_notes.register(Arrest)
@list_notes.register(Custody)
def _list_time_notes(held):
    if held.time_unknown:
        yield (
            "amber",
            gettext("The exact time is not known. The limit counts from the earliest possible time."),
        )
    if getattr(held, "end_time_unknown", False):
        yield "", gettext("The time of the end is not known. The end of the day is assumed.")


@list_notes.register
def _list_detention_notes(detention: Detention):
    if over := count_days_over(detention):
        text = gettext(
            "Detained %(days)s days longer than allowed: the detention had to end by %(day)s.",
            days=format_value(over),
            day=format_value(detention.due_on),
        )
        yield "red", text
    if detention.ended_on is not None:
        return
    if detention.escaped:
        yield "amber", gettext("The person has escaped. The time at large does not count.")
    involvement = detention.involvement if detention.kind == PROVISIONAL else None
    if involvement is not None and involvement.ended_on is not None:
        text = gettext(
            "A final decision of %(day)s cleared the person in this case.",
            day=format_value(involvement.ended_on),
        )
        yield "red", text
    sentence = detention.sentence if detention.kind == SENTENCE else None
    if sentence is not None and not is_in_force(sentence):
        yield (
            "red",
            gettext(
                "The judgment is set aside, replaced or void. No recorded judgment allows this detention."
            ),
        )
    elif sentence is not None and not detention.escaped:
        yield from list_notes(sentence)


@list_notes.register
def _list_sentence_notes(sentence: Sentence):
    if sentence.kind not in (PRISON, LIFE):
        return
    if sentence.starts_on is None:
        yield (
            "amber",
            gettext("The beginning of the sentence is missing, so no release date can be computed."),
        )
    elif sentence.expected_on is None and is_in_force(sentence) and sentence.kind == LIFE:
        yield "", gettext("A life sentence has no release date unless it is commuted.")
