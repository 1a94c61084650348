"""Registered sample records: cases and people as the entry page leaves them. All are invented."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.accounts.models import User
from app.cases import registration
from app.cases.models import Case, CaseDisposition, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.evidence.models import EvidenceStore, ExhibitCustody, Inventory, Shelf
from app.extensions import db
from app.investigation.models import ActExhibit, CaseAssignment, Charge, InvestigationAct, OutcomeNotice
from app.kernel.actor import UNRESTRICTED, Actor, act_as, actor_of
from app.kernel.schema import code_lists
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.text import dates
from app.letters.models import Letter, LetterFile, LetterRecipient
from app.lineups.models import Lineup
from app.minors.models import MinorContact, MinorStep
from app.missing.models import PersonReport, PropertyReport, ReportEnd
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.prevention.models import PreventionProgramme
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep
from app.reference.models import Court, Offence, Place, Unit
from app.retention.models import RetentionAct, RetentionReview
from app.tasks.models import Task
from tests.factories import SUMMARY

BATTAMBANG, PHNOM_PENH = "020310", "120101"  # one commune in each province
THEFT = "PC2009-353_356"


@contextmanager
def acting_as(username):
    """Write everything in this block as that user; yields the user's `id` and `unit_code`."""
    user = db.session.execute(select(User.id, User.unit_code).where(User.username == username)).one()
    before = actor_of(db.session)
    act_as(db.session, Actor(user.id, user.unit_code, scope=UNRESTRICTED))
    yield user
    act_as(db.session, before)


def make_registered_person(number=0, **over):
    """Return a man of Battambang with complete identity data."""
    values = {
        "surname_km": "សុខ", "given_km": "ដារ៉ា", "surname_latin": "Sok", "given_latin": f"Dara {'I' * (number % 3 + 1)}",
        "sex": "M", "born_on": dates.parse_date(f"{number % 28 + 1}-01-1990"), "birth_precision": "day",
        "nationality": "KH", "father_name": "សុខ សំណាង", "home_code": BATTAMBANG, "photo_missing": "not_available",
    }  # fmt: skip
    person = Person(**values | over)
    person.names.append(PersonName(kind="alias", text_km="ដារ៉ាតូច", text_latin="Dara Touch"))
    person.documents.append(PersonDocument(kind="national_id", number=f"0{10000000 + number}", country="KH"))
    person.addresses.append(PersonAddress(kind="current", place_code=BATTAMBANG, house="12", street="3"))
    person.marks.append(PersonMark(kind="tattoo", body_part="left_arm", text="រូបនាគលើដៃឆ្វេង"))
    return person


def add_registered_case(place=BATTAMBANG, people=(), extend=lambda _case: None, **over):
    """Add a theft with people (by default a new suspect) and all other rows, in the session's transaction.

    `extend(case)` may add rows before the case is registered with all of them.
    """
    now = dates.now().replace(second=0, microsecond=0)
    values = {
        "occurred_from": now - timedelta(hours=9), "occurred_to": now - timedelta(hours=8),
        "reported_at": now - timedelta(hours=7), "report_kind": "complaint", "place_kind": "shop", "summary": SUMMARY,
        "status": "open", "sensitivity": "normal", "place": db.session.get(Place, place),
    }  # fmt: skip
    case = Case(**values | over)
    case.offences.append(
        CaseOffence(offence=db.session.get(Offence, THEFT), attempt=False, offence_class="misdemeanour")
    )
    for person, role in people or [(make_registered_person(), "suspect")]:
        case.involvements.append(Involvement(person=person, role=role, injury="none"))
    case.exhibits.append(
        Exhibit(
            kind="vehicle", property_role="stolen", description="ម៉ូតូពណ៌ក្រហម", plate="1AB-2345", state="missing"
        )
    )
    case.files.append(CaseFile(kind="report", **FILE_COLUMNS))
    extend(case)
    registration.register_case(case, token=None, overrides=())
    case.supplements.append(Supplement(learned_on=now.date(), text="សាក្សីម្នាក់បានឃើញម៉ូតូនៅផ្សារ។"))
    db.session.flush()
    return case


def take_step(case, kind, writer="clerk.bb", **over):
    """Add a step of procedure with its document, and flush it and the status that follows."""
    today = dates.now().date()
    values = {"decided_on": today, "document_no": "88/26", "document_date": today, "reason": "តាមលិខិត"}
    with acting_as(writer):
        db.session.add(CaseDisposition(case=case, kind=kind, **values | over))
        db.session.flush()
        db.session.flush()


