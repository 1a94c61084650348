"""The file of a person for the competent court: the person's file, and who read it and when.

Two officers confirm the document of the court before (`retention.models.RetentionAct`). The printing officer sees the person
by the rules of every page, so a protected person stays protected. Other people of the cases are not named.
"""
# unrestricted: the court reads all accesses to one person, also those by officers of other units
# chosen fields: the document of the court, and until when it counts

from dataclasses import replace

from flask_babel import gettext
from sqlalchemy import and_, or_, select

from app.accounts.models import User
from app.audit_review.event_sentences import describe_subject, get_action_label, get_actor_name
from app.audit_review.record_history import USER_NAME_COLUMNS, VIEW_ACTIONS
from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.people.models import PersonPhoto
from app.printouts import person_files
from app.printouts.document import build_facts, build_note, build_table, format_fields
from app.printouts.titles import TITLES
from app.reference.models import Unit
from app.retention import acts
from app.retention.models import RetentionAct
from app.retention.rules import ACCESS

MAX_ACCESSES = 1000  # of the person, the newest first


def load_record(act_id):
    """Return the retention act, or None if the reader may not see it."""
    return db.session.scalars(select(RetentionAct).where(RetentionAct.id == act_id)).unique().one_or_none()


def explain_refusal(act):
    """Return why the act has no printout, or an empty string."""
    if act.kind == ACCESS and act.is_in_effect and acts.is_over(act):
        return gettext("The access of the court has ended. A new one needs a document of the court again.")
    if act.kind != ACCESS or not acts.is_in_effect(db.session, act):
        return gettext("The file is printed after a second officer has confirmed the access of the court.")
    if person_files.load_record(act.person_id) is None:
        return gettext("You do not see this person, so you cannot print the file.")
    return ""


def build_printout(act):
    person = person_files.load_record(act.person_id)
    file = person_files.build_printout(person)
    basis = format_fields(act, "authority", "document_no", "document_date", "until", "reason", "decided_at")
    return replace(
        file,
        title=str(TITLES["court-access"]),
        number=f"{act.number} · {person.number}",
        parts=(
            build_facts(basis, gettext("Document of the court"), wide=True),
            *file.parts,
            *_access_parts(person),
        ),
    )


def _access_parts(person):
    found = find_accesses(person.id)
    heads = [
        (gettext("Time"), 0), (gettext("Officer"), 3), (gettext("Unit"), 3), (gettext("Access"), 3),
        (gettext("Purpose"), 2),
    ]  # fmt: skip
    cells = [
        [
            format_value(row.AuditEvent.when),
            get_actor_name(row),
            str(row.Unit or row.AuditEvent.unit_code or ""),
            [get_action_label(row.AuditEvent.action), describe_subject(row.AuditEvent)],
            code_lists.label("purpose", row.AuditEvent.purpose),
        ]
        for row in found
    ]
    yield build_table(heads, cells, gettext("Accesses to the file"))
    notes = [
        gettext(
            "The list has the opened pages, files and printouts of the person, and of the cases the printing officer"
            " sees. Searches and lists that showed the name are in the audit log only."
        )
    ]
    if len(found) == MAX_ACCESSES:
        notes.append(gettext("Only the newest %(n)s entries are shown.", n=format_value(MAX_ACCESSES)))
    yield build_note(*notes)


def find_accesses(person_id):
    """Return the accesses that showed the person, the newest first, as rows with event, unit and name of the officer."""
    cases = select(Involvement.case_id).where(Involvement.person_id == person_id)
    photos = select(PersonPhoto.id).where(PersonPhoto.person_id == person_id)
    event = AuditEvent
    about = or_(
        and_(event.entity == "person", event.entity_id == person_id),
        and_(event.entity == PersonPhoto.__tablename__, event.entity_id.in_(photos)),
        and_(event.entity == "case", event.entity_id.in_(cases)),
    )
    found = (
        select(event, Unit, *USER_NAME_COLUMNS)
        .outerjoin(User, User.id == event.actor_id)
        .outerjoin(Unit, Unit.code == event.unit_code)
        .where(event.action.in_(VIEW_ACTIONS), about)
        .order_by(event.seq.desc())
        .limit(MAX_ACCESSES)
    )
    with unrestricted(db.session):
        rows = db.session.execute(found).unique().all()
    shown = set(db.session.scalars(select(Case.id).where(Case.id.in_(cases))))
    # The page of a case hides some of its people from some readers, and a hidden case stays hidden.
    return [
        row
        for row in rows
        if row.AuditEvent.entity != "case"
        or (row.AuditEvent.entity_id in shown and person_id in row.AuditEvent.facts.get("people", ()))
    ]
