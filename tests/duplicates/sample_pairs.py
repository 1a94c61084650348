"""Two records of one person, and the steps of a merge through the pages."""

from sqlalchemy import select

from app.duplicates import actions
from app.duplicates.models import Duplicate, PersonMerge
from app.extensions import db
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.sample_rows import PHNOM_PENH, make_registered_person

REASON = "រូបថត និងឈ្មោះឪពុកម្តាយដូចគ្នា តាមការផ្ទៀងផ្ទាត់។"
DECISION = "បានប្រៀបធៀបកំណត់ត្រាទាំងពីរ ហើយឃើញត្រឹមត្រូវ។"


def create_two_records(ago=LOCKED_AGE, elsewhere=False, role="suspect", **over):
    """Return two records of one man, who was registered in two cases, with rows of every linked kind.

    `elsewhere`: the second case is in Phnom Penh.
    """
    first = make_registered_person(1)
    second = make_registered_person(2, **{"given_km": "តារា"} | over)
    add_case_of_age(ago, people=[(first, "suspect")])
    place = {"writer": "clerk.pp", "place": PHNOM_PENH} if elsewhere else {}
    add_case_of_age(ago, people=[(second, role)], **place)
    db.session.commit()
    return first, second


def get_error_notes(answer):
    """Return the error messages of a page after a refused step."""
    return [note.text for note in Page.from_response(answer, answer.status_code).all(css="plum")]


def create_pair(one, other):
    """Return the id of a pair that an officer created."""
    pair = actions.create_pair(one.id, other.id)
    db.session.commit()
    return pair.id


def name_record(browser, one, number, **values):
    """Return the response to a number that an officer names as another record of `one`."""
    return browser.send(f"/duplicate/choose/{one.id}", {"number": number} | values)


def propose_merge(browser, pair, surviving, reason=REASON):
    return browser.send(f"/duplicate/propose/{pair}", {"staying": str(surviving.id), "reason": reason})


def request_merge(browser, surviving, merged):
    """Return the id of a requested merge."""
    answer = propose_merge(browser, create_pair(surviving, merged), surviving)
    assert answer.status_code == 302, get_error_notes(answer)
    return int(answer.location.rpartition("/")[2])


def propose_dismissal(browser, pair, reason=REASON):
    """Return the id of a request to record two people."""
    answer = browser.send(f"/duplicate/dismiss/{pair}", {"dismissal": reason})
    assert answer.status_code == 302, get_error_notes(answer)
    return int(answer.location.rpartition("/")[2])


def decide_request(browser, merge_id, verdict="approve", decision=DECISION):
    return browser.send(f"/merge/decide/{merge_id}", {"verdict": verdict, "decision": decision})


def merge_records(browser, chief, surviving, merged):
    """Return the id of an applied merge."""
    merge_id = request_merge(browser, surviving, merged)
    answer = decide_request(chief, merge_id)
    assert answer.status_code == 302, get_error_notes(answer)
    return merge_id


def request_undo(browser, merge_id, reason=REASON):
    return browser.send(f"/merge/undo/{merge_id}", {"reason": reason})


def reload_merge(merge_id):
    db.session.expire_all()
    return db.session.scalars(select(PersonMerge).where(PersonMerge.id == merge_id)).one()


def find_pair(one, other):
    db.session.expire_all()
    ids = sorted((one.id, other.id))
    found = select(Duplicate).where(Duplicate.first_id == ids[0], Duplicate.second_id == ids[1])
    return db.session.scalars(found).one_or_none()
