"""What arrest, custody, judgment, prison and release tell in the time line of a person."""

from flask import url_for
from flask_babel import gettext

from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
)
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import said
from app.people.timeline import Event, tells

SHAPES = {"extension": "square", "final": "diamond", "set_aside": "diamond"}  # of a step; others are a dot


@tells(Arrest, "at ground by_unit")
def of_arrest(one):
    detail = _line(
        code_lists.label("arrest_ground", one.ground), _named("unit", one.by_unit_code), one.number
    )
    yield Event(one.at, gettext("Arrested"), detail, "dot", url_for("ArrestView.show", pk=one.id))


@tells(Custody, "held_by arrived_at ended_at outcome")
def of_custody(one):
    url, detail = _custody(one.id), _line(_named("unit", one.held_by_code), one.number)
    yield Event(one.arrived_at, gettext("Arrived at the unit, custody begins"), detail, "clock", url)
    if one.ended_at is not None:
        shape = "ring" if one.outcome == "released" else "dot"
        yield Event(one.ended_at, code_lists.label("custody_outcome", one.outcome), one.number, shape, url)


@tells(CustodyStep, "kind at paper_no custody_id")
def of_custody_step(step):
    if step.kind == "extension":
        yield _step(step, "custody_step", step.at, _custody(step.custody_id))


@tells(Judgment, "verdict court court_no decided_on")
def of_judgment(one):
    detail = _line(_named("court", one.court_code), one.court_no)
    yield Event(
        one.decided_on, code_lists.label("verdict", one.verdict), detail, "diamond", _judgment(one.id)
    )


@tells(JudgmentStep, "kind done_on paper_no judgment_id")
def of_judgment_step(step):
    yield _step(step, "judgment_step", step.done_on, _judgment(step.judgment_id), "diamond")


@tells(Detention, "kind since first_prison")
def of_detention(one):
    detail = _line(_named("prison", one.first_prison_code), one.number)
    yield Event(one.since, code_lists.label("detention_kind", one.kind), detail, "clock", _detention(one.id))


@tells(DetentionStep, "kind done_on paper_no detention_id")
def of_detention_step(step):
    url, after = _detention(step.detention_id), "" if step.kind == "end" else "clock"
    yield _step(step, "detention_step", step.done_on, url, after)


@tells(Release, "kind released_on reports_to track_until")
def of_release(one):
    reports = ""
    if one.track_until and one.reports_to_code:
        unit = _named("unit", one.reports_to_code)
        reports = gettext("reports to %(unit)s until %(day)s", unit=unit, day=said(one.track_until))
    detail = _line(code_lists.label("release_kind", one.kind), reports)
    url = url_for("ReleaseView.show", pk=one.id)
    yield Event(one.released_on, gettext("Released"), detail, "ring", url)


def _step(step, words, moment, url, after=""):
    shape = SHAPES.get(step.kind, "dot")
    return Event(moment, code_lists.label(words, step.kind), step.paper_no or "", shape, url, after)


def _named(lookup, key):
    return lookups.named(lookup).words(key)


def _line(*parts):
    return " · ".join(part for part in parts if part)


def _custody(pk):
    return url_for("CustodyView.show", pk=pk)


def _judgment(pk):
    return url_for("JudgmentView.show", pk=pk)


def _detention(pk):
    return url_for("DetentionView.show", pk=pk)
