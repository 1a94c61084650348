"""The mutants of a file, and the list of those that no test notices."""

from tests.mutation.__main__ import read_survivors
from tests.mutation.mutants import compile_mutant, find_mutants, list_codes
from tests.mutation.targets import GROUPS

LIMITATION = "app/court_orders/rules/limitation.py"


def test_mutant_is_the_module_with_one_change():
    mutant = next(one for one in find_mutants(LIMITATION) if " <= ends" in one.change)
    names = {one.co_qualname for one in list_codes(compile_mutant(mutant))}
    assert {"limitation_has_not_passed", "find_last_court_act", "add_years"} <= names


def test_every_group_has_files_and_tests():
    for group in GROUPS:
        assert group.list_files() and group.list_tests() and len(group.draw(3)) == 3, group.name


def test_each_listed_survivor_is_still_a_mutant():
    known = read_survivors()
    for path in {key.partition(": ")[0] for key in known}:
        found = {one.key for one in find_mutants(path)}
        assert {key for key in known if key.startswith(f"{path}: ")} <= found
    assert {kind for kind, _reason in known.values()} <= {"equivalent", "accepted"}
