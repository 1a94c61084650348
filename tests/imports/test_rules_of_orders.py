"""Rules of orders and events that an imported row can break; the row is rejected with the rule."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import profiles
from app.imports.models import ImportEntry
from app.people.models import Person
from tests.custody.sample_rows import imprison
from tests.imports.steps import APPROVER, import_file, list_waiting
from tests.imports.workbooks import write_text
from tests.people.sample_deaths import decide, report_death

PROFILE = profiles.load_shipped()["ecrime-2014"]
USUAL = {
    "order.state": "NEW", "order.kind": "AW", "order.court": "BTB", "order.issuer": "IJ", "order.issuer_name": "គឹម",
    "order.issued_on": "2015-04-02", "order.received_on": "2015-04-09", "order.offence_text": "អំពើលួច",
    "order.law_text": "មាត្រា ៣៥៣", "order.offence_class": "misdemeanour", "order.surname_km": "ជា",
    "order.given_km": "ពិសិដ្ឋ", "order.sex": "M", "order.born_on": "1986-08-15",
}  # fmt: skip
EXECUTED = {"order.state": "DONE", "act.at": "2015-06-30", "act.officer": "សុផល", "act.place": "020310"}
RECALLED = {"order.state": "CANCEL", "act.document_no": "12/15", "act.document_date": "2015-09-01"}
BROKEN_RULES = [
    ("V049", "order.born_on", {"order.born_on": "2005-08-15"}),
    ("V070", "order.number", {"order.number": "1"}),
    ("V071", "order.received_on", {"order.received_on": "2015-04-01"}),
    ("V071", "order.issued_on", {"order.issued_on": "2099-04-01", "order.received_on": "2099-04-02"}),
    ("V073", "order.issuer", {"order.issuer": "PR"}),
    ("V074", "order.issuer_name", {"order.issuer_name": ""}),
    ("V074", "order.offence", {"order.offence_text": ""}),
    ("V004", "act.at", EXECUTED | {"act.at": "2099-06-30"}),
    ("V080", "act.at", EXECUTED | {"act.at": "2015-03-30"}),
    ("V080", "act.officer", EXECUTED | {"act.officer": ""}),
    ("V080", "act.place", EXECUTED | {"act.place": ""}),
    ("V083", "act.document_no", RECALLED | {"act.document_no": ""}),
    ("V083", "act.document_date", RECALLED | {"act.document_date": "2015-01-01"}),
    ("V071", "order.received_on", {"order.received_on": "2099-04-09"}),
    ("V074", "order.surname_km", {"order.surname_km": "", "order.given_km": ""}),
    ("V077", "act.person", {"order.state": "OPEN", "order.surname_km": "", "order.given_km": ""}),
    ("V004", "order.issued_on", {"order.issued_on": "2558-04-02"}),  # year of the Buddhist era
]
WARNING_RULES = [
    ("V075", "order.basis_order", {"order.kind": "DW"}),
    (
        "V075",
        "order.basis_order",
        {"order.kind": "DW", "order.issued_on": "2003-04-02", "order.received_on": "2003-04-02"},
    ),
    (
        "V072",
        "order.issued_on",
        {"order.issued_on": "1999-12-31", "order.received_on": "2000-01-05", "order.born_on": "1960-08-15"},
    ),
    (
        "V073",
        "order.issuer",
        {"order.issuer": "PR", "order.issued_on": "2005-01-05"},
    ),  # the law in force on that day
    ("V074", "order.issuer_name", {"order.issuer_name": "", "order.issued_on": "2007-08-09"}),
    ("V076", "act.person", {"order.state": "OPEN"}),
    ("V081", "act.order", EXECUTED),
]


def write_orders(path, *rows):
    lines = [
        [
            (USUAL | {"order.old": f"O-{count}", "order.number": f"{count}"} | row).get(key, "")
            for key in PROFILE.columns
        ]
        for count, row in enumerate(rows, 1)
    ]
    return write_text(path / "orders.tsv", [list(PROFILE.columns.values()), *lines])


def list_problems(entry, severity):
    return {(one["rule"], one["field"]) for one in entry.problems if one["severity"] == severity}


def test_row_that_breaks_a_rule_is_rejected(db_session, tmp_path):
    run = import_file(PROFILE, write_orders(tmp_path, {}, *(row for _rule, _field, row in BROKEN_RULES)))
    assert (run.entered, run.waiting) == (1, len(BROKEN_RULES))
    for (rule, field, row), entry in zip(BROKEN_RULES, list_waiting(run), strict=True):
        assert (rule, field) in list_problems(entry, "error"), (row, entry.problems)


def test_row_with_warning_is_imported(db_session, tmp_path):
    run = import_file(PROFILE, write_orders(tmp_path, *(row for _rule, _field, row in WARNING_RULES)))
    assert (run.entered, run.warned) == (len(WARNING_RULES), len(WARNING_RULES))
    for (rule, field, row), entry in zip(WARNING_RULES, list_entries(run), strict=True):
        assert (rule, field) in list_problems(entry, "warning"), (row, entry.problems)


@pytest.mark.parametrize(
    ("now", "rule", "severity"),
    [("deceased", "V044", "error"), ("detained", "V084", "warning")],
)
def test_status_of_registered_person_is_checked(db_session, tmp_path, now, rule, severity):
    first = {"order.state": "OPEN", "person.old": "77"}
    import_file(PROFILE, write_orders(tmp_path, first))
    person = db_session.get(Person, db_session.scalar(select(CourtOrder.person_id)))
    if now == "deceased":
        decide(report_death(person), APPROVER)  # imported people belong to that unit
    else:  # the order that is in force hides it
        imprison(person, date(2020, 1, 1))
    db_session.commit()
    second = {"order.old": "O-2", "order.number": "2", **first}
    run = import_file(PROFILE, write_orders(tmp_path, second))
    assert (run.entered, run.waiting) == ((0, 1) if severity == "error" else (1, 0))
    (entry,) = list_entries(run)
    assert (rule, "act.person") in list_problems(entry, severity), entry.problems


def list_entries(run):
    query = select(ImportEntry).where(ImportEntry.run_id == run.id)
    return db.session.scalars(query.order_by(ImportEntry.row)).all()


def test_execution_without_a_date_keeps_its_date_unknown(db_session, tmp_path, client_as):
    run = import_file(PROFILE, write_orders(tmp_path, EXECUTED | {"act.at": ""}, EXECUTED))
    assert run.entered == 2
    undated, dated = db_session.scalars(select(CourtOrder).order_by(CourtOrder.id)).unique()
    (event,) = (one for one in undated.acts if one.kind == "executed")
    assert (event.at, event.date_unknown) == (datetime(2015, 4, 2), True)
    assert (undated.status, undated.next_step, undated.due_on) == ("executed", "return", None)
    (event,) = (one for one in dated.acts if one.kind == "executed")
    assert (event.at, event.time_unknown, event.date_unknown) == (datetime(2015, 6, 30), True, False)
    assert dated.due_on == date(2015, 7, 3)
    page = client_as("monitor").page(f"/courtorder/show/{undated.id}")
    assert "មិនដឹងកាលបរិច្ឆេទ" in page.text
