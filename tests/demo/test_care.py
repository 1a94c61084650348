"""The demo has a crash and protection orders."""

from app.demo import care
from app.minors.models import MinorContact
from app.protection_orders.models import ProtectionOrder
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


def test_demo_has_protection_orders(db_session):
    with acting_as("clerk.bb"):
        for number in (1, 2):
            pair = (make_registered_person(number), "suspect"), (make_registered_person(number + 1), "victim")
            add_registered_case(people=pair)
    db_session.commit()
    assert care.generate_care() == (1, 2)
    assert care.generate_care() == (0, 0), "only once"
    assert {one.state for one in db_session.query(ProtectionOrder)} == {"in_force"}
    states = [one.state for one in db_session.query(MinorContact).order_by(MinorContact.id)]
    assert states == ["waiting", "contact"]
