"""Printouts become a PDF without markup from records, each with its own page numbers."""

import json
import re
from collections import Counter
from datetime import date

import pytest
import typst

from app.people.timeline import Event
from app.printouts.document import (
    Printout,
    build_facts,
    build_note,
    build_paragraphs,
    build_portrait,
    build_table,
    build_timeline,
)
from app.printouts.typesetting import LAYOUT, build_inputs, load_fonts, typeset
from tests.printouts.pdf_text import build_texts, count_pages

MARKUP = '#panic("never") *ដិត* _x_ $x^2$ <end> @nobody [x] {y} `raw` // c /* d */ \\ "'


@pytest.fixture
def texts(app, db_session):
    return build_texts(app)


def build_sheet(**over):
    values = {"title": "សន្លឹកសំណុំរឿង", "number": "02-2026-000001", "parts": (build_paragraphs("អត្ថបទ"),)}
    return Printout(**values | over)


def build_long_sheet(rows):
    heads = [("ឈ្មោះ", 3), ("ទីលំនៅ", 5)]
    return build_sheet(parts=(build_table(heads, [["សុខ ដារ៉ា", "ភូមិព្រែកឯង សង្កាត់ព្រែកឯង"]] * rows, "អ្នកពាក់ព័ន្ធ"),))


def test_short_printout_has_one_page(texts):
    assert count_pages(typeset([build_sheet(signers=("មន្ត្រីទទួលបន្ទុក",))], texts)) == 1


def test_long_table_spans_pages(texts):
    assert count_pages(typeset([build_long_sheet(rows=100)], texts)) > 2


def test_long_word_wraps_in_its_cell(texts):
    def one_cell(word):
        return build_sheet(parts=(build_table([("ឈ្មោះ", 1), ("ទីលំនៅ", 9)], [[word, "ផ្ទះ"]] * 30),))

    assert count_pages(typeset([one_cell("W" * 12 * 12)], texts)) > count_pages(
        typeset([one_cell("W")], texts)
    )


def test_batch_printouts_start_and_number_own_pages(texts):
    one, many = build_long_sheet(rows=60), typeset([build_long_sheet(rows=60)] * 3, texts)
    assert count_pages(many) == 3 * count_pages(typeset([one], texts))
    ends = json.loads(_query("<end>", [build_long_sheet(rows=60)] * 3, texts))
    assert len(ends) == 3


def test_batch_first_pages_have_the_same_heading(texts):
    first, second = _draw(build_sheet(), texts, build_sheet())
    assert first.count(b"<use") == second.count(b"<use")


def test_markup_in_record_is_printed_literally(app, texts):
    with app.test_request_context():
        parts = (
            build_facts([(MARKUP, MARKUP), ("ភេទ", [MARKUP, MARKUP])], MARKUP),
            build_portrait([("ឈ្មោះ", [MARKUP, MARKUP]), ("ភេទ", MARKUP)], None),
            build_table([(MARKUP, 1)], [[MARKUP], [[MARKUP, MARKUP]]], MARKUP),
            build_paragraphs(MARKUP, MARKUP),
            build_note(MARKUP, MARKUP),
        )
    printout = build_sheet(title=MARKUP, subtitle=MARKUP, parts=parts, signers=(MARKUP,), notice=MARKUP)
    hostile = {**texts, "units": [MARKUP], "printed": MARKUP}
    assert count_pages(typeset([printout], hostile)) >= 1
    (heading,) = json.loads(_query("heading", [printout], hostile))
    assert _get_text(heading["body"]) == MARKUP


def test_file_outside_layout_is_not_read(texts, tmp_path):
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    printout = build_sheet(title=f'#read("{outside}")', parts=(build_paragraphs(f'#image("{outside}")'),))
    assert count_pages(typeset([printout], texts)) == 1


def test_glyphs_missing_in_font_do_not_fail(texts):
    assert count_pages(typeset([build_sheet(title="Nguyễn Văn Án · 王 · ณรงค์ · Жуков")], texts)) == 1


