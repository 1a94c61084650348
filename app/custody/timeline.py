"""What arrest, custody, judgment, prison and release tell in the time line of a person."""

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.custody.models import Arrest, Custody, Detention, Judgment, Release
from app.extensions import db
from app.kernel import codes
from app.kernel.display import said
from app.people import timeline


def _of(model, person, *loads):
    found = select(model).where(model.person_id == person.id, model.voided_at.is_(None))
    return db.session.scalars(found.order_by(model.id.desc()).limit(timeline.MOST).options(*loads)).unique()


def _steps(record, list_name, moment, url, shapes):
    for step in record.steps:
        if step.voided_at is None:
            word = codes.label(list_name, step.kind)
            yield timeline.Event(
                getattr(step, moment), word, record.number, shapes.get(step.kind, "dot"), url
            )


@timeline.tells
def arrests(person):
    for one in _of(Arrest, person, joinedload(Arrest.by_unit)):
        detail = f"{codes.label('arrest_ground', one.ground)} · {one.by_unit} · {one.number}"
        yield timeline.Event(
            one.at, gettext("Arrested"), detail, "dot", url_for("ArrestView.show", pk=one.id)
        )


@timeline.tells
def custodies(person):
    for one in _of(Custody, person, joinedload(Custody.held_by), selectinload(Custody.steps)):
        url = url_for("CustodyView.show", pk=one.id)
        title, detail = gettext("Arrived at the unit, custody begins"), f"{one.held_by} · {one.number}"
        yield timeline.Event(one.arrived_at, title, detail, "clock", url)
        if one.ended_at is not None:
            shape = "ring" if one.outcome == "released" else "dot"
            yield timeline.Event(
                one.ended_at, codes.label("custody_outcome", one.outcome), one.number, shape, url
            )
        elif (extension := one.step("extension")) is not None:
            word = codes.label("custody_step", "extension")
            yield timeline.Event(extension.at, word, extension.paper_no or "", "square", url)


@timeline.tells
def judgments(person):
    for one in _of(Judgment, person, joinedload(Judgment.court), selectinload(Judgment.steps)):
        url = url_for("JudgmentView.show", pk=one.id)
        detail = f"{one.court} · {one.court_no}"
        yield timeline.Event(one.decided_on, codes.label("verdict", one.verdict), detail, "diamond", url)
        yield from _steps(one, "judgment_step", "done_on", url, {"final": "diamond", "set_aside": "diamond"})


@timeline.tells
def detentions(person):
    for one in _of(Detention, person, joinedload(Detention.first_prison), selectinload(Detention.steps)):
        url = url_for("DetentionView.show", pk=one.id)
        detail = f"{one.first_prison} · {one.number}"
        yield timeline.Event(one.since, codes.label("detention_kind", one.kind), detail, "clock", url)
        yield from _steps(one, "detention_step", "done_on", url, {"extension": "square"})


@timeline.tells
def releases(person):
    for one in _of(Release, person, joinedload(Release.reports_to)):
        reports = (
            gettext("reports to %(unit)s until %(day)s", unit=one.reports_to, day=said(one.track_until))
            if one.track_until and one.reports_to
            else ""
        )
        detail = " · ".join(part for part in (codes.label("release_kind", one.kind), reports) if part)
        yield timeline.Event(
            one.released_on, gettext("Released"), detail, "ring", url_for("ReleaseView.show", pk=one.id)
        )
