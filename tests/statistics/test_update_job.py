"""The figures follow the register, without names."""

import pytest

from app.cases.models import CaseOffence
from app.court_orders.models import CourtOrder
from app.custody.models import Judgment, JudgmentStep
from app.kernel.text import dates
from app.kernel.validation.withdrawal import withdraw
from app.people.models import Person
from app.reference.models import Court, Offence
from app.statistics import consistency_check, reader, store, update_job
from app.statistics.query_builder.fields import FIELDS
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.statistics.test_timeliness_views import apply_correction as add_applied_correction


def fetch(statement):
    return reader.open_reader().fetch_rows(statement)


def test_changes_of_the_register_are_in_the_figures(session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(), "suspect")])
        add_registered_case(place=PHNOM_PENH, people=[(make_registered_person(1), "victim")])
    session.commit()
    update_job.rebuild_figures(session)
    assert fetch("SELECT province, count(*) FROM cases GROUP BY ALL ORDER BY ALL") == [("02", 1), ("12", 1)]
    assert fetch("SELECT role, band, minor FROM people ORDER BY ALL") == [
        ("suspect", "35-44", False),
        ("victim", "35-44", False),
    ]

    with acting_as("clerk.bb"):
        third = add_registered_case(people=[(make_registered_person(2), "suspect")])
        session.get(CaseOffence, case.offences[0].id).attempt = True
    session.commit()
    assert update_job.update_figures(session) == 2
    assert fetch("SELECT count(*), count(DISTINCT id) FROM cases") == [(3, 3)]
    assert fetch("SELECT count(*), sum(has_file::INTEGER) FROM cases") == [(3, 3)]
    with acting_as("clerk.bb") as user:
        withdraw(third.files[0], "ស្ទួន", user.id)
        session.commit()
    assert update_job.update_figures(session) == 1
    assert fetch("SELECT count(*), sum(has_file::INTEGER) FROM cases") == [(3, 2)]
    assert consistency_check.find_drift(session)[1] == []


def test_figures_count_the_role_that_the_decisions_give(session, each_database):
    """A suspect was counted as a suspect for ever, and a convicted person after the judgment was set aside."""
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(), "suspect")])
    session.commit()

    def read_roles():
        session.commit()
        update_job.update_figures(session)
        assert consistency_check.find_drift(session)[1] == []
        return fetch("SELECT role FROM people")

    assert read_roles() == [("suspect",)]
    today = dates.now().date()
    # It names the offence, and no case.
    order = make_active_order(case.involvements[0].person, issued_on=today, received_on=today)
    assert read_roles() == [("charged",)]
    add_event(order, "recalled", **make_document(order))
    assert read_roles() == [("suspect",)]
    with acting_as("clerk.bb"):
        judgment = Judgment(
            involvement=case.involvements[0], court=session.get(Court, "CFI-02"), court_no="1/26", decided_on=today,
            verdict="convicted",
        )  # fmt: skip
        session.add(judgment)
    assert read_roles() == [("convicted_not_final",)]
    with acting_as("clerk.bb"):
        judgment.steps.append(JudgmentStep(kind="final", done_on=today))
    assert read_roles() == [("convicted",)]
    with acting_as("clerk.bb"):
        judgment.steps.append(JudgmentStep(kind="set_aside", done_on=today))
    assert read_roles() == [("accused",)]


