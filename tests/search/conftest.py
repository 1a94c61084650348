"""Fixtures of the search tests: two persons in Battambang, one in Phnom Penh, and their exhibits."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.kernel.audit.recorder import AuditEvent
from tests.html_pages import Page
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person


@prepared
def country(db_session):
    """`dara` is a suspect, `sophea` a victim of one case of Battambang; `tep` is a suspect in Phnom Penh."""
    with acting_as("clerk.bb"):
        dara = make_registered_person(phone="012 345 678", birth_year=1990)
        sophea = make_registered_person(
            1, surname_km="ចាន់", given_km="សុភា", surname_latin="Chan", given_latin="Sophea", sex="F"
        )
        case = add_registered_case(place=BATTAMBANG, people=[(dara, "suspect"), (sophea, "victim")])
    with acting_as("clerk.pp"):
        tep = make_registered_person(
            2,
            surname_km="ទេព",
            given_km="វណ្ណៈ",
            surname_latin="Tep",
            given_latin="Vannak",
            phone="017 999 888",
        )
        tep.names[0].text_km, tep.names[0].text_latin = "ខ្មៅ", "Khmao"
        far = add_registered_case(place=PHNOM_PENH, people=[(tep, "suspect")])
    db_session.commit()
    return SimpleNamespace(dara=dara, sophea=sophea, tep=tep, case=case, far=far)


@pytest.fixture
def log(db_session):
    """Return a function: `log("access.searched")` gives the audit events of that action, oldest first."""

    def entries(action):
        db_session.expire_all()
        found = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)
        return db_session.scalars(found).all()

    return entries


def search_page(browser, text, **filters):
    """Return the parsed result page of the quick search."""
    return Page.from_response(browser.send("/find/", {"q": text, **filters}))


def card_names(page):
    return [card.all(css="name")[0].text for card in page.all("li", css="result")]