FILE_COLUMNS = {"sha256": "0" * 64, "mime": "application/pdf", "size": 1000}
PHOTO_COLUMNS = {"sha256": "1" * 64, "mime": "image/jpeg", "size": 1000, "width_px": 600, "height_px": 800}


def add_photo(person):
    person.photos.append(PersonPhoto(**PHOTO_COLUMNS))
    return person


def make_sample_row(model, case):
    """Return a row of any record class with every field of its add form, linked to the case and its first person."""
    person = case.involvements[0].person
    linked = {"case": case, "person": person, "from_person": person, "exhibit": case.exhibits[0]}
    values = {}
    for name in field_names_on(model, "add"):
        declared = fields_of(model)[name]
        if name in linked:
            values[name] = linked[name]
        elif declared.codes:
            values[name] = next(iter(code_lists.keys(declared.codes)))
        elif not declared.lookup:
            python_type = model.__mapper__.columns[name].type.python_type
            values[name] = SAMPLE_VALUES[python_type]()
    if model is PreventionProgramme:
        values |= {"place": db.session.get(Place, case.commune_code), "second_family": None}
    if model in (PersonReport, PropertyReport):
        values["place"] = db.session.get(Place, case.commune_code)
    if model is ReportEnd:
        values |= {"person_report": make_sample_row(PersonReport, case), "outcome": "found_alive"}
    if model is Task:
        values["to_unit"] = db.session.get(Unit, case.unit_code)  # a task needs a receiver
    if model in (CaseAssignment, InvestigationAct):
        values["officer"] = db.session.get(User, case.recorded_by_id)
    if model is Lineup:
        values |= {"suspect": case.involvements[0], "witness": case.involvements[-1]}
        with db.session.no_autoflush:  # other sample rows may wait for their session
            presenter = select(User).where(User.username == "warrant.bb")
            values["presenter"] = db.session.scalars(presenter).unique().one()
    if model is RetentionAct:
        values |= {"case": None, "until": None}
    if model is RetentionReview:
        day = dates.now().date()
        values |= {"period_code": "deceased", "person": person, "began_on": day, "due_on": day, "case": case}
    if model is ProtectionOrder:
        first, last = case.involvements[0], case.involvements[-1]
        with db.session.no_autoflush:
            court = db.session.scalars(select(Court).order_by(Court.code).limit(1)).one()
        values |= {
            "restrained": first,
            "protected": last,
            "court": court,
            "keeps_away": True,
            "until_on": None,
        }
    if model is ProtectionOrderStep:
        values |= {"order": make_sample_row(ProtectionOrder, case), "kind": "broken", "until_on": None}
    if model is MinorContact:
        values |= {"place": db.session.get(Place, case.commune_code), "age": 15}
    if model is MinorStep:
        values |= {"contact": make_sample_row(MinorContact, case), "kind": "handed_over", "until_on": None}
    if model is CaseAssignment:
        values["due_on"] = dates.now().date()
    if model is InvestigationAct:
        values |= {"ended_at": None, "due_at": None, "kind": "site_visit"}
    if model is ActExhibit:
        values["act"] = make_sample_row(InvestigationAct, case)
    if model is OutcomeNotice:
        day = dates.now().date()
        values["disposition"] = next(iter(case.dispositions), None) or CaseDisposition(
            case=case, kind="unsolved", decided_on=day, reason="ពាក្យ"
        )
        harmed = (one for one in case.involvements if one.role == "victim")
        values["involvement"] = next(harmed, None) or Involvement(
            case=case, person=make_registered_person(5), role="victim", injury="none"
        )
    if model is Charge:
        values |= {"involvement": case.involvements[0], "case_offence": case.offences[0]}
    if model is ExhibitCustody:
        exhibit = case.exhibits[0]
        values |= {"exhibit": exhibit, "code": exhibit.code, "kind": exhibit.kind, "state": exhibit.state}
        values |= {"unit_code": case.unit_code}
    if model in (Shelf, Inventory):
        values["store"] = make_sample_row(EvidenceStore, case)
    if model is EvidenceStore:
        values |= {
            "keeper": db.session.get(User, case.recorded_by_id),
            "unit": db.session.get(Unit, case.unit_code),
        }
    if model is LetterRecipient:
        values |= {"letter": Letter(subject="ពាក្យ"), "to_unit_code": case.unit_code}
    if model is LetterFile:
        values |= {"letter": Letter(subject="ពាក្យ"), **FILE_COLUMNS}
    return model(**values)


SAMPLE_VALUES = {
    str: lambda: "ពាក្យ", int: lambda: 1, bool: lambda: False, datetime: dates.now, date: lambda: dates.now().date(),
    Decimal: lambda: Decimal(1),
}  # fmt: skip
