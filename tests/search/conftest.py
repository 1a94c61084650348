"""What the tests of the search stand on: two people of Battambang, one of Phnom Penh, and their things."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.kernel.audit.recorder import AuditEvent
from tests.html_pages import Page
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_case, a_registered_person, written_by


@pytest.fixture
def country(db_session):
    """`dara` is a suspect, `sophea` a victim of one case of Battambang; `tep` is a suspect in Phnom Penh."""
    with written_by("clerk.bb"):
        dara = a_registered_person(phone="012 345 678", birth_year=1990)
        sophea = a_registered_person(
            1, surname_km="ចាន់", given_km="សុភា", surname_latin="Chan", given_latin="Sophea", sex="F"
        )
        case = a_registered_case(place=BATTAMBANG, people=[(dara, "suspect"), (sophea, "victim")])
    with written_by("clerk.pp"):
        tep = a_registered_person(
            2,
            surname_km="ទេព",
            given_km="វណ្ណៈ",
            surname_latin="Tep",
            given_latin="Vannak",
            phone="017 999 888",
        )
        tep.names[0].text_km, tep.names[0].text_latin = "ខ្មៅ", "Khmao"
        far = a_registered_case(place=PHNOM_PENH, people=[(tep, "suspect")])
    db_session.commit()
    return SimpleNamespace(dara=dara, sophea=sophea, tep=tep, case=case, far=far)


@pytest.fixture
def log(db_session):
    """`log("look.search")`: the entries of that act, oldest first."""

    def entries(action):
        db_session.expire_all()
        found = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)
        return db_session.scalars(found).all()

    return entries


def asked(browser, text, **filters):
    """The parsed answer page of the quick search."""
    return Page.of(browser.send("/find/", {"q": text, **filters}))


def names_of(page):
    return [card.all(css="name")[0].text for card in page.all("li", css="hit")]
