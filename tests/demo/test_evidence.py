"""The demo has exhibits on a shelf, with an officer, at the laboratory and in transit."""

from collections import Counter
from decimal import Decimal

from app.cases.models import Exhibit
from app.demo import evidence
from app.evidence.models import ExhibitCustody, Inventory, InventoryLine
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from tests.sample_rows import acting_as, add_registered_case


def test_demo_has_exhibits_in_each_place(db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        case.exhibits += [
            Exhibit(kind="other", property_role="seized", description=f"កាំបិត {n}") for n in range(5)
        ]
        db_session.commit()
    assert evidence.generate_evidence() == 5
    assert evidence.generate_evidence() == 0, "only once"
    act_as(db.session, SYSTEM)
    custody = db_session.query(ExhibitCustody).all()
    assert Counter(one.state for one in custody) == {
        "stored": 2,
        "destroyed": 1,
        "lab": 1,
        "held": 1,
        "seized": 1,
    }
    assert sum(one.open_id is not None for one in custody) == 1
    assert [one.quantity for one in custody if one.state == "stored"] == [Decimal("0.25")] * 2
    count = db_session.query(Inventory).one()
    results = [one.result for one in db_session.query(InventoryLine)]
    assert count.closed_at is not None and sorted(results) == ["found", "other_shelf"]
