"""A case of each of two provinces, and the ways in which somebody opens what lies beyond his part."""

import re

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.kernel.access.access_grants import Opening
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_case, a_registered_person, written_by

REASON = "ជនសង្ស័យនេះពាក់ព័ន្ធនឹងការលួចម៉ូតូនៅផ្សារថ្មី។"
FOREIGN = "ទេព"  # the surname of everybody of the other province


@pytest.fixture
def own(db_session):
    """A case of Battambang."""
    with written_by("clerk.bb"):
        made = a_registered_case(place=BATTAMBANG, people=[(a_registered_person(number=1), "suspect")])
    db_session.commit()
    return made


@pytest.fixture
def foreign(db_session):
    """A case of Phnom Penh with one suspect."""
    with written_by("clerk.pp"):
        suspect = a_registered_person(number=2, surname_km=FOREIGN, surname_latin="Tep")
        made = a_registered_case(place=PHNOM_PENH, people=[(suspect, "suspect")])
    db_session.commit()
    return made


@pytest.fixture
def protected(db_session):
    """A sexual offence of Battambang: a victim, a witness and a suspect."""
    with written_by("clerk.bb"):
        people = [
            (a_registered_person(number=3, surname_km="វ៉ាន់ឌឿន"), "victim"),
            (a_registered_person(number=4, surname_km="ឃុនហ៊ាន"), "witness"),
            (a_registered_person(number=5), "suspect"),
        ]
        made = a_registered_case(people=people, sensitivity="sexual")
    db_session.commit()
    return made


def user(name):
    return db.session.scalars(select(User).where(User.username == name)).unique().one()


def openings():
    db.session.expire_all()
    return db.session.scalars(select(Opening).order_by(Opening.id)).all()


def word_of_the_card(browser, text=FOREIGN):
    """The word that the search page holds for the first card outside the reader's area."""
    page = browser.send("/find/", {"q": text}).text
    return re.search(r'name="word" value="([^"]+)"', page)[1]


def open_by_break_glass(browser, case, text=FOREIGN, **over):
    typed = {"word": word_of_the_card(browser, text), "reason": REASON, "case_number": case.number}
    return browser.send("/break-glass/open", typed | over)
