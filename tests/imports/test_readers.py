"""Any file is read to its end or refused with a sentence; what it holds is told as it stands there."""

import random
import resource
import zipfile
from datetime import date, datetime

import pytest

from app.imports import readers
from app.imports.readers import Bad, Unusable
from tests.imports.workbooks import a_date, a_formula, text, with_part, workbook

HEAD = ("លេខ", "ឈ្មោះ", "ថ្ងៃ")
SHEET = "xl/worksheets/sheet1.xml"


def read(path, encoding=""):
    return list(readers.table_of(path, encoding))


def refusal(path, encoding=""):
    with pytest.raises(Unusable) as refused:
        read(path, encoding)
    return str(refused.value.sentence.msgid if hasattr(refused.value.sentence, "msgid") else refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_text_tells_its_encoding_and_its_separator_itself(tmp_path, encoding, separator):
    path = text(tmp_path / "a.txt", [HEAD, ("១", "សុខ", "05/03/2004"), ("", "", "")], encoding, separator)
    assert read(path) == [(1, list(HEAD)), (2, ["១", "សុខ", "05/03/2004"])]


def test_a_line_in_another_encoding_is_named(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes("លេខ,ឈ្មោះ\r\n១,សុខ\r\n".encode() + b"2,\xe9\xe8\r\n")
    assert "encoding" in refusal(path)
    assert read(path, "latin-1")[-1] == (3, ["2", "éè"])


def test_cells_with_line_ends_and_quotation_marks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\r\n"x\r\ny","he said ""no"""\r\n')
    assert read(path)[1] == (2, ["x\r\ny", 'he said "no"'])


def test_a_workbook_tells_numbers_dates_and_results(tmp_path):
    rows = [
        HEAD,
        (7, "សុខ", a_date(datetime(2004, 3, 5))),
        ("០១២", "  ដារ៉ា ", a_date(datetime(2004, 3, 5, 14, 30), "dd/mm/yyyy hh:mm")),
        (1.5, a_formula("=1+1", 2), True),
    ]
    assert read(workbook(tmp_path / "a.xlsx", rows)) == [
        (1, list(HEAD)),
        (2, ["7", "សុខ", date(2004, 3, 5)]),
        (3, ["០១២", "  ដារ៉ា ", datetime(2004, 3, 5, 14, 30)]),
        (4, ["1.5", "2", "1"]),
    ]


def test_days_since_1904(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [HEAD, ("1", "x", a_date(datetime(2004, 3, 5)))], date_1904=True)
    assert read(path)[1][1][2] == date(2004, 3, 5)


def test_the_first_days_of_sheet_programs():
    from app.imports.readers.xlsx_cells import day_of

    assert [day_of(one) for one in (1, 59, 61)] == [date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1)]
    assert isinstance(day_of(60), Bad) and isinstance(day_of(-1), Bad) and isinstance(day_of(10**7), Bad)


def test_a_cell_that_nobody_can_tell_says_why_and_the_others_stand(tmp_path):
    long = 1234567890123456789
    row = (
        a_formula("=A1", ""),
        "x",
        lambda sheet, row, column, book: sheet.write_formula(row, column, "=1/0", None, "#DIV/0!"),
        long,
    )
    cells = read(workbook(tmp_path / "a.xlsx", [(*HEAD, "n"), row]))[1][1]
    assert cells[1] == "x" and all(isinstance(cells[place], Bad) for place in (0, 2, 3))


def test_merged_cells_are_refused_below_the_head_and_pass_as_a_title(tmp_path):
    def merging(first, last):
        path = workbook(tmp_path / "m.xlsx", [HEAD, ("1", "a", "b"), ("2", "c", "d")])
        return with_part(
            path,
            SHEET,
            lambda xml: xml.replace(
                b"</sheetData>",
                f'</sheetData><mergeCells count="1"><mergeCell ref="A{first}:B{last}"/></mergeCells>'.encode(),
            ),
        )

    assert "merged" in refusal(merging(2, 3))
    assert len(read(merging(1, 1))) == 3


def a_zip(path, **parts):
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/"), content)


BAD = {
    "empty": (b"", "empty"),
    "a PDF": (b"%PDF-1.7 ...", "PDF"),
    "a picture": (b"\xff\xd8\xff\xe0", "picture"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls"),
    "one with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    "a web page with the name of a sheet": (b"<html><table><tr><td>1</td></tr></table>", "web page"),
    "a program": (b"\x7fELF\x02\x01\x01\x00" + bytes(99), "no table"),
    "a line without end": (b"a,b\r\n" + b"x" * 2_000_000, "does not end"),
    "a quotation mark without end": (b'a,b\r\n"x,' + b"y\r\n" * 100_000, "quotation"),
    "a million columns": (b"," * 1_000_000 + b"\r\n", "columns"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "word"), BAD.values(), ids=BAD)
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path, content, word):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(content)
    assert word in refusal(path)


def test_what_is_packed_but_no_plain_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    a_zip(path, readme="x")
    assert "packed file" in refusal(path)
    a_zip(path, **{"word/document.xml": "x"})
    assert "text document" in refusal(path)
    with_part(workbook(path, [HEAD]), "xl/vbaProject.bin", lambda _none: b"x")
    assert "macros" in refusal(path)
    whole = workbook(path, [HEAD, *[("1", "a", "b")] * 50]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(path)


def test_a_bomb_and_an_entity_are_not_read(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [HEAD])
    with_part(path, SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * 60_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "unpacks" in refusal(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB
    path = workbook(tmp_path / "b.xlsx", [HEAD])
    doctype = b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>'
    with_part(path, SHEET, lambda xml: xml.replace(b"<worksheet", doctype + b"<worksheet"))
    assert "outside itself" in refusal(path)


def test_a_row_far_below_and_a_column_far_right(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [HEAD])
    with_part(path, SHEET, lambda xml: xml.replace(b'r="C1"', b'r="XFD1"'))
    assert "columns" in refusal(path)
    path = workbook(tmp_path / "b.xlsx", [HEAD])
    with_part(path, SHEET, lambda xml: xml.replace(b'<row r="1"', b'<row r="9999999"'))
    assert "rows" in refusal(path)


def mutated(chance, content):
    """The bytes of a file, damaged in one of the ways in which files are."""
    content, way = bytearray(content), chance.randrange(5)
    if way == 0:
        del content[chance.randrange(len(content)) :]
    elif way == 1:
        for _time in range(chance.randint(1, 40)):
            content[chance.randrange(len(content))] = chance.randrange(256)
    elif way == 2:
        place = chance.randrange(len(content))
        del content[place : place + chance.randint(1, 200)]
    elif way == 3:
        place = chance.randrange(len(content))
        content[place:place] = chance.randbytes(chance.randint(1, 400))
    else:
        place = chance.randrange(len(content))
        content[place:place] = content[place : place + 300] * chance.randint(1, 20)
    return bytes(content)


def xml_mutated(chance, path):
    """A workbook whose packing is whole and one of whose parts is damaged."""
    part = chance.choice(
        [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"]
    )
    return with_part(path, part, lambda xml: mutated(chance, xml)).read_bytes()


def test_five_hundred_damaged_files_are_read_or_refused(tmp_path):
    rows = [HEAD, *[(number, f"សុខ {number}", a_date(datetime(2004, 3, 5))) for number in range(20)]]
    good = {
        "x": workbook(tmp_path / "good.xlsx", rows).read_bytes(),
        "c": text(tmp_path / "good.csv", [HEAD, *[("1", "សុខ", "05/03/2004")] * 20]).read_bytes(),
        "u": text(
            tmp_path / "good.tsv", [HEAD, *[("1", "សុខ", "05/03/2004")] * 20], "utf-16", "\t"
        ).read_bytes(),
    }
    refused, path, chance = 0, tmp_path / "fuzzed", random.Random(20)
    for number in range(500):
        kind = "xxxcu"[number % 5]
        path.write_bytes(good[kind])
        path.write_bytes(xml_mutated(chance, path) if number % 5 < 2 else mutated(chance, good[kind]))
        try:
            assert all(len(cells) <= 200 for _row, cells in readers.table_of(path))
        except Unusable as fault:
            refused += 1
            assert str(fault.sentence.msgid).endswith(".")
    assert 100 < refused < 500
