"""Fixtures of the import tests: the uploading and the approving officer, and their spreadsheets."""

import io
from uuid import uuid4

import pytest

from app.imports import readers
from tests.imports.workbooks import write_workbook


@pytest.fixture
def uploader(client_as):
    return client_as("twg", "en")


@pytest.fixture
def approver(client_as):
    return client_as("planning", "en")


@pytest.fixture
def read_fix_sheet(approver, tmp_path):
    """Return a function that reads the rows of the fix spreadsheet of an import."""

    def rows(pk, client=approver):
        path = tmp_path / "waits.xlsx"
        path.write_bytes(client.get(f"/rejected-entries/sheet/{pk}").data)
        return [cells for _row, cells in readers.read_table(path)]

    return rows


@pytest.fixture
def upload_fix_sheet(approver, tmp_path):
    """Return a function that uploads rows as the fixed spreadsheet of an import."""

    def send(pk, rows, client=approver, **options):
        rows = [[cell or "" for cell in row] for row in rows]
        content = write_workbook(tmp_path / f"{uuid4()}.xlsx", rows).read_bytes()
        data = {"file": (io.BytesIO(content), "back.xlsx")}
        return client.send(
            f"/rejected-entries/upload/{pk}", data, content_type="multipart/form-data", **options
        )

    return send
