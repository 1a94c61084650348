"""What was typed in Limon becomes Unicode, or stands in brackets."""

import pytest

from app.demo.data_files import table
from app.imports import cell_values, limon
from app.imports.profiles import Profile
from app.kernel.text import khmer
from app.reference import load
from tests.imports.limon_text import typed


@pytest.mark.parametrize(
    ("struck", "meant"),
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
def test_words_as_typists_strike_them(struck, meant):
    turned = limon.to_unicode(struck)
    assert (turned.text, turned.unknown) == (khmer.normal(meant), ())


def test_several_glyphs_stand_for_one_sign():
    assert limon.to_unicode("sI").text == limon.to_unicode("sÍ").text == "សី"
    assert limon.to_unicode("ku").text == limon.to_unicode("kú").text == "កុ"


def test_windows_and_plain_bytes_are_the_same_letters():
    assert limon.to_unicode("k‘").text == limon.to_unicode("k\x91").text == "ក៊"


@pytest.mark.parametrize(
    ("struck", "shown", "unknown"),
    [
        ("sux'", "សុខ⟦'⟧", ("'",)),
        ("usk", "⟦ុ⟧សក", ("ុ",)),
        ("ske", "សក⟦េ⟧", ("េ",)),
        ("eEk", "⟦េ⟧កែ", ("េ",)),
        ("sO", "⟦សឿ⟧", ("សឿ",)),
        ("k\x81", "ក⟦81⟧", ("\x81",)),
        ("sសុខ", "ស⟦ស⟧⟦ុ⟧⟦ខ⟧", ("ស", "ុ", "ខ")),
    ],
)
def test_what_cannot_be_turned_is_shown(struck, shown, unknown):
    assert limon.to_unicode(struck) == limon.Turned(shown, unknown)


@pytest.mark.parametrize(
    ("piece", "told"),
    [("'", "«'» (0x27)"), ("’", "«’» (0x92)"), ("\x81", "0x81"), ("ុ", "«ុ»"), ("សឿ", "«សឿ»")],
)
def test_what_could_not_be_turned_is_told_with_its_code(piece, told):
    assert limon.named(piece) == told


def test_a_wrong_cell_names_the_letters_that_could_not_be_turned(app):
    profile = Profile(limon=("person.surname_km",))
    with pytest.raises(cell_values.Unclear) as refused, app.test_request_context():
        cell_values.read(profile, profile.targets["person.surname_km"], "sux'")
    assert "«'» (0x27)" in str(refused.value.sentence)


def test_every_name_and_place_comes_back_as_it_was():
    words = {row["km"] for name in ("names_family", "names_given", "names_first") for row in table(name)}
    words |= {row["name_km"] for row in load.read("places")[:4000]}
    wrong, lacking = {}, 0
    for word in words:
        try:
            turned = limon.to_unicode(typed(word))
        except KeyError:  # a sign that the font lacks
            lacking += 1
            continue
        if (turned.text, turned.unknown) != (khmer.normal(word), ()):
            wrong[word] = turned.text
    assert len(words) > 3000 and lacking < 10 and not wrong
