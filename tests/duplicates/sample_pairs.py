"""Two records of one person, and the people who join them, through the pages."""

from sqlalchemy import select

from app.duplicates.models import Duplicate, Joining
from app.extensions import db
from tests.html_pages import Page
from tests.locked_records import SHUT, a_case_of
from tests.sample_rows import PHNOM_PENH, a_registered_person

REASON = "រូបថត និងឈ្មោះឪពុកម្តាយដូចគ្នា តាមការផ្ទៀងផ្ទាត់។"
DECISION = "បានប្រៀបធៀបកំណត់ត្រាទាំងពីរ ហើយឃើញត្រឹមត្រូវ។"


def two_records(ago=SHUT, elsewhere=False, role="suspect", **over):
    """A man who was registered twice, in two cases; each record has all that can hang on one.

    `elsewhere`: the second time in Phnom Penh.
    """
    first = a_registered_person(1)
    second = a_registered_person(2, **{"given_km": "តារា"} | over)
    a_case_of(ago, people=[(first, "suspect")])
    there = {"writer": "clerk.pp", "place": PHNOM_PENH} if elsewhere else {}
    a_case_of(ago, people=[(second, role)], **there)
    db.session.commit()
    return first, second


def said(answer):
    """What a page says of a step that it did not take."""
    return [note.text for note in Page.of(answer, answer.status_code).all(css="plum")]


def named(browser, one, other):
    """The id of the pair that somebody has named himself."""
    answer = browser.send(f"/duplicate/name/{one.id}", {"number": other.number})
    assert answer.status_code == 302, said(answer)
    return int(answer.location.rpartition("/")[2])


def propose(browser, pair, staying, reason=REASON):
    return browser.send(f"/duplicate/propose/{pair}", {"staying": str(staying.id), "reason": reason})


def proposed(browser, staying, going):
    """The id of a joining that was asked for."""
    answer = propose(browser, named(browser, staying, going), staying)
    assert answer.status_code == 302, said(answer)
    return int(answer.location.rpartition("/")[2])


def decide(browser, joining, verdict="approve", decision=DECISION):
    return browser.send(f"/joining/decide/{joining}", {"verdict": verdict, "decision": decision})


def joined(browser, chief, staying, going):
    """The id of a joining that was asked for and done."""
    joining = proposed(browser, staying, going)
    answer = decide(chief, joining)
    assert answer.status_code == 302, said(answer)
    return joining


def part(browser, joining, reason=REASON):
    return browser.send(f"/joining/part/{joining}", {"reason": reason})


def the(joining):
    db.session.expire_all()
    return db.session.scalars(select(Joining).where(Joining.id == joining)).one()


def pair_of(one, other):
    db.session.expire_all()
    ids = sorted((one.id, other.id))
    found = select(Duplicate).where(Duplicate.first_id == ids[0], Duplicate.second_id == ids[1])
    return db.session.scalars(found).one_or_none()
