"""A case that grew by additions and withdrawals, in any order, has the derived facts of a case entered at once.

Two facts may differ (decision 27): a protection that a withdrawn offence raised stays, until a correction lowers it; and
the people of a withdrawn row stay visible to the area of the case.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from app.cases import offence_summary
from app.cases.completeness import count_suspects_by_role, find_missing_items
from app.cases.court_findings import find_current_roles
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.cases.rules import find_strongest_protection
from app.cases.rules.facts import exclude_voided
from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.validation.withdrawal import withdraw
from app.people.status import PersonStatus
from app.people.visibility import Visibility
from app.reference.models import Offence
from tests.sample_rows import (
    FILE_COLUMNS,
    acting_as,
    add_registered_case,
    make_registered_person,
)

RUNS = int(os.environ.get("MACHINE_RUNS", "2"))
OFFENCES = ("PC2009-353_356", "sexual", "drugs")  # a code, or the family of an offence
PEOPLE = ("victim", "suspect", "minor", "victim")
EXHIBITS = ("phone", "drug")
ROWS = [
    *(("offence", number) for number in range(len(OFFENCES))),
    *(("person", number) for number in range(len(PEOPLE))),
    *(("exhibit", number) for number in range(len(EXHIBITS))),
    ("file", 0),
]
ACTS = some.lists(some.tuples(some.booleans(), some.sampled_from(ROWS)), min_size=3, max_size=12)
# The offence that protects the victim is learnt after the victim.
VICTIM_FIRST = [(True, ("person", 0)), (True, ("person", 1)), (True, ("offence", 1))]


class Growth:
    """One case, and the rows of it by their number in ROWS. It is registered with the rows `at_once`."""

    def __init__(self, first, at_once=()):
        self.people, self.rows = {}, {}

        def extend(case):
            self.case = case
            for kind, number in at_once:
                self.rows[kind, number] = getattr(self, f"_make_{kind}")(number)

        with acting_as("clerk.bb") as clerk:
            self.clerk = clerk.id
            witness = make_registered_person(20 + first), "witness"
            self.case = add_registered_case(people=[witness], extend=extend)
            db.session.flush()

    def add(self, kind, number):
        if (kind, number) in self.rows:
            return
        with acting_as("clerk.bb"):
            row = getattr(self, f"_make_{kind}")(number)
            self.rows[kind, number] = row
            db.session.flush()
            db.session.flush()

    def withdraw(self, kind, number):
        """Withdraw the row, unless the case needs it, such as the drugs of a drug offence."""
        row = self.rows.get((kind, number))
        if row is None:
            return
        with acting_as("clerk.bb"):
            try:
                withdraw(row, "បញ្ចូលច្រឡំ", self.clerk)
            except RuleViolation:
                row.voided_at = row.void_reason = None
                return
            del self.rows[kind, number]
            db.session.flush()
            db.session.flush()

    def _make_offence(self, number):
        wanted = Offence.family if number else Offence.code
        offence = db.session.scalars(
            select(Offence).where(wanted == OFFENCES[number]).order_by(Offence.code)
        ).first()
        self.case.offences.append(row := CaseOffence(offence=offence, offence_class="misdemeanour"))
        return row

    def _make_person(self, number):
        role = PEOPLE[number]
        if number not in self.people or self.people[number].is_void:  # withdrawn with the row
            born = {"born_on": dates.parse_date("01-01-2012")} if role == "minor" else {}
            self.people[number] = make_registered_person(number, **born)
        role = role if role == "victim" else "suspect"
        self.case.involvements.append(
            row := Involvement(person=self.people[number], role=role, injury="none")
        )
        return row

    def _make_exhibit(self, number):
        values = {
            "kind": EXHIBITS[number],
            "property_role": "seized",
            "state": "missing",
            "description": "ផ្សេង",
        }
        self.case.exhibits.append(row := Exhibit(**values))
        return row

    def _make_file(self, _number):
        self.case.files.append(row := CaseFile(kind="report", **FILE_COLUMNS))
        return row

    def derived(self):
        """Return (the facts of the case and its rows, the protection of each person, their visibility)."""
        db.session.expire_all()
        case = db.session.get(Case, self.case.id)
        roles = find_current_roles(case.involvements)
        valid = {one.id for one in exclude_voided(case.involvements)}
        named = {number: row for (kind, number), row in self.rows.items() if kind == "person"}
        assert {row.id for row in named.values()} <= valid
        main = offence_summary.find_main_offence(case)
        facts = {
            "case": (
                case.status,
                case.clearance,
                case.solved_on,
                case.sensitivity,
                case.province_code,
                case.version,
            ),
            "offences": {one.offence_code for one in exclude_voided(case.offences)},
            "main": main.offence_code,
            "missing": [str(one.text) for one in find_missing_items(case)],
            "suspects": count_suspects_by_role(case, roles),
            "exhibits": {key: row.state for key, row in self.rows.items() if key[0] == "exhibit"},
            "people": {
                number: (
                    row.role,
                    row.age,
                    row.minor,
                    row.province_code,
                    row.ended_on,
                    self._status(row.person_id),
                )
                for number, row in named.items()
            },
        }
        protection = {number: row.protection for number, row in named.items()}
        return facts, protection, {number: self._visibility(row.person_id) for number, row in named.items()}

    @staticmethod
    def _status(person_id):
        row = db.session.scalar(select(PersonStatus).where(PersonStatus.person_id == person_id))
        return row.status if row is not None else None

    @staticmethod
    def _visibility(person_id):
        rows = db.session.scalars(select(Visibility).where(Visibility.person_id == person_id))
        return {
            (one.province_code, one.family, one.hidden, one.minor, one.order_id is not None) for one in rows
        }


@pytest.mark.machine
def test_grown_case_has_the_facts_of_one_entered_at_once(db_session, each_database):
    @settings(
        max_examples=RUNS * 5, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
        derandomize="MACHINE_RUNS" not in os.environ,
    )  # fmt: skip
    @example(VICTIM_FIRST)
    @given(ACTS)
    def try_them(acts):
        grown = Growth(0)
        for adds, row in acts:
            (grown.add if adds else grown.withdraw)(*row)
        facts, protection, seen = grown.derived()
        expected, weakest, seen_at_once = Growth(1, at_once=tuple(grown.rows)).derived()
        assert facts == expected
        for number, needed in weakest.items():
            assert find_strongest_protection(protection[number], needed) == protection[number]
            is_raised = protection[number] != needed
            assert not is_raised or ("offence", 1) in [row for adds, row in acts if not adds]
            if not is_raised:
                assert seen_at_once[number] <= seen[number]
            if all(adds for adds, _row in acts):
                assert seen_at_once[number] == seen[number] and not is_raised
        db.session.rollback()

    try_them()
