"""Each rule of an order and of its acts that a row of a file can break, broken once: the row waits with that rule."""

from datetime import date

import pytest
from sqlalchemy import select, update

from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import profiles
from app.imports.models import ImportEntry
from app.people.status import PersonStatus
from tests.imports.steps import brought_in, waiting_of
from tests.imports.workbooks import text

PROFILE = profiles.shipped()["ecrime-2014"]
USUAL = {
    "order.state": "NEW", "order.kind": "AW", "order.court": "BTB", "order.issuer": "IJ", "order.issuer_name": "គឹម",
    "order.issued_on": "2015-04-02", "order.received_on": "2015-04-09", "order.offence_text": "អំពើលួច",
    "order.law_text": "មាត្រា ៣៥៣", "order.offence_class": "misdemeanour", "order.surname_km": "ជា",
    "order.given_km": "ពិសិដ្ឋ", "order.sex": "M", "order.born_on": "1986-08-15",
}  # fmt: skip
EXECUTED = {"order.state": "DONE", "act.at": "2015-06-30", "act.officer": "សុផល", "act.place": "020310"}
RECALLED = {"order.state": "CANCEL", "act.paper_no": "12/15", "act.paper_on": "2015-09-01"}
BROKEN = [
    ("V049", "order.born_on", {"order.born_on": "2005-08-15"}),
    ("V070", "order.number", {"order.number": "1"}),
    ("V071", "order.received_on", {"order.received_on": "2015-04-01"}),
    ("V071", "order.issued_on", {"order.issued_on": "2099-04-01", "order.received_on": "2099-04-02"}),
    ("V073", "order.issuer", {"order.issuer": "PR"}),
    ("V074", "order.issuer_name", {"order.issuer_name": ""}),
    ("V074", "order.offence", {"order.offence_text": ""}),
    ("V075", "order.rests_on", {"order.kind": "DW"}),
    ("V004", "act.at", EXECUTED | {"act.at": "2099-06-30"}),
    ("V080", "act.at", EXECUTED | {"act.at": "2015-03-30"}),
    ("V080", "act.officer", EXECUTED | {"act.officer": ""}),
    ("V080", "act.place", EXECUTED | {"act.place": ""}),
    ("V083", "act.paper_no", RECALLED | {"act.paper_no": ""}),
    ("V083", "act.paper_on", RECALLED | {"act.paper_on": "2015-01-01"}),
    ("V071", "order.received_on", {"order.received_on": "2099-04-09"}),
    ("V074", "order.surname_km", {"order.surname_km": "", "order.given_km": ""}),
    ("V077", "act.person", {"order.state": "OPEN", "order.surname_km": "", "order.given_km": ""}),
    (
        "V075",
        "order.rests_on",
        {"order.kind": "DW", "order.issued_on": "2003-04-02", "order.received_on": "2003-04-02"},
    ),
    ("V004", "order.issued_on", {"order.issued_on": "2558-04-02"}),  # of the Buddhist era
]
WARNED = [
    (
        "V072",
        "order.issued_on",
        {"order.issued_on": "1999-12-31", "order.received_on": "2000-01-05", "order.born_on": "1960-08-15"},
    ),
    ("V073", "order.issuer", {"order.issuer": "PR", "order.issued_on": "2005-01-05"}),  # the law of its day
    ("V074", "order.issuer_name", {"order.issuer_name": "", "order.issued_on": "2007-08-09"}),
    ("V076", "act.person", {"order.state": "OPEN"}),
    ("V081", "act.order", EXECUTED),
]


def a_file(path, *rows):
    lines = [
        [
            (USUAL | {"order.old": f"O-{count}", "order.number": f"{count}"} | row).get(key, "")
            for key in PROFILE.columns
        ]
        for count, row in enumerate(rows, 1)
    ]
    return text(path / "orders.tsv", [list(PROFILE.columns.values()), *lines])


def said(entry, severity):
    return {(one["rule"], one["field"]) for one in entry.problems if one["severity"] == severity}


def test_a_row_that_breaks_a_rule_waits_with_it(db_session, tmp_path):
    run = brought_in(PROFILE, a_file(tmp_path, {}, *(row for _rule, _field, row in BROKEN)))
    assert (run.entered, run.waiting) == (1, len(BROKEN))
    for (rule, field, row), entry in zip(BROKEN, waiting_of(run), strict=True):
        assert (rule, field) in said(entry, "error"), (row, entry.problems)


def test_what_only_warns_comes_in_with_the_warning(db_session, tmp_path):
    run = brought_in(PROFILE, a_file(tmp_path, *(row for _rule, _field, row in WARNED)))
    assert (run.entered, run.warned) == (len(WARNED), len(WARNED))
    for (rule, field, row), entry in zip(WARNED, entries_of(run), strict=True):
        assert (rule, field) in said(entry, "warning"), (row, entry.problems)


@pytest.mark.parametrize(
    ("now", "rule", "severity"),
    [("deceased", "V044", "error"), ("in_custody", "V084", "warning"), ("serving", "V084", "warning")],
)
def test_what_the_register_knows_of_the_person_is_asked_of_a_row(db_session, tmp_path, now, rule, severity):
    first = {"order.state": "OPEN", "person.old": "77"}
    brought_in(PROFILE, a_file(tmp_path, first))
    person = db_session.scalar(select(CourtOrder.person_id))
    standing = {"status": now, "since": date(2020, 1, 1), "entity": "person", "entity_id": person}
    db_session.execute(update(PersonStatus).values(**standing))
    db_session.commit()
    second = {"order.old": "O-2", "order.number": "2", **first}
    run = brought_in(PROFILE, a_file(tmp_path, second))
    assert (run.entered, run.waiting) == ((0, 1) if severity == "error" else (1, 0))
    (entry,) = entries_of(run)
    assert (rule, "act.person") in said(entry, severity), entry.problems


def entries_of(run):
    found = select(ImportEntry).where(ImportEntry.run_id == run.id)
    return db.session.scalars(found.order_by(ImportEntry.row)).all()
