"""Timeline events of a person from their cases, and the timeline of a case."""

from dataclasses import replace
from functools import cache

from flask import url_for
from flask_babel import gettext

from app.cases import court_findings
from app.cases.models import Involvement
from app.cases.rules.facts import exclude_voided
from app.kernel.schema import code_lists
from app.kernel.schema.display import is_day_only
from app.people import timeline
from app.people.timeline import Event, event_provider

ROLES_BEFORE_CHARGE = {"suspect", "victim", "witness", "complainant", "civil_party", "other"}


@event_provider(Involvement, "case role person_id end_reason", prepare=court_findings.find_roles_of_page)
def describe_involvement(row, current_roles):
    """Yield one event for the case of an involvement, with the role that the judgments in force give."""
    if row.case is not None:  # break-glass access shows the involvement, not the case
        role = current_roles[row.id].role if row.id in current_roles else row.role
        shape = "dot" if role in ROLES_BEFORE_CHARGE else "square"
        url = url_for("CaseView.show", pk=row.case_id)
        name = court_findings.name_role(role, row.end_reason)
        yield Event(_get_time(row.case, "occurred_from"), name, row.case.number, shape, url)


@cache
def list_row_kinds():
    """Return the kinds of rows on the timeline of a case: those of a person, linked by their case."""
    return tuple(
        kind._replace(key="case", columns=kind.columns if kind.through else (*kind.columns, "person"))
        for kind in timeline.list_row_kinds()
        if kind.model is not Involvement
    )


def build_events(case, rows_by_kind):
    """Return the newest events of a case, from its own rows and those of `list_row_kinds`."""
    kinds = [kind for kind in timeline.list_row_kinds() if kind.model is not Involvement]
    events = list(_describe_case(case))
    for kind, rows in zip(kinds, rows_by_kind, strict=True):
        describe = timeline.get_provider(kind)
        events += (_name_person(row, event) for row in exclude_voided(rows) for event in describe(row))
    return timeline.sort_events(events)


def _describe_case(case):
    yield Event(_get_time(case, "occurred_from"), gettext("Incident"))
    kind = code_lists.label("report_kind", case.report_kind)
    yield Event(_get_time(case, "reported_at"), gettext("Reported"), kind)
    for row in exclude_voided(case.dispositions):
        url = url_for("CaseDispositionView.show", pk=row.id)
        yield Event(row.decided_on, str(row), row.document_no or "", "diamond", url)
    for row in exclude_voided(case.supplements):
        yield Event(row.learned_on, gettext("Supplement"), url=url_for("SupplementView.show", pk=row.id))


def _name_person(row, event):
    """Return the event with the person of the row, if the reader may see the person."""
    person = row.__dict__.get("person")
    parts = (str(person) if person is not None else "", event.detail)
    return replace(event, detail=" · ".join(filter(None, parts)))


def _get_time(case, name):
    moment = getattr(case, name)
    return moment.date() if is_day_only(case, name) else moment
