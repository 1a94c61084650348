"""Record of an investigation act, to be signed: a search or a visit of a place, an interview, a seizure and others.

The paper of an expert request names the exhibits that go to the laboratory.

The signatures on each page, the witnesses and the interpreter are those of articles 91 and 93 of the Code of Criminal
Procedure, as the law was read for flagrant cases.
"""
# chosen fields: the content of the record; a request to another unit is a letter

from flask_babel import gettext
from sqlalchemy import select

from app.cases.exhibit_numbers import number_exhibits
from app.extensions import db
from app.investigation.models import InvestigationAct
from app.investigation.rules import EXPERT_REQUEST, INTERVIEWS, REQUESTS
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.printouts.document import (
    Printout,
    build_facts,
    build_paragraphs,
    build_table,
    format_fields,
    join_texts,
)
from app.printouts.titles import TITLES

SEARCH = "search"
DOTS = "…" * 44


def load_record(act_id):
    """Return the act, or None if the reader may not see it."""
    return (
        db.session.scalars(select(InvestigationAct).where(InvestigationAct.id == act_id))
        .unique()
        .one_or_none()
    )


def explain_refusal(act):
    """Return why the act has no record, or an empty string."""
    if act.is_void:
        return gettext("A void act has no record.")
    is_letter = act.kind in REQUESTS and act.kind != EXPERT_REQUEST
    return gettext("A request is sent as a letter.") if is_letter else ""


def build_printout(act):
    act_facts = format_fields(
        act,
        "case",
        "begun_at",
        "ended_at",
        "place_text",
        "officer",
        "second_officer",
        "document_no",
        "due_at",
    )
    people = format_fields(
        act,
        "involvement",
        "other_involvement",
        "support_person",
        "interpreter",
        "first_witness",
        "second_witness",
    )
    grounds = format_fields(
        act, "authorised_by", "authorised_at", "authorisation", "hour_ground", "owner_present"
    )
    parts = [
        build_facts(act_facts, gettext("Act"), wide=True),
        build_facts(people, gettext("People"), wide=True),
    ]
    if act.kind == SEARCH:
        parts.append(build_facts(grounds, gettext("Authorisation"), wide=True))
    parts += [
        build_paragraphs(act.result or "", gettext("Result")),
        *_list_exhibits(act),
        *_list_documents(act),
        build_paragraphs(
            gettext("Each page is signed or marked with a fingerprint. Write a refusal and its reason here.")
            + f"\n{DOTS}\n{DOTS}",
            gettext("Signatures"),
        ),
    ]
    return Printout(
        title=str(TITLES["act-record"]),
        subtitle=code_lists.label("act_kind", act.kind),
        number=f"{act.case.number}/{act.id}",
        parts=tuple(parts),
        signers=_list_signers(act),
    )


def _list_exhibits(act):
    """Return the part with the exhibits of the act, or nothing without any."""
    rows = [one for one in act.exhibits if not one.is_void and one.exhibit is not None]
    if not rows:
        return []
    numbers = number_exhibits([one.exhibit_id for one in rows])
    heads = [
        (gettext("Exhibit"), 4), (gettext("Case"), 2), (gettext("Seal number"), 2), (gettext("Quantity"), 2),
        (gettext("Purpose, or question to the laboratory"), 4),
    ]  # fmt: skip
    return [
        build_table(
            heads, [_describe(one, numbers[one.exhibit_id]) for one in rows], gettext("Exhibits of the act")
        )
    ]


def _describe(row, number):
    exhibit = row.exhibit
    present = exhibit.custody or exhibit
    amount = join_texts(*(value for _label, value in format_fields(present, "quantity", "measure")))
    return [
        [str(exhibit), join_texts(code_lists.label("exhibit_kind", exhibit.kind), exhibit.code)],
        f"{row.case.number}/{number}",
        exhibit.custody.seal or "" if exhibit.custody else "",
        amount,
        row.note or "",
    ]


def _list_documents(act):
    """Return the part with the documents of the act, or nothing without any."""
    valid = [one for one in act.files if not one.is_void]
    if not valid:
        return []
    heads = [(gettext("Document"), 3), (gettext("Note"), 4), (gettext("Date"), 0)]
    rows = [[str(one), one.note or "", format_value(one.recorded_at.date())] for one in valid]
    return [build_table(heads, rows, gettext("Documents of the act"))]


def _list_signers(act):
    if act.kind == EXPERT_REQUEST:
        return gettext("Officer who asks"), gettext("Received by the laboratory")
    if act.kind in INTERVIEWS:
        heard = gettext("Person who is heard"), gettext("Officer who writes the record")
        return (*heard, gettext("Interpreter")) if act.interpreter else heard
    witnesses = (gettext("First witness"), gettext("Second witness")) if act.kind == SEARCH else ()
    return (gettext("Officer who writes the record"), *witnesses)
