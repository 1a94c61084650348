"""The demo has items, relations and the match of a stolen vehicle."""

from app.demo import indices
from app.indices.models import ItemMatch, Relation
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person


def test_demo_has_relations_and_a_match(db_session):
    people = [(make_registered_person(number), "suspect") for number in range(2)]
    with acting_as("clerk.bb"):
        add_registered_case(people=people)
        add_registered_case(PHNOM_PENH)
    db_session.commit()
    assert indices.generate_indices() == 2
    assert indices.generate_indices() == 0, "only once"
    with acting_as("clerk.bb"):
        assert len(db_session.query(Relation).all()) == 2
        assert [one.state for one in db_session.query(ItemMatch)] == ["waiting"]
