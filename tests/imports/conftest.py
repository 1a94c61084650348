"""The two officers of an import."""

import io
from uuid import uuid4

import pytest

from app.imports import readers
from tests.imports.workbooks import workbook


@pytest.fixture
def reader(client_as):
    return client_as("twg", "en")


@pytest.fixture
def second(client_as):
    return client_as("planning", "en")


@pytest.fixture
def waiting_sheet(second, tmp_path):
    """waiting_sheet(import) gives the rows of the sheet of what waits."""

    def rows(pk, client=second):
        path = tmp_path / "waits.xlsx"
        path.write_bytes(client.get(f"/import-waiting/sheet/{pk}").data)
        return [cells for _row, cells in readers.table_of(path)]

    return rows


@pytest.fixture
def sent_back(second, tmp_path):
    """sent_back(import, [row, …]) sends a sheet of these rows back; gives the answer."""

    def send(pk, rows, client=second, **options):
        rows = [[cell or "" for cell in row] for row in rows]
        content = workbook(tmp_path / f"{uuid4()}.xlsx", rows).read_bytes()
        data = {"file": (io.BytesIO(content), "back.xlsx")}
        return client.send(f"/import-waiting/back/{pk}", data, content_type="multipart/form-data", **options)

    return send
