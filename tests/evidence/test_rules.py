"""What the rules of movements and seals accept."""

from app.accounts.models import User
from app.cases.models import ExhibitMovement
from app.evidence.models import ExhibitSeal
from app.evidence.rules import (
    ChainFacts,
    giver_receiver_and_witness_differ,
    seal_replaces_no_whole_seal_unseen,
)


def test_a_third_person_is_a_witness():
    movement = ExhibitMovement(kind="held", to_user=User(username="a"), witness="Sok")
    assert list(giver_receiver_and_witness_differ(movement, ChainFacts(names=frozenset(("dara",))))) == []


def test_first_seal_needs_no_reason():
    seal = ExhibitSeal(kind="put_on", number="1")
    assert list(seal_replaces_no_whole_seal_unseen(seal, ChainFacts())) == []
