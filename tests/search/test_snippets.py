"""The passage around words: marked whole, cut at no letter's cost, drawn as text."""

from app.search.snippets import AROUND, passage

TEXT = "ជនសង្ស័យបានគាស់បង្អួចក្រោយផ្ទះ ចូលយកទូរស័ព្ទដៃមួយគ្រឿង ហើយរត់គេចខ្លួន។"


def marked(text, *words):
    return [piece.text for piece in passage(text, words) if piece.marked]


def test_the_words_are_marked():
    assert marked(TEXT, "គាស់បង្អួច", "ទូរស័ព្ទ") == ["គាស់បង្អួច", "ទូរស័ព្ទ"]
    assert "".join(piece.text for piece in passage(TEXT, ["ផ្ទះ"])) == TEXT


def test_a_letter_is_marked_with_all_that_hangs_on_it():
    assert marked(TEXT, "បង") == ["បង្អួ"]
    assert marked("ស្រុក", "រ") == ["ស្រុ"]


def test_words_that_touch_are_one_mark():
    assert marked("abcdef", "abc", "cde") == ["abcde"]


def test_capitals_are_none():
    assert marked("Toyota ពណ៌ស", "toyota") == ["Toyota"]
    assert marked("İstanbul", "stan") == ["stan"]


def test_a_long_text_is_cut_around_its_words():
    long = "ក" * 1000 + "រទេះ" + "ខ" * 1000
    pieces = passage(long, ["រទេះ"])
    assert pieces[0].text == "… " and pieces[-1].text == " …"
    assert len("".join(piece.text for piece in pieces)) < 4 * AROUND
    assert [piece.text for piece in pieces if piece.marked] == ["រទេះ"]


SENTENCE = "ជនសង្ស័យបានគាស់បង្អួចក្រោយផ្ទះ។ "


def shown(text, *words):
    return "".join(piece.text for piece in passage(text, words))


def test_a_passage_begins_and_ends_with_a_sentence_that_is_near():
    long = SENTENCE * 9 + "បានយករទេះ។ " + SENTENCE * 9
    inside = shown(long, "រទេះ").removeprefix("… ").removesuffix(" …")
    assert inside.startswith("ជនសង្ស័យ") and inside.endswith("ផ្ទះ។")


def test_a_passage_without_a_gap_near_begins_with_a_whole_letter():
    for left in range(20):
        inside = shown("ក្រុ" * 50 + "ក" * left + "រទេះ" + "ក្រុ" * 100, "រទេះ")
        assert inside.startswith(("… ក្រុ", "… កក")) and inside.endswith(("ក្រុ …",)), left
