"""The table of statuses is generated from the code, and the committed copy is current and complete."""

from app.cli import status_table
from app.court_orders import state_machine
from app.people import status
from tests.house.source_files import PROJECT

CERTAINTIES = {"law", "to be confirmed", "design"}


def test_the_table_in_the_docs_is_fresh():
    written = (PROJECT / "docs/statuses.md").read_text("utf-8")
    assert written == status_table.render_statuses(), "docs/statuses.md is stale: python3 run.py statuses"


def test_every_act_in_every_state_has_one_result():
    labels = status_table.load_labels()
    for cycle in status_table.build_life_cycles():
        pairs = cycle.list_pairs()
        assert len(pairs) == len(cycle.acts) * len(cycle.states) > 0
        known = {*cycle.states, *cycle.results, status_table.REFUSED}
        assert {after for _act, _state, after in pairs} <= known, cycle.name
    case, order, custody, *_others = status_table.build_life_cycles()
    assert set(case.acts) == set(labels["procedure_step"]) and set(case.states) == set(labels["case_status"])
    assert set(order.acts) == set(labels["order_event_kind"]) == set(state_machine.TRANSITIONS)
    assert set(order.states) == set(labels["order_status"])
    assert {f"end_{key}" for key in labels["custody_outcome"]} <= {*custody.acts, "end_detained"}
    assert set(labels["person_status"]) == set(status.STRONGEST_FIRST)


def test_every_act_has_its_basis_and_certainty():
    basis = status_table.load_basis()
    acts = {(cycle.name, act) for cycle in status_table.build_life_cycles() for act in cycle.acts}
    assert set(basis) == acts
    for row in basis.values():
        assert row["basis"] and row["source"] and row["certainty"] in CERTAINTIES, row
