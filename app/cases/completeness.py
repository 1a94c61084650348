"""Completeness of a registered case: what could still be added, and the page where it is added."""

from typing import NamedTuple

from flask_babel import gettext

from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import SUSPECT_ROLES
from app.kernel.schema import record_lock

VILLAGE_DIGITS = 8
DECIDED = ("judged", "final", "closed", "void")


class MissingItem(NamedTuple):
    """One gap: its text, and the view, action and URL values of the page that closes it, if there is one."""

    text: str
    view: str
    action: str = "add"
    values: dict = {}


def is_in_work(case):
    """Return whether the police still work on the case: rows are added to it after the lock too."""
    return case.status == "open" and not case.is_void and not (case.origin or "").startswith("import:")


def find_missing_items(case):
    """Yield what a registered case still lacks. These gaps are no errors."""
    if not exclude_voided(case.files):
        yield _make_addition(case, gettext("A photo of the scene or a scanned document"), "files")
    if not exclude_voided(case.exhibits):
        yield _make_addition(case, gettext("Exhibits, if anything was seized"), "exhibits")
    if case.place_code and len(case.place_code) < VILLAGE_DIGITS:
        view = "" if record_lock.is_locked(case) else "CaseView"  # afterwards only a correction adds it
        values = {"pk": case.id, "_anchor": "place"}
        yield MissingItem(gettext("Village of the incident"), view, "edit", values)
    for involvement in exclude_voided(case.involvements):
        person = involvement.person
        if person is None:  # protected: a user who cannot see the person cannot add what is missing
            continue
        if involvement.role in ("suspect", "charged", "accused") and not exclude_voided(person.documents):
            text = gettext("An identity document of %(name)s", name=str(person))
            yield MissingItem(text, "PersonDocumentView", values={"person": person.id})
        excused = involvement.photo_missing or person.photo_missing
        if involvement.role in ("suspect", "victim") and not (exclude_voided(person.photos) or excused):
            text = gettext("A photo of %(name)s", name=str(person))
            yield MissingItem(text, "PersonView", "show", {"pk": person.id, "_anchor": "scan"})


def find_missing_steps(case, rows):
    """Yield the records that must follow the registered arrests and judgments of the case."""
    for row in exclude_voided(rows):
        if row.__tablename__ == "arrest" and row.awaits_custody:
            text = gettext("The custody after the arrest %(number)s", number=str(row))
            yield MissingItem(text, "CustodyView", values={"arrest": row.id})
    judgments = [row for row in exclude_voided(rows) if row.__tablename__ == "judgment"]
    if judgments and case.status not in DECIDED:
        newest = max(judgments, key=lambda row: (row.decided_on, row.id))
        day = newest.decided_on.isoformat()
        values = {"case": case.id, "kind": "judged", "decided_on": day, "court": newest.court_code}
        values |= {"document_no": newest.court_no, "document_date": day}
        text = gettext("The step «Judged»: judgment %(number)s is registered", number=newest.court_no)
        yield MissingItem(text, "CaseDispositionView", values=values)


def _make_addition(case, text, rows):
    return MissingItem(text, "AdditionView", "begin", {"pk": case.id, "add": rows})


def count_suspects_by_role(case, current_roles):
    """Return role → number of suspects who have it now, the strongest first; no final decision has cleared them."""
    roles = [
        current_roles[row.id].role
        for row in exclude_voided(case.involvements)
        if row.id in current_roles and row.ended_on is None
    ]
    return {role: roles.count(role) for role in reversed(SUSPECT_ROLES) if role in roles}
