"""An arrest or a judgment in a case that its author may only read changes the status of the case: its unit is notified."""

from sqlalchemy import select

from app.cases.models import Case
from app.custody.shared_case_notices import HELD_TEXT, TEXT
from app.extensions import db
from app.inbox.models import Message
from app.reference.models import Unit
from app.special_access import case_sharing
from tests.accounts.sample_staff import find_user
from tests.custody.form_data import enter_arrest, enter_custody, enter_judgment, make_suspect
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case


def test_owner_unit_and_chief_are_notified_of_an_arrest_by_a_unit_that_reads_the_case(
    client_as, db_session, each_database
):
    suspect = make_suspect()
    case = suspect.case
    with acting_as("clerk.pp"):
        add_registered_case(PHNOM_PENH, [(suspect.person, "suspect")])
        db_session.commit()
    clerk = client_as("clerk.bb")
    enter_judgment(clerk, suspect)
    assert list_notices() == [], "by the unit of the case"
    case_sharing.share_case(find_user("investigator.bb"), case, db.session.get(Unit, "PC-12"), "ស្វែងរក", None)
    db_session.commit()
    enter_arrest(client_as("clerk.pp"), suspect, by_unit="PC-12")
    assert list_notices() == [("PC-02", None), ("PC-02", "Provincial chief")]
    assert db_session.get(Case, case.id).status == "judged"


def test_unit_of_the_arrest_is_notified_of_a_custody_elsewhere(client_as, db_session, each_database):
    """A false custody elsewhere would end the time limit of the arrest."""
    suspect = make_suspect()
    with acting_as("clerk.pp"):
        add_registered_case(PHNOM_PENH, [(suspect.person, "suspect")])
        db_session.commit()
    first, second = (enter_arrest(client_as("clerk.bb"), one) for one in (suspect, make_suspect()))
    enter_custody(client_as("clerk.bb"), second)
    assert list_notices(HELD_TEXT) == []
    enter_custody(client_as("clerk.pp"), first, held_by="PC-12")
    assert list_notices(HELD_TEXT) == [("PC-02", None), ("PC-02", "Provincial chief")]


def list_notices(text_key=TEXT):
    db.session.expire_all()
    found = db.session.scalars(select(Message).where(Message.text_key == text_key).order_by(Message.id))
    return [(one.to_unit_code, one.to_role) for one in found]
