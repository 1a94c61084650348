"""Normalization of Khmer text, its digits, and the tests for names."""

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.kernel.text import khmer
from app.kernel.text.khmer import InvalidText, normalize

KHMER_BLOCK = [chr(code) for code in range(0x1780, 0x17FA)]
AROUND = list(" \t\n:-.,()aB1é\u0301\u00a0\u00ad\u200b\u200c\u200d\u2028\u2060\ufeff\u25cc/«»中đ")
typed = some.text(some.sampled_from(KHMER_BLOCK + AROUND), max_size=14)
# Mostly letters, coengs and marks, so that clusters become long and incorrect.
irregular = some.text(
    some.sampled_from("កខងបសមរដតអឱ្្្្" + "".join(KHMER_BLOCK[0x36:0x53]) + "\u17dd:"), max_size=14
)


def from_codes(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


VARIANTS = {
    "a zero-width space inside a name": ("1781 200B 178A", "1781 178A"),
    "a zero-width non-joiner inside a name": ("178A 17B6 200C 179A", "178A 17B6 179A"),
    "a zero-width joiner before a subscript": ("1780 200D 17D2 1780", "1780 17D2 1780"),
    "a zero-width space between coeng and letter": ("1780 17D2 200B 1780", "1780 17D2 1780"),
    "a left-to-right mark": ("200E 179F 17BB 1781", "179F 17BB 1781"),
    "a right-to-left mark": ("179F 17BB 1781 200F", "179F 17BB 1781"),
    "a soft hyphen": ("1780 00AD 1780", "1780 1780"),
    "a byte order mark": ("FEFF 1780", "1780"),
    "a word joiner": ("1780 2060 1780", "1780 1780"),
    "a no-break space": ("1780 00A0 1781", "1780 0020 1781"),
    "a narrow no-break space": ("1780 202F 1781", "1780 0020 1781"),
    "coeng RO typed first": ("1798 1793 17D2 179A 17D2 178F 17B8", "1798 1793 17D2 178F 17D2 179A 17B8"),
    "a vowel before the subscript": ("1791 17B7 17D2 1792", "1791 17D2 1792 17B7"),
    "nikahit and a vowel around the subscript": ("179B 17C6 17D2 1799 17BB", "179B 17D2 1799 17BB 17C6"),
    "a shifter before the subscript": ("17A0 17CA 17D2 179F", "17A0 17D2 179F 17CA"),
    "a shifter after the vowel": ("17A0 17BB 17CA", "17A0 17CA 17BB"),
    "ុ typed for triisap": ("179F 17BB 17B8", "179F 17CA 17B8"),
    "ុ typed for muusikatoan": ("1794 17BB 17B8", "1794 17C9 17B8"),
    "ុ typed for a shifter after the vowel": ("179F 17B8 17BB", "179F 17CA 17B8"),
    "ុ typed for muusikatoan on a letter of the second series": ("1798 17BB 17BA", "1798 17C9 17BA"),
    "ុ typed for a shifter below a split vowel": ("179F 17C1 17BB 17B8", "179F 17CA 17BE"),
    "ុ typed for a shifter with AM": ("179F 17BB 17B6 17C6", "179F 17CA 17B6 17C6"),
    "ុ typed for a shifter with samyok sannya": ("179F 17BB 17D0 179A", "179F 17CA 17D0 179A"),
    "a split OO": ("1780 17C1 17B6", "1780 17C4"),
    "a split OE": ("1780 17C1 17B8", "1780 17BE"),
    "a split OO typed from the right": ("1780 17B6 17C1", "1780 17C4"),
    "a split OE around a subscript": ("1780 17C1 17D2 179A 17B8", "1780 17D2 179A 17BE"),
    "coeng DA for coeng TA": ("1780 17D2 178A 17B8", "1780 17D2 178F 17B8"),
    "nikahit before the vowel": ("1780 17C6 17B6", "1780 17B6 17C6"),
    "nikahit before shifter and vowel": ("1798 17C6 17CA 17BB", "1798 17CA 17BB 17C6"),
    "reahmuk before the vowel": ("1780 17C7 17C1", "1780 17C1 17C7"),
    "robat after the vowel": ("1792 1798 17B6 17CC", "1792 1798 17CC 17B6"),
    "a doubled vowel": ("1780 17BB 17BB", "1780 17BB"),
    "a doubled bantoc": ("1780 1780 17CB 17CB", "1780 1780 17CB"),
    "a vowel doubled around another sign": ("1783 17BB 17C6 17BB", "1783 17BB 17C6"),
    "a doubled coeng": ("1780 17D2 17D2 1780", "1780 17D2 1780"),
    "a coeng without a letter": ("179F 17BB 1781 17D2", "179F 17BB 1781"),
    "deprecated QAQ": ("17A3", "17A2"),
    "deprecated QAA": ("17A4", "17A2 17B6"),
    "deprecated bathamasat": ("1780 17D3", "1780 17C6"),
    "the second form of QOO": ("17B2 17D2 1799", "17B1 17D2 1799"),
    "inherent vowels": ("1780 17B4 1781 17B5", "1780 1781"),
    "a colon for reahmuk": ("1796 17D2 179A 003A", "1796 17D2 179A 17C7"),
    "a colon for reahmuk inside a word": (
        "1796 17D2 179A 003A 179A 17B6 1787",
        "1796 17D2 179A 17C7 179A 17B6 1787",
    ),
    "a colon for reahmuk before a space": ("178F 17C1 003A 0020 179F", "178F 17C1 17C7 0020 179F"),
}


@pytest.mark.parametrize("codes, stored", VARIANTS.values(), ids=VARIANTS)
def test_normalize_repairs_typing_variants(codes, stored):
    assert normalize(from_codes(codes)) == from_codes(stored)


@pytest.mark.parametrize("codes, stored", VARIANTS.values(), ids=VARIANTS)
def test_normalize_repairs_variants_inside_sentence(codes, stored):
    assert normalize("Sok " + from_codes(codes) + " ខែ ២០២៦") == normalize(
        "Sok " + from_codes(stored) + " ខែ ២០២៦"
    )


@pytest.mark.parametrize(
    "text",
    ["សុខ ដារ៉ា", "ស្រី ម៉ៅ", "ហ៊ុន", "ប៉ុស្តិ៍", "ព្រះសីហនុ", "កុម្ភៈ", "ឧត្តមសេនីយ៍", "ធម៌", "ឃ្មុំ", "ម៉ាំ", "១២ មករា", "ណាត់-វិច័យ"],
)
def test_normalize_keeps_correct_names(text):
    assert normalize(text) == text


@pytest.mark.parametrize(
    "text", ["លេខ:12", "លេខ:១២", "លេខ: 12", "ម៉ោង 14:30", "ឈ្មោះ: សុខ", "កុម្ភៈ:", "a:b", "ក::", "ក:/"]
)
def test_normalize_keeps_real_colons(text):
    assert normalize(text) == text


def test_normalize_multiline_keeps_colon_after_word():
    assert normalize("ភេទ: ប្រុស\nអាយុ: ៣២ ឆ្នាំ\nព្រ:រាជ", multiline=True) == "ភេទ: ប្រុស\nអាយុ: ៣២ ឆ្នាំ\nព្រះរាជ"


def test_normalize_reduces_blanks_to_one_space():
    assert normalize("  Sok \t  Dara\r\n") == "Sok Dara"
    assert normalize(" សុខ \u00a0\u200b ដារ៉ា\n\n") == "សុខ ដារ៉ា"


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0", "\u200b\ufeff", " \u2060 \u3000", "\u3164"])
def test_normalize_blank_text_is_empty(text):
    assert normalize(text) == ""
    assert normalize(text, multiline=True) == ""


@pytest.mark.parametrize("first, second", [("First", "Second"), ("បទ១", "បទ២")])
def test_normalize_multiline_keeps_lines(first, second):
    assert normalize(f"\n {first} \r\n\r\n \n\n{second}\u2028\n", multiline=True) == f"{first}\n\n{second}"
    assert normalize(f"{first}\r{second}", multiline=True) == f"{first}\n{second}"
    assert normalize(f"{first}\n{second}") == f"{first} {second}"


def test_normalize_composes_latin_letters():
    assert normalize("Andre\u0301 សុខ") == "Andr\u00e9 សុខ"


def test_normalize_latin_accent_keeps_coeng_with_its_letter():
    assert normalize(from_codes("1780 0301 17D2 1781")) == from_codes("1780 0301 17D2 1781")


def test_normalize_keeps_digits():
    assert normalize("ផ្ទះ១២ 34") == "ផ្ទះ១២ 34"


@pytest.mark.parametrize("code", [0x00, 0x08, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F, 0xD800, 0xDFFF])
@pytest.mark.parametrize("text", ["Sok{}", "សុខ{}"])
def test_normalize_rejects_control_characters(code, text):
    with pytest.raises(InvalidText) as error:
        normalize(text.format(chr(code)))
    assert error.value.reason == "control"


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
@pytest.mark.parametrize("text", ["Sok{}", "សុខ{}"])
def test_normalize_rejects_direction_characters(code, text):
    with pytest.raises(InvalidText) as error:
        normalize(text.format(chr(code)), multiline=True)
    assert error.value.reason == "direction"


@settings(deadline=None)
@given(some.one_of(typed, irregular), some.booleans())
def test_normalize_is_idempotent(text, lines):
    normalized = normalize(text, multiline=lines)
    assert normalize(normalized, multiline=lines) == normalized


def small_clusters():
    """Yield a letter of the first series, of the second series or BA, with one or two subscripts or marks."""
    additions = [chr(code) for code in (*range(0x17B6, 0x17D2), 0x17DD)] + ["្ក", "្រ", "្ប", "្ដ", "្"]
    for letter, first, second in itertools.product("សមប", ["", *additions], additions):
        yield letter + first + second


def test_normalize_small_clusters_is_idempotent():
    for cluster in small_clusters():
        normalized = normalize(cluster)
        assert normalize(normalized) == normalized


def test_normal_clusters_need_no_repair():
    normal_clusters = [cluster for cluster in small_clusters() if khmer._NORMAL_CLUSTERS.fullmatch(cluster)]
    assert len(normal_clusters) > 500
    for cluster in normal_clusters:
        assert khmer._repair(cluster, False) == cluster


@settings(deadline=None)
@given(some.one_of(typed, irregular))
def test_text_of_normal_clusters_needs_no_repair(text):
    if khmer._NORMAL_CLUSTERS.fullmatch(text):
        assert khmer._repair(text, False) == text


@settings(deadline=None)
@given(typed)
def test_normalize_removes_hidden_characters(text):
    assert not {"Cc", "Cf"} & {unicodedata.category(char) for char in normalize(text)}


@settings(deadline=None)
@given(some.permutations(from_codes("17CA 17B7 17C6 17D0")))
def test_normalize_ignores_typing_order_of_marks(marks):
    assert normalize("ហ" + "".join(marks)) == from_codes("17A0 17CA 17B7 17C6 17D0")


def test_digits_are_converted_to_either_script():
    assert khmer.to_latin_digits("ឆ្នាំ២០២៦ 05") == "ឆ្នាំ2026 05"
    assert khmer.to_khmer_digits("05/03") == "០៥/០៣"
    assert khmer.to_khmer_digits(2026) == "២០២៦"


@pytest.mark.parametrize("text", ["សុខ ដារ៉ា", "ឥន្ទ្រី", "អ៊ុំ-ស្រី", "ធម៌", "ព្រះ"])
def test_is_khmer_name_accepts_letters_spaces_and_hyphens(text):
    assert khmer.is_khmer_name(text)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "Sok", "សុខ Dara", "សុខ១", "សុខ1", "សុខ។", "ាក", "្ក", "ក្", "សុខ-", "ក\n", "(ក)"]
)
def test_is_khmer_name_rejects_other_text(text):
    assert not khmer.is_khmer_name(text)


@pytest.mark.parametrize(
    "text",
    ["Sok Dara", "SOK", "O'Neil", "D’Arc", "Anne-Marie", "J. Doe", "André", "Nguyễn", "Đặng", "R A/L K"],
)
def test_is_latin_name_accepts_latin_letters(text):
    assert khmer.is_latin_name(text)


@pytest.mark.parametrize(
    "text", ["", " ", "សុខ", "Sok ដា", "Sok1", "-Sok", "Sok\n", "<b>", "'", "=1+1", "/Sok", "a" * 60 + "1"]
)
def test_is_latin_name_rejects_other_text(text):
    assert not khmer.is_latin_name(text)


def test_count_khmer_letters_counts_letters_and_signs_only():
    assert khmer.count_khmer_letters("សុខ ដារ៉ា ២០។ៗ Sok") == 8
    assert khmer.count_khmer_letters("Sok 12") == 0
