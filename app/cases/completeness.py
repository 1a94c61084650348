"""Completeness of a registered case: what could still be added, and the page where it is added."""

from typing import NamedTuple

from flask_babel import gettext

from app.cases.rules.completeness import AT_COURT
from app.cases.rules.dispositions import JUDGED
from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import SUSPECT_ROLES
from app.kernel.schema import record_lock

VILLAGE_DIGITS = 8
MOST_JUDGMENTS = 20


class MissingItem(NamedTuple):
    """One gap: its text, and the view, action and URL values of the page that closes it, if there is one."""

    text: str
    view: str
    action: str = "add"
    values: dict = {}


def is_in_work(case):
    """Return whether the police still work on the case: rows are added to it after the lock too."""
    return (
        case.status in ("open", "solved")
        and not case.is_void
        and not (case.origin or "").startswith("import:")
    )


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
    if case.status in AT_COURT and not case.dossier_no:
        values = {"pk": case.id, "_anchor": "dossier_no"}
        yield MissingItem(gettext("Court dossier number"), "CaseView", "edit", values)
    for involvement in exclude_voided(case.involvements):
        person = involvement.person
        if person is None:  # protected: a user who cannot see the person cannot add what is missing
            continue
        is_suspect = involvement.role in ("suspect", "charged", "accused")
        if is_suspect and not person.unidentified and not exclude_voided(person.documents):
            text = gettext("An identity document of %(name)s", name=str(person))
            yield MissingItem(text, "PersonDocumentView", values={"person": person.id})
        excused = involvement.photo_missing or person.photo_missing
        if involvement.role in ("suspect", "victim") and not (exclude_voided(person.photos) or excused):
            text = gettext("A photo of %(name)s", name=str(person))
            yield MissingItem(text, "PersonView", "show", {"pk": person.id, "_anchor": "scan"})


def find_missing_acts(case, rows):
    """Yield the custody that must follow an arrest, and the judgments without which the case is not judged."""
    for row in exclude_voided(rows):
        if row.__tablename__ == "arrest" and row.awaits_custody:
            text = gettext("The custody after the arrest %(number)s", number=str(row))
            yield MissingItem(text, "CustodyView", values={"arrest": row.id})
    judgments = [row for row in exclude_voided(rows) if row.__tablename__ == "judgment"]
    if 0 < len(judgments) < MOST_JUDGMENTS:  # the page may show some of them only
        yield from _find_missing_judgments(case, [one for one in judgments if one.is_in_force])
    steps = [
        one for one in exclude_voided(case.dispositions) if one.kind == JUDGED and one.source_row is None
    ]
    if steps and not judgments:
        number = steps[-1].document_no
        text = gettext(
            "The judgment %(number)s: a step of procedure says that the court has decided", number=number
        )
        values = {
            "court_no": number,
            "decided_on": steps[-1].decided_on.isoformat(),
            "court": steps[-1].court_code,
        }
        suspects = [row.id for row in exclude_voided(case.involvements) if row.role in SUSPECT_ROLES]
        values |= {"involvement": suspects[0]} if len(suspects) == 1 else {}
        yield MissingItem(text, "JudgmentView", values=values)


def _find_missing_judgments(case, judgments):
    """Yield the suspects, offences and appeals without a judgment in force. The dead are not judged."""
    judged = {one.person_id for one in judgments}
    suspects = [
        row
        for row in exclude_voided(case.involvements)
        if row.role in SUSPECT_ROLES and not _has_died(row.person)
    ]
    for row in suspects:
        if row.person_id not in judged and row.person is not None:
            text = gettext("A judgment about the suspect %(name)s", name=str(row.person))
            yield MissingItem(text, "JudgmentView", values={"involvement": row.id})
    decided = {one.case_offence_id for one in judgments}
    for row in exclude_voided(case.offences) if suspects and None not in decided else ():
        if row.id not in decided:
            text = gettext("A judgment about the offence «%(name)s»", name=str(row))
            yield MissingItem(text, "JudgmentView")
    for one in judgments:
        is_pending = one.contested_on and (one.final_on is None or one.contested_on >= one.final_on)
        if (
            is_pending
            and not _has_died(one.person)
            and all(
                later.person_id != one.person_id or later.decided_on < one.contested_on for later in judgments
            )
        ):
            text = gettext("The decision about the appeal against the judgment %(number)s", number=str(one))
            yield MissingItem(text, "JudgmentView", values={"involvement": one.involvement_id})


def _has_died(person):
    """Return whether the person has died, as far as the reader sees it."""
    return person is not None and person.deceased_on is not None


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
