"""Snippets around the found words: whole clusters are marked, and cuts are at breaks or clusters."""

from app.search.snippets import CONTEXT_LENGTH, make_snippet

TEXT = "ជនសង្ស័យបានគាស់បង្អួចក្រោយផ្ទះ ចូលយកទូរស័ព្ទដៃមួយគ្រឿង ហើយរត់គេចខ្លួន។"


def marked_parts(text, *words):
    return [piece.text for piece in make_snippet(text, words) if piece.marked]


def test_words_are_marked():
    assert marked_parts(TEXT, "គាស់បង្អួច", "ទូរស័ព្ទ") == ["គាស់បង្អួច", "ទូរស័ព្ទ"]
    assert "".join(piece.text for piece in make_snippet(TEXT, ["ផ្ទះ"])) == TEXT


def test_mark_includes_whole_cluster():
    assert marked_parts(TEXT, "បង") == ["បង្អួ"]
    assert marked_parts("ស្រុក", "រ") == ["ស្រុ"]


def test_touching_words_are_one_mark():
    assert marked_parts("abcdef", "abc", "cde") == ["abcde"]


def test_capitals_are_ignored():
    assert marked_parts("Toyota ពណ៌ស", "toyota") == ["Toyota"]
    assert marked_parts("İstanbul", "stan") == ["stan"]


def test_long_text_is_cut_around_words():
    long = "ក" * 1000 + "រទេះ" + "ខ" * 1000
    pieces = make_snippet(long, ["រទេះ"])
    assert pieces[0].text == "… " and pieces[-1].text == " …"
    assert len("".join(piece.text for piece in pieces)) < 4 * CONTEXT_LENGTH
    assert [piece.text for piece in pieces if piece.marked] == ["រទេះ"]


SENTENCE = "ជនសង្ស័យបានគាស់បង្អួចក្រោយផ្ទះ។ "


def snippet_text(text, *words):
    return "".join(piece.text for piece in make_snippet(text, words))


def test_snippet_starts_and_ends_at_near_sentence():
    long = SENTENCE * 9 + "បានយករទេះ។ " + SENTENCE * 9
    inside = snippet_text(long, "រទេះ").removeprefix("… ").removesuffix(" …")
    assert inside.startswith("ជនសង្ស័យ") and inside.endswith("ផ្ទះ។")


def test_snippet_without_near_break_starts_at_cluster():
    for left in range(20):
        inside = snippet_text("ក្រុ" * 50 + "ក" * left + "រទេះ" + "ក្រុ" * 100, "រទេះ")
        assert inside.startswith(("… ក្រុ", "… កក")) and inside.endswith(("ក្រុ …",)), left
