"""Rows for the tests of line-ups: a case with a suspect and a witness, and people with photos who look alike."""

import io
from datetime import timedelta

from PIL import Image

from app.cases.models import Involvement
from app.extensions import db
from app.investigation.models import CaseAssignment
from app.kernel.files import store
from app.kernel.text import dates
from app.lineups.fillers import is_proposed_at_all
from app.lineups.models import Lineup
from app.people.models import PersonPhoto
from tests.accounts.sample_staff import find_user
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

DESCRIPTION = "បុរសអាយុប្រហែល ៣០ឆ្នាំ សក់ខ្លី មាឌស្គម"
STATEMENT = {
    "result": "picked", "position": "2", "words": "នេះហើយជាជនដែលខ្ញុំបានឃើញ", "certainty": "ច្បាស់ណាស់", "place_text": "ស្នាក់ការ",
}  # fmt: skip


def store_photo(number):
    """Store a photo with one colour for each number, and return its columns."""
    out = io.BytesIO()
    Image.new("RGB", (48, 60), (number * 17 % 256, 120, 200)).save(out, "JPEG")
    out.seek(0)
    stored = store.save_file(out, f"{number}.jpg")
    return {name: getattr(stored, name) for name in ("sha256", "mime", "size", "width_px", "height_px")}


def make_face(number, **over):
    """Return a man of about thirty with a photo."""
    names = {"surname_km": "កែវ", "given_km": f"វិចិត្រ{'កខគឃងចឆជឈញដឋឌឍណ'[number % 15]}", "surname_latin": "Keo"}
    father = {"father_name": f"{'កខគងចជដតថទធនបផពមយរលវសហឡអ'[number] * 3}"}  # or all were likely duplicates
    person = make_registered_person(number, **names | father | {"given_latin": f"Vichet {number}"} | over)
    person.photos.append(PersonPhoto(**store_photo(number)))
    return person


def add_people(numbers, role="suspect", writer="clerk.bb", **case_values):
    """Add a case of the writer in which these people have the role, and return the people."""
    people = [make_face(number) for number in numbers]
    with acting_as(writer):
        add_registered_case(people=[(one, role) for one in people], **case_values)
    return people


def add_case(fillers=16):
    """Commit a case with a suspect, a witness and an officer in charge, and other people of the area with photos. Return its id."""
    witness = make_registered_person(
        99, surname_km="ម៉ៅ", given_km="សុភា", surname_latin="Mao", given_latin="Sophea"
    )
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_face(0), "suspect"), (witness, "witness")])
    with acting_as("chief.bb"):
        db.session.add(CaseAssignment(case=case, officer=find_user("investigator.bb"), kind="lead"))
        db.session.flush()
    if fillers:
        add_people(range(1, fillers + 1))
    pk = case.id
    db.session.commit()
    return pk


def find_row(case, role):
    return next(one for one in case.involvements if one.role == role)


def make_lineup(case, presenter="warrant.bb", **over):
    """Return a line-up of the suspect of the case for its witness."""
    values = {
        "case": case, "suspect": find_row(case, "suspect"), "witness": find_row(case, "witness"),
        "presenter": find_user(presenter), "mode": "sequential", "first_description": DESCRIPTION,
        "described_at": dates.now() - timedelta(hours=2),
    }  # fmt: skip
    return Lineup(**values | over)


def list_fillers(case):
    """Return the ids of the proposed people with a photo who are not of the case, the newest first."""
    own = {one.person_id for one in db.session.query(Involvement).filter_by(case_id=case.id)}
    photos = db.session.query(PersonPhoto.person_id).order_by(PersonPhoto.id.desc())
    return [one for (one,) in photos if one not in own and is_proposed_at_all(one)]
