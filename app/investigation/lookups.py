"""Lookups of a person in a case, and of a request, by the number of the case."""

from flask_babel import gettext
from sqlalchemy import select

from app.cases import court_findings
from app.cases.lookups import find_cases
from app.cases.models import CaseDisposition, Involvement
from app.cases.person_cards import load_cards, load_person_to_name
from app.extensions import db
from app.investigation.models import InvestigationAct
from app.investigation.rules import REQUESTS
from app.kernel.schema import lookups
from app.kernel.schema.display import format_field, format_value

MAX_ROWS = 20


def _select_rows(model, text, *conditions):
    ids = [int(one["id"]) for one in find_cases(text)]
    if not ids:
        return []
    found = select(model).where(model.case_id.in_(ids), model.voided_at.is_(None), *conditions)
    return db.session.scalars(found.order_by(model.id).limit(MAX_ROWS)).unique().all()


def find_people(text):
    """Return the people of the cases that `find_cases` finds."""
    rows = _select_rows(Involvement, text)
    load_cards(rows)
    roles = court_findings.name_roles(rows)
    return [_make_person(row, roles[row.id]) for row in rows]


def _make_person(row, role):
    """Return the entry of a person of a case. A protected one has the role and a number instead of the name."""
    of_case = row.case.number
    if not row.is_hidden:
        return _make_item(row, str(row), f"{role} · {of_case}", "user") | {"about": row.person_id}
    others = [one.id for one in row.case.involvements if one.role == row.role]
    name = f"{gettext('Identity protected')} · {role} {format_value(sorted(others).index(row.id) + 1)}"
    return _make_item(row, name, of_case, "user")


def find_requests(text):
    """Return the requests of these cases that wait for an answer."""
    is_open = InvestigationAct.kind.in_(REQUESTS), InvestigationAct.answered_at.is_(None)
    rows = _select_rows(InvestigationAct, text, *is_open)
    return [_make_item(row, str(row), format_field(row, "begun_at"), "file-text") for row in rows]


def find_acts(text):
    """Return the acts of the cases that `find_cases` finds."""
    rows = _select_rows(InvestigationAct, text)
    return [_make_item(row, str(row), format_field(row, "begun_at"), "file-text") for row in rows]


def find_steps(text):
    """Return the steps of procedure of the cases that `find_cases` finds."""
    rows = _select_rows(CaseDisposition, text)
    return [_make_item(row, str(row), format_field(row, "decided_on"), "landmark") for row in rows]


def _get_step(key):
    return _get(CaseDisposition, key)


def _make_item(row, text, detail, icon):
    return {"id": str(row.id), "text": text, "detail": detail, "mark": None, "icon": icon}


def _get(model, key):
    return db.session.get(model, int(key)) if key.isdecimal() and len(key) < 10 else None


def get_person(key):
    """Return the involvement with this id as text, or None. A person outside the scope of the reader has a card."""
    return load_person_to_name(_get(Involvement, key))


def get_act(key):
    """Return the investigation act with this id as text, or None."""
    return _get(InvestigationAct, key)


def register():
    """Register the lookups of this package."""
    lookups.register("case_person", find_people, get_person, private=True)
    lookups.register("investigation_act", find_requests, get_act, resource="InvestigationAct")
    lookups.register("act_of_case", find_acts, get_act, resource="InvestigationAct")
    lookups.register("step_of_case", find_steps, _get_step, resource="CaseDisposition")
