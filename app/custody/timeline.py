"""Timeline entries of a person for arrest, custody, judgment, detention and release."""

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
from app.kernel.schema.display import format_value
from app.people.timeline import Event, event_provider

SHAPES = {
    "extension": "square",
    "final": "diamond",
    "set_aside": "diamond",
}  # shapes of steps; the default is a dot


@event_provider(Arrest, "at time_unknown ground by_unit")
def list_arrest_events(one):
    detail = _join_parts(
        code_lists.label("arrest_ground", one.ground), _format_key("unit", one.by_unit_code), one.number
    )
    at = one.at.date() if one.time_unknown else one.at
    yield Event(at, gettext("Arrested"), detail, "dot", url_for("ArrestView.show", pk=one.id))


@event_provider(Custody, "held_by arrived_at time_unknown ended_at end_time_unknown outcome")
def list_custody_events(one):
    url, detail = _custody_url(one.id), _join_parts(_format_key("unit", one.held_by_code), one.number)
    arrived_at = one.arrived_at.date() if one.time_unknown else one.arrived_at
    yield Event(arrived_at, gettext("Arrived at the unit, custody begins"), detail, "clock", url)
    if one.ended_at is not None:
        shape = "ring" if one.outcome == "released" else "dot"
        ended_at = one.ended_at.date() if one.end_time_unknown else one.ended_at
        yield Event(ended_at, code_lists.label("custody_outcome", one.outcome), one.number, shape, url)


@event_provider(CustodyStep, "kind at time_unknown document_no custody_id")
def list_custody_step_events(step):
    if step.kind == "extension":
        yield _build_step_event(
            step,
            "custody_step",
            step.at.date() if step.time_unknown else step.at,
            _custody_url(step.custody_id),
        )


@event_provider(Judgment, "verdict court court_no decided_on")
def list_judgment_events(one):
    detail = _join_parts(_format_key("court", one.court_code), one.court_no)
    yield Event(
        one.decided_on, code_lists.label("verdict", one.verdict), detail, "diamond", _judgment_url(one.id)
    )


@event_provider(JudgmentStep, "kind done_on document_no judgment_id")
def list_judgment_step_events(step):
    yield _build_step_event(step, "judgment_step", step.done_on, _judgment_url(step.judgment_id), "diamond")


@event_provider(Detention, "kind since first_prison")
def list_detention_events(one):
    detail = _join_parts(_format_key("prison", one.first_prison_code), one.number)
    yield Event(
        one.since, code_lists.label("detention_kind", one.kind), detail, "clock", _detention_url(one.id)
    )


@event_provider(DetentionStep, "kind done_on document_no detention_id")
def list_detention_step_events(step):
    url, after = _detention_url(step.detention_id), "" if step.kind == "end" else "clock"
    yield _build_step_event(step, "detention_step", step.done_on, url, after)


@event_provider(Release, "kind released_on reports_to supervised_until")
def list_release_events(one):
    reports = ""
    if one.supervised_until and one.reports_to_code:
        unit = _format_key("unit", one.reports_to_code)
        reports = gettext(
            "reports to %(unit)s until %(day)s", unit=unit, day=format_value(one.supervised_until)
        )
    detail = _join_parts(code_lists.label("release_kind", one.kind), reports)
    url = url_for("ReleaseView.show", pk=one.id)
    yield Event(one.released_on, gettext("Released"), detail, "ring", url)


def _build_step_event(step, words, moment, url, after=""):
    shape = SHAPES.get(step.kind, "dot")
    return Event(moment, code_lists.label(words, step.kind), step.document_no or "", shape, url, after)


def _format_key(lookup, key):
    return lookups.get_lookup(lookup).words(key)


def _join_parts(*parts):
    return " · ".join(part for part in parts if part)


def _custody_url(pk):
    return url_for("CustodyView.show", pk=pk)


def _judgment_url(pk):
    return url_for("JudgmentView.show", pk=pk)


def _detention_url(pk):
    return url_for("DetentionView.show", pk=pk)