def test_printout_with_empty_parts_is_typeset(app, texts):
    with app.test_request_context():
        parts = (
            build_facts([]),
            build_table([("ឈ្មោះ", 1)], []),
            build_paragraphs(""),
            build_portrait([("ឈ្មោះ", "សុខ ដារ៉ា")], None),
        )
    assert count_pages(typeset([build_sheet(number="", parts=parts)], texts)) == 1


FILLER = "W" * 60  # a letter that is nowhere else as frequent


@pytest.mark.parametrize(
    ("part", "counts"),
    [
        (lambda n: build_table([("ឈ្មោះ", 1)], [[FILLER]] * n), range(10, 18)),
        (lambda n: build_paragraphs("\n".join([FILLER] * n)), range(20, 34)),
        (lambda n: build_facts([("ឈ្មោះ", FILLER)] * n, wide=True), range(22, 34)),
        (lambda n: build_facts([("ឈ្មោះ", FILLER)] * n), range(44, 50)),
        (lambda n: build_timeline([Event(date(2026, 1, 2), FILLER)] * n, "ជីវិត"), range(20, 28)),
    ],
    ids=["rows", "paragraphs", "wide facts", "facts", "course"],
)
def test_signature_page_has_other_content(app, texts, part, counts):
    with app.test_request_context():
        parts = [part(count) for count in counts]
    drawn = [_draw(build_sheet(parts=(one,), signers=("មន្ត្រីទទួលបន្ទុក",)), texts) for one in parts]
    assert {len(pages) for pages in drawn} == {1, 2}, "at one of these lengths the page is turned"
    assert all(_max_letter_count(pages[-1]) >= len(FILLER) for pages in drawn)


def test_closing_sentence_page_has_other_content(app, texts):
    """A return of execution ends with such a sentence after the table of actions."""
    with app.test_request_context():
        ends = [
            (build_table([("ឈ្មោះ", 1)], [[FILLER]] * count), build_paragraphs("សូមបញ្ជូន"))
            for count in range(8, 18)
        ]
    drawn = [_draw(build_sheet(parts=end, signers=("ប្រធាន", "មន្ត្រី")), texts) for end in ends]
    assert {len(pages) for pages in drawn} == {1, 2}
    assert all(_max_letter_count(pages[-1]) >= len(FILLER) for pages in drawn)


def _draw(printout, texts, *more):
    """Return the pages as SVG; each letter is a reference to its glyph."""
    compiler = typst.Compiler(LAYOUT / "printouts.typ", LAYOUT, load_fonts(), ignore_system_fonts=True)
    drawn = compiler.compile(format="svg", sys_inputs=build_inputs([printout, *more], texts))
    return drawn if isinstance(drawn, list) else [drawn]


def _max_letter_count(page):
    """Return the count of the most frequent letter on a page."""
    return max(Counter(re.findall(rb'<use[^>]*href="(#[^"]+)"', page)).values())


def test_unsigned_printout_has_no_national_heading(texts):
    titles = [one.title for one in (build_sheet(), build_sheet(signers=("ប្រធាន",)))]
    assert len(set(titles)) == 1
    unsigned, signed = (typeset([one], texts) for one in (build_sheet(), build_sheet(signers=("ប្រធាន",))))
    assert len(signed) > len(unsigned)


def _query(selector, printouts, texts):
    return typst.query(
        str(LAYOUT / "printouts.typ"), selector, root=str(LAYOUT), sys_inputs=build_inputs(printouts, texts)
    )


def _get_text(body):
    """Return the plain text of typst content; fail for anything that is not text."""
    if body["func"] in ("text", "space"):
        return body.get("text", " ")
    if body["func"] == "styled":
        return _get_text(body["child"])
    assert body["func"] == "sequence", body
    return "".join(_get_text(child) for child in body["children"])
