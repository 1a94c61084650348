"""Limon text is converted to Unicode; unknown signs are put in brackets."""

import pytest

from app.demo.data_files import read_table
from app.imports import cell_values, limon
from app.imports.profiles import Profile
from app.kernel.text import khmer
from app.reference import load
from tests.imports.limon_text import to_limon


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("eRkam", "ក្រោម"),
        ("RBHsIhnu", "ព្រះសីហនុ"),
        ("km<uCa", "កម្ពុជា"),
        ("´", "ខ្ញុំ"),
        ("«Buk", "ឪពុក"),
        ("eXIj", "ឃើញ"),
        ("eCO", "ជឿ"),
        ("eTot", "ទៀត"),
        ("e)A", "បៅ"),
        ("éf¶ 05¼03¼2004", "ថៃ្ង ០៥/០៣/២០០៤"),
    ],
)
def test_typed_word_is_converted(typed, expected):
    converted = limon.to_unicode(typed)
    assert (converted.text, converted.unknown) == (khmer.normalize(expected), ())


def test_alternative_glyphs_convert_to_one_sign():
    assert limon.to_unicode("sI").text == limon.to_unicode("sÍ").text == "សី"
    assert limon.to_unicode("ku").text == limon.to_unicode("kú").text == "កុ"


def test_windows_and_latin1_letters_convert_alike():
    assert limon.to_unicode("k‘").text == limon.to_unicode("k\x91").text == "ក៊"


@pytest.mark.parametrize(
    ("typed", "shown", "unknown"),
    [
        ("sux'", "សុខ⟦'⟧", ("'",)),
        ("usk", "⟦ុ⟧សក", ("ុ",)),
        ("ske", "សក⟦េ⟧", ("េ",)),
        ("eEk", "⟦េ⟧កែ", ("េ",)),
        ("sO", "⟦សឿ⟧", ("សឿ",)),
        ("k\x81", "ក⟦81⟧", ("\x81",)),
        ("k\x00", "ក⟦00⟧", ("\x00",)),
        ("k\x0b", "ក⟦0B⟧", ("\x0b",)),
        ("k\x1c", "ក⟦1C⟧", ("\x1c",)),
        ("k\x85", "ក⟦85⟧", ("\x85",)),
        ("k\u202e", "ក⟦202E⟧", ("\u202e",)),
        ("k\ud800", "ក⟦D800⟧", ("\ud800",)),
        ("sសុខ", "ស⟦ស⟧⟦ុ⟧⟦ខ⟧", ("ស", "ុ", "ខ")),
    ],
)
def test_unknown_sign_is_put_in_brackets(typed, shown, unknown):
    assert limon.to_unicode(typed) == limon.ConvertedText(shown, unknown)


@pytest.mark.parametrize(
    ("piece", "expected"),
    [("'", "«'» (0x27)"), ("’", "«’» (0x92)"), ("\x81", "0x81"), ("ុ", "«ុ»"), ("សឿ", "«សឿ»")],
)
def test_unknown_sign_is_formatted_with_its_code(piece, expected):
    assert limon.format_piece(piece) == expected


def test_invalid_cell_message_names_unknown_letters(app):
    profile = Profile(limon=("person.surname_km",))
    with pytest.raises(cell_values.InvalidCell) as error, app.test_request_context():
        cell_values.parse_cell(profile, profile.targets["person.surname_km"], "sux'")
    assert "«'» (0x27)" in str(error.value.message)


def test_names_and_places_survive_a_round_trip():
    words = {row["km"] for name in ("names_family", "names_given", "names_first") for row in read_table(name)}
    words |= {row["name_km"] for row in load.read_data_file("places")[:4000]}
    wrong, lacking = {}, 0
    for word in words:
        try:
            converted = limon.to_unicode(to_limon(word))
        except KeyError:  # the font lacks a sign
            lacking += 1
            continue
        if (converted.text, converted.unknown) != (khmer.normalize(word), ()):
            wrong[word] = converted.text
    assert len(words) > 3000 and lacking < 10 and not wrong
