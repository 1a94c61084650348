"""What is tried, group by group: the files, the size of the random sample, and the tests that are near."""

from dataclasses import dataclass
from hashlib import sha256

from tests.mutation.mutants import PROJECT, find_mutants

SEED = 21
RECORDS = tuple(f"tests/{name}/test_*.py" for name in ("cases", "court_orders", "custody", "people"))


@dataclass(frozen=True)
class Group:
    """Files of one kind, how many of their mutants are tried, and the folders and files of the nearest tests."""

    name: str
    patterns: tuple
    sample: int
    tests: tuple

    def list_files(self):
        found = {str(one.relative_to(PROJECT)) for pattern in self.patterns for one in PROJECT.glob(pattern)}
        return sorted(found)

    def list_tests(self):
        """Return the paths of the nearest tests."""
        return sorted(
            str(one.relative_to(PROJECT)) for pattern in self.tests for one in PROJECT.glob(pattern)
        )

    def draw(self, size=None):
        """Return the sample. It is random, but a mutant keeps its place when other lines change."""
        mutants = [one for path in self.list_files() for one in find_mutants(path)]
        mutants.sort(key=lambda one: (sha256(f"{SEED} {one.key}".encode()).digest(), one))
        return sorted(mutants[: self.sample if size is None else size])


GROUPS = (
    Group(
        "rules",
        ("app/*/rules/*.py", "app/*/rules.py", "app/kernel/schema/rules.py"),
        50,
        ("tests/house/test_rule_levels.py", "tests/*/test_rules*.py", *RECORDS),
    ),
    Group(
        "statuses",
        (
            "app/court_orders/state_machine.py", "app/court_orders/derived_columns.py", "app/court_orders/flush_hooks.py",
            "app/court_orders/matches.py", "app/custody/derived_state.py", "app/custody/order_effects.py",
            "app/custody/status_sources.py", "app/people/status.py", "app/cases/case_status.py",
            "app/cases/court_findings.py",
        ),
        40,
        RECORDS,
    ),
    Group(
        "scope",
        ("app/kernel/access/*.py", "app/people/visibility.py", "app/accounts/user_scope.py"),
        15,
        ("tests/kernel/access", "tests/*/test_row_filter.py", "tests/people/test_visibility.py", "tests/special_access"),
    ),
    Group("lock", ("app/kernel/schema/record_lock.py",), 15, ("tests/kernel/schema/test_record_lock.py", "tests/corrections")),
    Group(
        "guard",
        ("app/accounts/write_guard.py", "app/accounts/delegation.py"),
        15,
        ("tests/accounts/test_write_guard.py", "tests/accounts/test_delegation.py", "tests/accounts/test_staff_*.py"),
    ),
    Group("lockout", ("app/accounts/lockout.py",), 15, ("tests/accounts/test_lockout.py",)),
    Group(
        "proof",
        ("app/kernel/audit/hash_chain.py", "app/kernel/audit/verify_chain.py", "app/kernel/audit/verify_rows.py"),
        15,
        ("tests/kernel/audit/test_verify_*.py", "tests/kernel/audit/test_recorder.py", "tests/web/test_wrong_clock.py"),
    ),
)  # fmt: skip