def test_corrected_identification_counts_the_roles_of_both_people_again(session, client_as, each_database):
    """The person whom the order named first was counted as charged for ever."""
    with acting_as("clerk.bb"):
        first, second = (
            add_registered_case(people=[(make_registered_person(one), "suspect")]) for one in (0, 1)
        )
    people = [one.involvements[0].person for one in (first, second)]
    today = dates.now().date()
    order = make_active_order(people[0], issued_on=today, received_on=today)

    def read_roles():
        session.commit()
        update_job.update_figures(session)
        assert consistency_check.find_drift(session)[1] == []
        return fetch("SELECT role FROM people ORDER BY case_id")

    assert read_roles() == [("charged",), ("suspect",)]
    number = request_correction(client_as("chief.bb"), order.acts[0], kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    add_event(session.get(CourtOrder, order.id), "checked", person=session.get(Person, people[1].id))
    assert read_roles() == [("suspect",), ("charged",)]


def test_interrupted_rebuild_continues(session, monkeypatch):
    with acting_as("clerk.bb"):
        cases = [add_registered_case(people=[(make_registered_person(n), "suspect")]) for n in range(3)]
    session.commit()
    monkeypatch.setattr(update_job, "RANGE", max(1, cases[1].id))
    steps = []

    class Killed(Exception):
        pass

    def stop(text):
        steps.append(text)
        if len(steps) == 1:
            raise Killed

    with pytest.raises(Killed):
        update_job.rebuild_figures(session, report=stop)
    assert store.open_figures() is None
    update_job.rebuild_figures(session)
    assert fetch("SELECT count(*), count(DISTINCT id) FROM cases") == [(3, 3)]
    assert consistency_check.find_drift(session)[1] == []


def test_file_of_an_older_version_gets_the_new_columns(session):
    with acting_as("clerk.bb"):
        add_registered_case()
    session.commit()
    with store.open_work_file() as work:
        work.execute("CREATE OR REPLACE TABLE cases (id INTEGER, name VARCHAR)")
        work.execute("INSERT INTO state VALUES ('version', '0')")
    update_job.update_figures(session)
    assert consistency_check.find_drift(session)[1] == []


def test_check_lists_what_differs(session):
    with acting_as("clerk.bb"):
        add_registered_case()
    session.commit()
    assert len(consistency_check.find_drift(session)[1]) > 0
    update_job.update_figures(session)
    assert consistency_check.find_drift(session)[1] == []


def test_check_finds_a_case_in_another_protected_group(session, each_database):
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(), "victim")])
        add_registered_case(sensitivity="sexual")
    session.commit()
    update_job.update_figures(session)
    assert consistency_check.find_drift(session)[1] == []
    with store.open_work_file() as work:
        work.execute("UPDATE cases SET protected = 'children' WHERE protected IS NOT NULL")
    store.publish()
    assert {table for table, *_row in consistency_check.find_drift(session)[1]} == {"cases"}


_FALSE = {
    "VARCHAR": "'false'", "BOOLEAN": "TRUE", "DATE": "DATE '2001-01-01'", "TIMESTAMP": "TIMESTAMP '2001-01-01'"
}  # fmt: skip


def test_check_finds_a_falsified_value_of_each_column(session, each_database):
    """A value that is NULL gets one, and another value becomes NULL."""
    with acting_as("clerk.bb"):
        case = add_registered_case()
        make_active_order()
    session.commit()
    add_applied_correction(case)
    update_job.update_figures(session)
    assert consistency_check.find_drift(session)[1] == []
    falsified = set()
    with store.open_work_file() as work:
        for table in store.TABLES:
            for column, kind, *_more in work.execute(f"DESCRIBE {table}").fetchall():
                has_rows = work.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                if has_rows and column not in ("id", "case_id"):
                    false = _FALSE.get(kind, "7")
                    work.execute(f"UPDATE {table} SET {column} = CASE WHEN {column} IS NULL THEN {false} END")
                    falsified.add((table, column))
    store.publish()
    found = consistency_check.find_drift(session)[1]
    assert falsified <= {(table, values[1]) for table, values, *_numbers in found if len(values) == 2}
    assert {"cases", "offences", "people", "items", "orders", "corrections"} <= {
        table for table, _c in falsified
    }


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("DV2005-X01", "domestic"),
        ("PC2009-222", "domestic"),
        ("PC2009-321-322", "children"),
        ("PC2009-249", "hidden"),
        ("PC2009-217", None),
    ],
)
def test_offence_alone_makes_a_case_a_protected_one(session, code, group, each_database):
    """Also without a row of the victim or a relation: the number of a commune and month could be 1."""

    def add_offence(case):
        case.offences.append(
            CaseOffence(offence=session.get(Offence, code), attempt=False, offence_class="misdemeanour")
        )

    with acting_as("clerk.bb"):
        add_registered_case(extend=add_offence)
    session.commit()
    update_job.update_figures(session)
    assert fetch("SELECT protected FROM cases") == [(group,)]
    assert consistency_check.find_drift(session)[1] == []


def test_no_figure_says_that_a_suspect_is_a_child(session, each_database):
    with acting_as("clerk.bb"):
        add_registered_case(origin="import:old", status="solved", clearance="exceptional_child")
    session.commit()
    update_job.update_figures(session)
    assert fetch("SELECT clearance FROM cases") == [("exceptional_other",)]
    assert "exceptional_child" not in FIELDS["clearance"].list_values()
    assert consistency_check.find_drift(session)[1] == []


def test_file_holds_no_name(session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
    session.commit()
    update_job.update_figures(session)
    data = b"".join(path.read_bytes() for path in store.get_folder().glob("*.duckdb"))
    person = case.involvements[0].person
    for text in (
        person.surname_km,
        person.given_latin,
        case.number,
        case.summary[:20],
        case.exhibits[0].plate,
    ):
        assert text.encode() not in data, text
