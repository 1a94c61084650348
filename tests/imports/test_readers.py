"""Any file is read to its end or refused with a message; values are read as stored."""

import random
import resource
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from app.imports import readers
from app.imports.readers import UnreadableCell, UnreadableFile
from tests.imports.workbooks import change_part, damage, date_cell, formula_cell, write_text, write_workbook

HEAD = ("លេខ", "ឈ្មោះ", "ថ្ងៃ")
SHEET = "xl/worksheets/sheet1.xml"


def read_all(path, encoding=""):
    return list(readers.read_table(path, encoding))


def read_error(path, encoding=""):
    with pytest.raises(UnreadableFile) as error_info:
        read_all(path, encoding)
    return str(
        error_info.value.message.msgid if hasattr(error_info.value.message, "msgid") else error_info.value
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_text_encoding_and_separator_are_detected(tmp_path, encoding, separator):
    path = write_text(
        tmp_path / "a.txt", [HEAD, ("១", "សុខ", "05/03/2004"), ("", "", "")], encoding, separator
    )
    assert read_all(path) == [(1, list(HEAD)), (2, ["១", "សុខ", "05/03/2004"])]


def test_cell_in_wrong_encoding_is_unreadable_alone(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes("លេខ,ឈ្មោះ\r\n១,សុខ\r\n".encode() + b"2,\xe9\xe8\r\n" + "៣,ដារ៉ា".encode())
    rows = read_all(path)
    assert rows[1] == (2, ["១", "សុខ"]) and rows[3] == (4, ["៣", "ដារ៉ា"])
    number, bad = rows[2][1]
    assert number == "2" and "Character %(place)s" in bad.message.msgid and bad.message.values["place"] == 1
    assert read_all(path, "latin-1")[2] == (3, ["2", "éè"])


def test_unclosed_quotation_mark_makes_one_row_unreadable(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\r\n1,x\r\n2,"y\r\n' + b"3,z\r\n" * 600 + b'4,5" pipe')
    rows = read_all(path)
    assert [isinstance(cells[0], UnreadableCell) for _row, cells in rows[:4]] == [False, False, True, False]
    assert len(rows) == 604 and rows[-1] == (604, ["4", '5" pipe'])


def test_long_cell_and_far_column_are_unreadable_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "x" * 32_767 + ",1\n" + "x" * 32_768 + ",2\n" + "," * 200 + "far\n3,4\n")
    rows = [cells for _row, cells in read_all(path)]
    assert len(rows[1][0]) == 32_767 and isinstance(rows[2][0], UnreadableCell) and rows[2][1] == "2"
    assert isinstance(rows[3][-1], UnreadableCell) and len(rows[3]) == 200 and rows[4] == ["3", "4"]


def test_csv_cells_with_line_ends_and_quotes(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\r\n"x\r\ny","he said ""no"""\r\n')
    assert read_all(path)[1] == (2, ["x\r\ny", 'he said "no"'])


def test_workbook_numbers_dates_and_results_are_read(tmp_path):
    rows = [
        HEAD,
        (7, "សុខ", date_cell(datetime(2004, 3, 5))),
        ("០១២", "  ដារ៉ា ", date_cell(datetime(2004, 3, 5, 14, 30), "dd/mm/yyyy hh:mm")),
        (1.5, formula_cell("=1+1", 2), True),
    ]
    assert read_all(write_workbook(tmp_path / "a.xlsx", rows)) == [
        (1, list(HEAD)),
        (2, ["7", "សុខ", date(2004, 3, 5)]),
        (3, ["០១២", "  ដារ៉ា ", datetime(2004, 3, 5, 14, 30)]),
        (4, ["1.5", "2", "1"]),
    ]


def test_workbook_with_1904_date_system(tmp_path):
    path = write_workbook(
        tmp_path / "a.xlsx", [HEAD, ("1", "x", date_cell(datetime(2004, 3, 5)))], date_1904=True
    )
    assert read_all(path)[1][1][2] == date(2004, 3, 5)


def test_serial_dates_around_the_false_leap_day():
    from app.imports.readers.xlsx_cells import parse_serial_date

    assert [parse_serial_date(one) for one in (1, 59, 61)] == [
        date(1900, 1, 1),
        date(1900, 2, 28),
        date(1900, 3, 1),
    ]
    assert (
        isinstance(parse_serial_date(60), UnreadableCell)
        and isinstance(parse_serial_date(-1), UnreadableCell)
        and isinstance(parse_serial_date(10**7), UnreadableCell)
    )


def test_unreadable_cell_keeps_the_rest_of_the_row(tmp_path):
    long = 1234567890123456789
    row = (
        formula_cell("=A1", ""),
        "x",
        lambda sheet, row, column, book: sheet.write_formula(row, column, "=1/0", None, "#DIV/0!"),
        long,
    )
    cells = read_all(write_workbook(tmp_path / "a.xlsx", [(*HEAD, "n"), row]))[1][1]
    assert cells[1] == "x" and all(isinstance(cells[place], UnreadableCell) for place in (0, 2, 3))


def test_merged_cell_gives_its_value_to_all_its_rows(tmp_path):
    path = write_workbook(
        tmp_path / "m.xlsx", [HEAD, ("1", "a", "b"), ("", "c", "d"), ("", "e", ""), ("2", "f", "g")]
    )
    merge_cells(path, "A2:A4", "C3:C4")
    assert [cells for _row, cells in read_all(path)[1:]] == [
        ["1", "a", "b"],
        ["1", "c", "d"],
        ["1", "e", "d"],
        ["2", "f", "g"],
    ]


def merge_cells(path, *areas):
    """Merge these areas of a workbook."""
    tags = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
    end = f'</sheetData><mergeCells count="{len(areas)}">{tags}</mergeCells>'.encode()
    change_part(path, SHEET, lambda xml: xml.replace(b"</sheetData>", end))


def test_title_and_headings_of_two_rows_are_proposed_and_joined(tmp_path):
    rows = [
        ("បញ្ជីជនសង្ស័យ", "", "", ""),
        ("លេខ", "ជនសង្ស័យ", "", ""),
        ("", "ឈ្មោះ", "ភេទ", "ឈ្មោះ"),
        ("1", "សុខ", "ប", "x"),
    ]
    path = write_workbook(tmp_path / "two.xlsx", rows)
    layout, _encoding = readers.propose(path)
    assert (layout.heading_row, layout.heading_rows) == (2, 2)
    number, headings = list(readers.read_table(path, "", layout))[0]
    assert number == 3
    assert headings == ["លេខ", "ជនសង្ស័យ / ឈ្មោះ", "ជនសង្ស័យ / ភេទ", "ជនសង្ស័យ / ឈ្មោះ (2)"]


def test_sheet_and_last_row_are_chosen(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        cover, data = book.add_worksheet("Cover"), book.add_worksheet("Cases")
        cover.write(0, 0, "About this file")
        for number, row in enumerate([HEAD, ("1", "a", "b"), ("2", "c", "d"), ("total", "2", "")]):
            data.write_row(number, 0, row)
    path = tmp_path / "a.xlsx"
    assert readers.list_sheets(path) == ["Cover", "Cases"] and readers.propose(path)[0].sheet == "Cases"
    layout = readers.Layout(sheet="Cases", last_row=3)
    assert [number for number, _cells in readers.read_table(path, "", layout)] == [1, 2, 3]
    with pytest.raises(UnreadableFile):
        list(readers.read_table(path, "", readers.Layout(sheet="none")))


def test_fixed_width_text_is_split_at_shared_gaps(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "NO   NAME       DATE\n1    SOK DARA   2001\n22   CHAN       2002\n333             2003\n"
    )
    layout, encoding = readers.propose(path)
    rows = [cells for _row, cells in readers.read_table(path, encoding, layout)]
    assert rows == [
        ["NO", "NAME", "DATE"],
        ["1", "SOK DARA", "2001"],
        ["22", "CHAN", "2002"],
        ["333", None, "2003"],
    ]


def test_json_lines_are_read_and_a_bad_line_alone_is_unreadable(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1, "b": "សុខ"}\n{bad\n{"c": true, "a": null}\n')
    rows = read_all(path)
    assert rows[:2] == [(0, ["a", "b", "c"]), (1, ["1", "សុខ", None])] and rows[3] == (3, [None, None, "1"])
    assert isinstance(rows[2][1][0], UnreadableCell)


def test_quoted_cell_beyond_every_limit_alone_is_unreadable(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f'a,b\n"{"x" * 200_000}",1\n2,3\n')
    (bad, good) = read_all(path)[1:]
    assert isinstance(bad[1][0], UnreadableCell) and good[1] == ["2", "3"]


OLD_FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", ["old.xls", "old.ods"])
def test_old_workbook_is_read_in_its_own_process(name):
    path = OLD_FILES / name
    assert readers.list_sheets(path) == ["ករណី", "ជន"]
    assert list(readers.read_table(path)) == [
        (1, ["លេខ", "ថ្ងៃ", "ចំនួន"]),
        (2, ["១/០៤", date(2004, 3, 5), "7"]),
        (3, ["2/04", date(1962, 1, 31), "1.5"]),
    ]
    assert list(readers.read_table(path, "", readers.Layout(sheet="ជន")))[1] == (2, ["១/០៤", "សុខ ដារ៉ា"])


def write_zip(path, **parts):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)


BAD_FILES = {
    "empty": (b"", "empty"),
    "a PDF": (b"%PDF-1.7 ...", "PDF"),
    "a picture": (b"\xff\xd8\xff\xe0", "picture"),
    "an old document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old document"),
    "a damaged old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"), "damaged"),
    "one with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    "a web page with the name of a sheet": (b"<html><table><tr><td>1</td></tr></table>", "web page"),
    "a program": (b"\x7fELF\x02\x01\x01\x00" + bytes(99), "not a readable table"),
    "a line without end": (b"a,b\r\n" + b"x" * 2_000_000, "has no end"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "word"), BAD_FILES.values(), ids=BAD_FILES)
def test_file_without_table_is_refused(tmp_path, content, word):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(content)
    assert word in read_error(path)


def test_archive_without_plain_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    write_zip(path, readme="x")
    assert "compressed file" in read_error(path)
    write_zip(path, **{"word/document.xml": "x"})
    assert "text document" in read_error(path)
    change_part(write_workbook(path, [HEAD]), "xl/vbaProject.bin", lambda _none: b"x")
    assert "macros" in read_error(path)
    content = write_workbook(path, [HEAD, *[("1", "a", "b")] * 50]).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in read_error(path)


def test_zip_bomb_and_entity_are_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", [HEAD])
    change_part(path, SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * 60_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "when unpacked" in read_error(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB
    path = write_workbook(tmp_path / "b.xlsx", [HEAD])
    doctype = b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>'
    change_part(path, SHEET, lambda xml: xml.replace(b"<worksheet", doctype + b"<worksheet"))
    assert "external content" in read_error(path)


def test_extreme_row_is_refused_and_extreme_column_is_unreadable(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", [HEAD, ("1", "2", "3")])
    change_part(path, SHEET, lambda xml: xml.replace(b'r="C2"', b'r="XFD2"'))
    cells = read_all(path)[1][1]
    assert isinstance(cells[-1], UnreadableCell) and len(cells) == 200
    path = write_workbook(tmp_path / "b.xlsx", [HEAD])
    change_part(path, SHEET, lambda xml: xml.replace(b'<row r="1"', b'<row r="9999999"'))
    assert "rows" in read_error(path)


def damage_part(rng, path):
    """Return an intact archive of a workbook with one damaged part."""
    part = rng.choice(
        [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"]
    )
    return change_part(path, part, lambda xml: damage(rng, xml)).read_bytes()


def test_damaged_files_are_read_or_refused(tmp_path):
    rows = [HEAD, *[(number, f"សុខ {number}", date_cell(datetime(2004, 3, 5))) for number in range(20)]]
    good = {
        "x": write_workbook(tmp_path / "good.xlsx", rows).read_bytes(),
        "c": write_text(tmp_path / "good.csv", [HEAD, *[("1", "សុខ", "05/03/2004")] * 20]).read_bytes(),
        "u": write_text(
            tmp_path / "good.tsv", [HEAD, *[("1", "សុខ", "05/03/2004")] * 20], "utf-16", "\t"
        ).read_bytes(),
    }
    refused, path, rng = 0, tmp_path / "fuzzed", random.Random(20)
    for number in range(500):
        kind = "xxxcu"[number % 5]
        path.write_bytes(good[kind])
        path.write_bytes(damage_part(rng, path) if number % 5 < 2 else damage(rng, good[kind]))
        try:
            assert all(len(cells) <= 200 for _row, cells in readers.read_table(path))
        except UnreadableFile as fault:
            refused += 1
            assert str(fault.message.msgid).endswith(".")
    assert 100 < refused < 500
