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
    named = {cycle.name: cycle for cycle in status_table.build_life_cycles()}
    case, order, custody = named["case"], named["order"], named["custody"]
    implied = {"arrest", "judgment", "judgment_of_one", "judgment_appealed", "judgment_final"}
    assert set(case.acts) == {*labels["procedure_step"], *implied}
    assert set(case.states) == set(labels["case_status"])
    assert set(order.acts) == set(labels["order_event_kind"]) == set(state_machine.TRANSITIONS)
    assert set(order.states) == set(labels["order_status"])
    assert {f"end_{key}" for key in labels["custody_outcome"]} <= {*custody.acts, "end_detained"}
    assert set(labels["person_status"]) == set(status.STRONGEST_FIRST)


# Life cycle → the lists whose codes are its acts, each with the prefix of its acts, and the codes that are no act of an officer.
LISTS_OF_ACTS = {
    "case": {"procedure_step": ""},
    "order": {"order_event_kind": ""},
    "confirmation": {"confirmation": ""},
    "custody": {"custody_step": "", "custody_outcome": "end_"},
    "detention": {"detention_step": "", "detention_end": "end_", "release_kind": "release_"},
    "judgment": {"judgment_step": ""},
    "sentence": {"sentence_change": ""},
    "release": {"supervision_step": ""},
    "exhibit": {"exhibit_state": ""},
}
NO_ACTS = {"end", "end_detained", "end_sentenced", "awaiting"}
LISTS_OF_STATES = {
    "case": "case_status", "order": "order_status", "match": "match_state", "confirmation": "confirmation",
    "exhibit": "exhibit_state", "item": "item_state", "role": "role",
}  # fmt: skip


def test_the_table_has_every_act_and_state_that_a_form_can_enter():
    """A new code without its row fails here, so that a lawyer reads all pairs."""
    labels = status_table.load_labels()
    cycles = {cycle.name: cycle for cycle in status_table.build_life_cycles()}
    for name, lists in LISTS_OF_ACTS.items():
        codes = {f"{prefix}{key}" for one, prefix in lists.items() for key in labels[one]}
        assert codes - NO_ACTS <= set(cycles[name].acts), name
    for name, one in LISTS_OF_STATES.items():
        assert set(cycles[name].states) == set(labels[one]), name
    written = (PROJECT / "docs/statuses.md").read_text("utf-8")
    for cycle in cycles.values():
        lines = written.partition(f"\n## {cycle.title}\n")[2].partition("\n## ")[0].splitlines()
        rows = [line.split(" | ") for line in lines if line.startswith("| ")]
        for label in cycle.acts.values():
            row, basis = (one for one in rows if one[0] == f"| {label}")
            assert (len(row), len(basis)) == (1 + len(cycle.states), 4), (cycle.name, label)


def test_every_act_has_its_basis_and_certainty():
    basis = status_table.load_basis()
    acts = {(cycle.name, act) for cycle in status_table.build_life_cycles() for act in cycle.acts}
    assert set(basis) == acts
    for row in basis.values():
        assert row["basis"] and row["source"] and row["certainty"] in CERTAINTIES, row
