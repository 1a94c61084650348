"""Registered records for tests: cases and people as the entry page would have left them. All are invented."""

from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import User
from app.cases import registration
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.extensions import db
from app.kernel.actor import EVERYTHING, Actor, act_as, actor_of
from app.kernel.text import dates
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.reference.models import Offence, Place
from tests.factories import SUMMARY

BATTAMBANG, PHNOM_PENH = "020310", "120101"  # a commune of each
THEFT = "PC2009-353_356"


@contextmanager
def written_by(username):
    """Everything that this block writes is written by that user; gives his `id` and `unit_code`."""
    user = db.session.execute(select(User.id, User.unit_code).where(User.username == username)).one()
    before = actor_of(db.session)
    act_as(db.session, Actor(user.id, user.unit_code, scope=EVERYTHING))
    yield user
    act_as(db.session, before)


def a_registered_person(number=0, **over):
    """A man of Battambang with all that can be known of him."""
    values = {
        "surname_km": "សុខ", "given_km": "ដារ៉ា", "surname_latin": "Sok", "given_latin": f"Dara {'I' * (number % 3 + 1)}",
        "sex": "M", "born_on": dates.read_date(f"{number % 28 + 1}-01-1990"), "birth_precision": "day",
        "nationality": "KH", "father_name": "សុខ សំណាង", "home_code": BATTAMBANG, "photo_missing": "not_available",
    }  # fmt: skip
    person = Person(**values | over)
    person.names.append(PersonName(kind="alias", text_km="ដារ៉ាតូច", text_latin="Dara Touch"))
    person.documents.append(PersonDocument(kind="national_id", number=f"0{10000000 + number}", country="KH"))
    person.addresses.append(PersonAddress(kind="current", place_code=BATTAMBANG, house="12", street="3"))
    person.marks.append(PersonMark(kind="tattoo", body_part="left_arm", text="រូបនាគលើដៃឆ្វេង"))
    return person


def a_registered_case(place=BATTAMBANG, people=(), **over):
    """A theft with its people (a new suspect, where none are given) and all other rows, in the session's transaction."""
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
    for person, role in people or [(a_registered_person(), "suspect")]:
        case.involvements.append(Involvement(person=person, role=role, injury="none"))
    case.exhibits.append(
        Exhibit(
            kind="vehicle", property_role="stolen", description="ម៉ូតូពណ៌ក្រហម", plate="1AB-2345", state="missing"
        )
    )
    case.files.append(CaseFile(kind="report", **A_FILE))
    registration.register(case, token=None, passed_warnings=())
    case.supplements.append(Supplement(learned_on=now.date(), text="សាក្សីម្នាក់បានឃើញម៉ូតូនៅផ្សារ។"))
    db.session.flush()
    return case


A_FILE = {"sha256": "0" * 64, "mime": "application/pdf", "size": 1000}
A_PHOTO = {"sha256": "1" * 64, "mime": "image/jpeg", "size": 1000, "width_px": 600, "height_px": 800}


def with_photo(person):
    person.photos.append(PersonPhoto(**A_PHOTO))
    return person
