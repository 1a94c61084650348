"""Sheets become a PDF in which nothing of a record is markup, with pages of each sheet's own numbering."""

import json
import re
from collections import Counter
from datetime import date

import pytest
import typst

from app.people.timeline import Event
from app.printouts.document import Sheet, course, facts, note, paragraphs, portrait, table
from app.printouts.typesetting import LAYOUT, _fonts, inputs, typeset
from tests.printouts.pdf_text import pages, words_for

MARKUP = '#panic("never") *ដិត* _x_ $x^2$ <end> @nobody [x] {y} `raw` // c /* d */ \\ "'


@pytest.fixture
def words(app, db_session):
    return words_for(app)


def a_sheet(**over):
    values = {"title": "សន្លឹកសំណុំរឿង", "number": "02-2026-000001", "parts": (paragraphs("អត្ថបទ"),)}
    return Sheet(**values | over)


def long_sheet(rows):
    heads = [("ឈ្មោះ", 3), ("ទីលំនៅ", 5)]
    return a_sheet(parts=(table(heads, [["សុខ ដារ៉ា", "ភូមិព្រែកឯង សង្កាត់ព្រែកឯង"]] * rows, "អ្នកពាក់ព័ន្ធ"),))


def test_a_short_paper_has_one_page(words):
    assert pages(typeset([a_sheet(signers=("មន្ត្រីទទួលបន្ទុក",))], words)) == 1


def test_a_long_table_goes_on_over_pages(words):
    assert pages(typeset([long_sheet(rows=100)], words)) > 2


def test_a_long_word_stays_within_its_cell(words):
    def of(word):
        return a_sheet(parts=(table([("ឈ្មោះ", 1), ("ទីលំនៅ", 9)], [[word, "ផ្ទះ"]] * 30),))

    assert pages(typeset([of("W" * 12 * 12)], words)) > pages(typeset([of("W")], words))


def test_each_sheet_of_a_batch_begins_a_page_and_counts_its_own(words):
    one, many = long_sheet(rows=60), typeset([long_sheet(rows=60)] * 3, words)
    assert pages(many) == 3 * pages(typeset([one], words))
    ends = json.loads(_query("<end>", [long_sheet(rows=60)] * 3, words))
    assert len(ends) == 3


def test_the_first_page_of_each_sheet_of_a_batch_is_headed_as_such(words):
    first, second = _drawn(a_sheet(), words, a_sheet())
    assert first.count(b"<use") == second.count(b"<use")


def test_markup_in_a_record_is_printed_as_its_letters(app, words):
    with app.test_request_context():
        parts = (
            facts([(MARKUP, MARKUP), ("ភេទ", [MARKUP, MARKUP])], MARKUP),
            portrait([("ឈ្មោះ", [MARKUP, MARKUP]), ("ភេទ", MARKUP)], None),
            table([(MARKUP, 1)], [[MARKUP], [[MARKUP, MARKUP]]], MARKUP),
            paragraphs(MARKUP, MARKUP),
            note(MARKUP, MARKUP),
        )
    sheet = a_sheet(title=MARKUP, subtitle=MARKUP, parts=parts, signers=(MARKUP,), notice=MARKUP)
    hostile = {**words, "units": [MARKUP], "printed": MARKUP}
    assert pages(typeset([sheet], hostile)) >= 1
    (heading,) = json.loads(_query("heading", [sheet], hostile))
    assert _text_of(heading["body"]) == MARKUP


def test_what_lies_outside_the_layout_is_never_read(words, tmp_path):
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    sheet = a_sheet(title=f'#read("{outside}")', parts=(paragraphs(f'#image("{outside}")'),))
    assert pages(typeset([sheet], words)) == 1


def test_letters_that_the_font_lacks_do_not_stop_a_paper(words):
    assert pages(typeset([a_sheet(title="Nguyễn Văn Án · 王 · ณรงค์ · Жуков")], words)) == 1


def test_a_paper_of_which_every_part_is_empty_is_still_a_paper(app, words):
    with app.test_request_context():
        parts = (facts([]), table([("ឈ្មោះ", 1)], []), paragraphs(""), portrait([("ឈ្មោះ", "សុខ ដារ៉ា")], None))
    assert pages(typeset([a_sheet(number="", parts=parts)], words)) == 1


LAST = "W" * 60  # a sign that stands nowhere else so often


@pytest.mark.parametrize(
    ("part", "counts"),
    [
        (lambda n: table([("ឈ្មោះ", 1)], [[LAST]] * n), range(10, 18)),
        (lambda n: paragraphs("\n".join([LAST] * n)), range(20, 34)),
        (lambda n: facts([("ឈ្មោះ", LAST)] * n, wide=True), range(22, 34)),
        (lambda n: facts([("ឈ្មោះ", LAST)] * n), range(44, 50)),
        (lambda n: course([Event(date(2026, 1, 2), LAST)] * n, "ជីវិត"), range(20, 28)),
    ],
    ids=["rows", "paragraphs", "wide facts", "facts", "course"],
)
def test_nobody_signs_a_page_on_which_nothing_else_stands(app, words, part, counts):
    with app.test_request_context():
        parts = [part(count) for count in counts]
    drawn = [_drawn(a_sheet(parts=(one,), signers=("មន្ត្រីទទួលបន្ទុក",)), words) for one in parts]
    assert {len(pages) for pages in drawn} == {1, 2}, "at one of these lengths the page is turned"
    assert all(_most_of_one(pages[-1]) >= len(LAST) for pages in drawn)


def test_what_a_closing_sentence_is_about_stands_on_its_page(app, words):
    """A return of execution ends in such a sentence, behind the table of what was done."""
    with app.test_request_context():
        ends = [(table([("ឈ្មោះ", 1)], [[LAST]] * count), paragraphs("សូមបញ្ជូន")) for count in range(8, 18)]
    drawn = [_drawn(a_sheet(parts=end, signers=("ប្រធាន", "មន្ត្រី")), words) for end in ends]
    assert {len(pages) for pages in drawn} == {1, 2}
    assert all(_most_of_one(pages[-1]) >= len(LAST) for pages in drawn)


def _drawn(sheet, words, *more):
    """The pages as they are drawn: each letter is a reference to its shape."""
    compiler = typst.Compiler(LAYOUT / "paper.typ", LAYOUT, _fonts(), ignore_system_fonts=True)
    drawn = compiler.compile(format="svg", sys_inputs=inputs([sheet, *more], words))
    return drawn if isinstance(drawn, list) else [drawn]


def _most_of_one(page):
    """How often the letter stands on a page that stands there most often."""
    return max(Counter(re.findall(rb'<use[^>]*href="(#[^"]+)"', page)).values())


def test_a_list_carries_the_heading_of_the_unit_alone(words):
    titles = [one.title for one in (a_sheet(), a_sheet(signers=("ប្រធាន",)))]
    assert len(set(titles)) == 1
    unsigned, signed = (typeset([one], words) for one in (a_sheet(), a_sheet(signers=("ប្រធាន",))))
    assert len(signed) > len(unsigned)


def _query(selector, sheets, words):
    return typst.query(
        str(LAYOUT / "paper.typ"), selector, root=str(LAYOUT), sys_inputs=inputs(sheets, words)
    )


def _text_of(body):
    """The plain text of a piece of content; whatever is no text would be told by its own name."""
    if body["func"] in ("text", "space"):
        return body.get("text", " ")
    if body["func"] == "styled":
        return _text_of(body["child"])
    assert body["func"] == "sequence", body
    return "".join(_text_of(child) for child in body["children"])
