"""Sample cases of two provinces, and helpers for access outside the user's scope."""

import re

from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.kernel.access.access_grants import AccessGrant
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person

REASON = "ជនសង្ស័យនេះពាក់ព័ន្ធនឹងការលួចម៉ូតូនៅផ្សារថ្មី។"
FOREIGN_SURNAME = "ទេព"  # surname of all persons of the other province


@prepared
def own(db_session):
    """A case of Battambang."""
    with acting_as("clerk.bb"):
        case = add_registered_case(place=BATTAMBANG, people=[(make_registered_person(number=1), "suspect")])
    db_session.commit()
    return case


@prepared
def foreign(db_session):
    """A case of Phnom Penh with one suspect."""
    with acting_as("clerk.pp"):
        suspect = make_registered_person(number=2, surname_km=FOREIGN_SURNAME, surname_latin="Tep")
        case = add_registered_case(place=PHNOM_PENH, people=[(suspect, "suspect")])
    db_session.commit()
    return case


@prepared
def protected(db_session):
    """A sexual offence of Battambang: a victim, a witness and a suspect."""
    with acting_as("clerk.bb"):
        people = [
            (make_registered_person(number=3, surname_km="វ៉ាន់ឌឿន"), "victim"),
            (make_registered_person(number=4, surname_km="ឃុនហ៊ាន"), "witness"),
            (make_registered_person(number=5), "suspect"),
        ]
        case = add_registered_case(people=people, sensitivity="sexual")
    db_session.commit()
    return case


def find_user(name):
    return db.session.scalars(select(User).where(User.username == name)).unique().one()


def replace_roles(name, holder):
    """Give a user the roles of another one instead of the roles held."""
    with acting_as("admin"):
        find_user(name).roles = find_user(holder).roles[:]
        db.session.commit()


def load_grants():
    db.session.expire_all()
    return db.session.scalars(select(AccessGrant).order_by(AccessGrant.id)).all()


def find_card_token(browser, text=FOREIGN_SURNAME):
    """Return the token of the first card outside the user's scope on the search page."""
    page = browser.send("/find/", {"q": text}).text
    return re.search(r'name="word" value="([^"]+)"', page)[1]


def open_by_break_glass(browser, case, text=FOREIGN_SURNAME, **changed_values):
    values = {"word": find_card_token(browser, text), "reason": REASON, "case_number": case.number}
    return browser.send("/break-glass/open", values | changed_values)
