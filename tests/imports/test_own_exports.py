"""The files that an export writes are read as they are: tables as sheets, with the words of the screens as headings."""

import json
import zipfile

import pytest

from app.imports import readers
from app.imports.readers import Layout, UnreadableFile
from tests.exports.file_contents import download, run_export
from tests.special_access.sample_cases import own  # noqa: F401


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx"])
def test_export_of_a_case_is_read_table_by_table(client_as, own, tmp_path, format):  # noqa: F811
    manager = client_as("manager", "en")
    path = tmp_path / "export"
    path.write_bytes(download(manager, run_export(manager, f"/export/case/{own.id}", format)))
    sheets = readers.list_sheets(path)
    (_row, headings), (_number, cells) = readers.read_table(path, "", Layout(sheet=sheets[0]))
    values = dict(zip(headings, cells, strict=False))
    assert own.number in values.values()
    assert list(readers.read_table(path, "", Layout(sheet=sheets[2])))[1:], "people of the case"


def test_headings_are_equal_in_each_format(client_as, own, tmp_path):  # noqa: F811
    manager, found = client_as("manager", "en"), {}
    for format in ("csv", "jsonl", "xlsx"):
        path = tmp_path / format
        path.write_bytes(download(manager, run_export(manager, f"/export/case/{own.id}", format)))
        layout = Layout(sheet=readers.list_sheets(path)[0])
        found[format] = set(next(readers.read_table(path, "", layout))[1])
    assert found["jsonl"] <= found["xlsx"] and found["xlsx"] <= found["csv"] | found["jsonl"]


@pytest.mark.parametrize(
    "description", [b"[]", b"{}", b'{"resources": [1]}', b'{"resources": 3}', b"\xff", b'{"resources": []}']
)
def test_archive_with_a_wrong_description_is_refused(tmp_path, description):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", description)
    with pytest.raises(UnreadableFile):
        list(readers.read_table(path))


def test_named_table_that_is_missing_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    table = {"title": "Cases", "path": "../../etc/passwd", "schema": {"fields": []}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", json.dumps({"resources": [table]}))
    with pytest.raises(UnreadableFile):
        list(readers.read_table(path))
