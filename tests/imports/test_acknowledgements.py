"""Acknowledgements of exchanged files, and the supplied profiles for the answers of courts, prosecutions and prisons."""

import io

import pytest
from sqlalchemy import select

from app.court_orders.models import CourtOrder
from app.exports.models import ExportAnswer
from app.extensions import db
from app.imports import acknowledgements, empty_files, profiles, readers
from app.imports.models import ImportRun
from app.kernel.text.dates import format_date, now
from app.reference.models import Court
from tests.audit_review.conftest import log  # noqa: F401
from tests.exports.test_exchange import COURT, export_set
from tests.imports.sample_files import upload_and_import
from tests.imports.steps import import_file
from tests.imports.test_outcome_report import download as download_report
from tests.imports.workbooks import write_workbook
from tests.sample_rows import take_step
from tests.special_access.sample_cases import own  # noqa: F401

HEADINGS = [f"x ({key})" for key in acknowledgements.HEADINGS]


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb", "en")


@pytest.fixture
def export(investigator, own):  # noqa: F811
    """A set that the investigator exported for a prosecution."""
    take_step(own, "at_prosecutor", court=db.session.get(Court, COURT))
    db.session.commit()
    return export_set(investigator, f"prosecution/{COURT}")


def send(client, export, rows, path):
    """Upload the rows as an acknowledgement, and return the page of the export."""
    content = write_workbook(path / "answer.xlsx", rows).read_bytes()
    data = {"file": (io.BytesIO(content), "answer.xlsx")}
    client.send(f"/acknowledgement/upload/{export.id}", data, content_type="multipart/form-data")
    return client.page(f"/export/show/{export.id}")


def load_answers():
    db.session.rollback()
    return db.session.scalars(select(ExportAnswer).order_by(ExportAnswer.id)).all()


def test_form_filled_in_by_the_receiver_is_recorded(
    investigator,
    export,
    own,  # noqa: F811
    tmp_path,
    log,  # noqa: F811
    each_database,
):
    path = tmp_path / "form.xlsx"
    path.write_bytes(investigator.get(f"/acknowledgement/form/{export.id}").data)
    headings, line = (cells for _row, cells in readers.read_table(path))
    assert line[:2] == [export.serial, export.sha256] and line[3] == str(export.rows)
    filled = [*line[:4], export.rows - 1]
    rejected = [*line[:2], "case", None, None, own.number, "The dossier has no signature."]
    page = send(investigator, export, [headings, filled, rejected], tmp_path)
    (answer,) = load_answers()
    assert (answer.received, answer.accepted) == (export.rows, export.rows - 1)
    assert answer.rejected == [["case", own.number, "The dossier has no signature."]]
    assert "The dossier has no signature." in page.text and answer.sha256 in page.text
    assert log("export.acknowledged")[-1].facts["accepted"] == export.rows - 1


def test_wrong_answer_is_refused_with_its_reason(investigator, export, tmp_path):
    file = [export.serial, export.sha256]
    wrong = {
        "another file": [HEADINGS, ["E-999999", export.sha256, "", 3, 3]],
        "about another": [HEADINGS, [export.serial, "0" * 64, "", 3, 3]],
        "as numbers": [HEADINGS, [*file, "", "many", 3]],
        "0 rejected rows": [HEADINGS, [*file, "", 3, 2]],
        "1 rejected rows": [HEADINGS, [*file, "", 3, 3], [*file, "case", "", "", "12", "why"]],
        "not the form": [["Name"], ["x"]],
    }
    for reason, rows in wrong.items():
        assert reason in send(investigator, export, rows, tmp_path).text, reason
    data = {"file": (io.BytesIO(b"PK\x03\x04"), "answer.xlsx")}
    investigator.send(f"/acknowledgement/upload/{export.id}", data, content_type="multipart/form-data")
    assert "not the form" in investigator.page(f"/export/show/{export.id}").text
    assert load_answers() == []


def test_only_the_exporting_officer_records_the_answer(client_as, export):
    for username in ("chief.bb", "manager"):
        assert client_as(username).get(f"/acknowledgement/form/{export.id}").status_code == 404
    assert client_as("clerk.bb").get(f"/acknowledgement/form/{export.id}").status_code == 403


def test_sender_of_a_file_learns_which_rows_were_rejected(client_as, db_session, tmp_path):
    uploader, approver = client_as("twg", "en"), client_as("planning", "en")
    pk = upload_and_import(uploader, approver)
    path = tmp_path / "answer.xlsx"
    path.write_bytes(download_report(uploader, pk, "answer"))
    run = db.session.get(ImportRun, pk)
    found = acknowledgements.read_form(path, "ecrime-2016", run.sha256)
    assert (found.received, found.accepted) == (3, 2)
    ((_table, record, reason),) = found.rejected
    assert record.endswith("4") and reason


def test_counts_beyond_the_largest_number_are_refused(investigator, export, tmp_path):
    line = [export.serial, export.sha256, "case", 999_999_999, 999_999_999]
    page = send(investigator, export, [HEADINGS, line, line], tmp_path)
    assert "as numbers in row" in page.text and not load_answers()


@pytest.mark.parametrize("key", ["exchange-court", "exchange-prosecution", "exchange-prison"])
def test_empty_file_is_read_with_its_profile(app, client_as, key, tmp_path):
    path, profile = tmp_path / "empty.xlsx", profiles.load_shipped()[key]
    path.write_bytes(client_as("twg").get(f"/import-profiles/empty/{key}").data)
    (_row, headings), *rows = readers.read_table(path)
    assert headings == list(profile.columns.values()) and rows == []
    with app.test_request_context():
        values = list(empty_files._iterate_values(profile))
    assert {"sex"} <= {profile.targets[one].codes for one in profile.columns} and len(values) > 5


def test_order_of_a_prosecution_waits_for_the_second_officer(db_session, tmp_path, each_database):
    profile, today = profiles.load_shipped()["exchange-prosecution"], format_date(now().date(), "en")
    values = {
        "order.old": "PR-1", "order.kind": "bring", "order.number": "12/26", "order.court": "CFI-02",
        "order.issuer_name": "ព្រះរាជអាជ្ញា សុខ", "order.issued_on": today, "order.received_on": today,
        "order.offence_text": "អំពើលួច", "order.offence_class": "misdemeanour", "order.surname_km": "ជា",
        "order.given_km": "ពិសិដ្ឋ", "order.sex": "M", "order.nationality": "KH",
    }  # fmt: skip
    rows = [list(profile.columns.values()), [values.get(key) for key in profile.columns]]
    run = import_file(profile, write_workbook(tmp_path / "orders.xlsx", rows))
    assert (run.entered, run.waiting) == (1, 0)
    order = db.session.scalar(select(CourtOrder))
    assert (order.status, order.issuer, order.origin) == ("received", "prosecutor", "import:prosecution")
