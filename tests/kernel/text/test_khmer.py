"""The stored form of Khmer, its digits, and what counts as a name."""

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.kernel.text import khmer
from app.kernel.text.khmer import Refused, normal

KHMER_BLOCK = [chr(code) for code in range(0x1780, 0x17FA)]
AROUND = list(" \t\n:-.,()aB1é\u0301\u00a0\u00ad\u200b\u200c\u200d\u2028\u2060\ufeff\u25cc/«»中đ")
typed = some.text(some.sampled_from(KHMER_BLOCK + AROUND), max_size=14)
# Mostly letters, coengs and marks, so that clusters get long and wrong.
tangled = some.text(
    some.sampled_from("កខងបសមរដតអឱ្្្្" + "".join(KHMER_BLOCK[0x36:0x53]) + "\u17dd:"), max_size=14
)


def points(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


TRAPS = {
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


@pytest.mark.parametrize("codes, stored", TRAPS.values(), ids=TRAPS)
def test_a_trap_is_repaired(codes, stored):
    assert normal(points(codes)) == points(stored)


@pytest.mark.parametrize("codes, stored", TRAPS.values(), ids=TRAPS)
def test_a_trap_is_repaired_amid_a_sentence(codes, stored):
    assert normal("Sok " + points(codes) + " ខែ ២០២៦") == normal("Sok " + points(stored) + " ខែ ២០២៦")


@pytest.mark.parametrize(
    "text",
    ["សុខ ដារ៉ា", "ស្រី ម៉ៅ", "ហ៊ុន", "ប៉ុស្តិ៍", "ព្រះសីហនុ", "កុម្ភៈ", "ឧត្តមសេនីយ៍", "ធម៌", "ឃ្មុំ", "ម៉ាំ", "១២ មករា", "ណាត់-វិច័យ"],
)
def test_a_well_typed_name_stays_as_it_is(text):
    assert normal(text) == text


@pytest.mark.parametrize(
    "text", ["លេខ:12", "លេខ:១២", "លេខ: 12", "ម៉ោង 14:30", "ឈ្មោះ: សុខ", "កុម្ភៈ:", "a:b", "ក::", "ក:/"]
)
def test_a_colon_that_is_a_colon_stays(text):
    assert normal(text) == text


def test_in_a_longer_text_a_colon_at_the_end_of_a_word_stays():
    assert normal("ភេទ: ប្រុស\nអាយុ: ៣២ ឆ្នាំ\nព្រ:រាជ", lines=True) == "ភេទ: ប្រុស\nអាយុ: ៣២ ឆ្នាំ\nព្រះរាជ"


def test_blanks_become_one_space_and_none_at_the_ends():
    assert normal("  Sok \t  Dara\r\n") == "Sok Dara"
    assert normal(" សុខ \u00a0\u200b ដារ៉ា\n\n") == "សុខ ដារ៉ា"


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0", "\u200b\ufeff", " \u2060 \u3000", "\u3164"])
def test_only_blanks_are_nothing(text):
    assert normal(text) == ""
    assert normal(text, lines=True) == ""


@pytest.mark.parametrize("first, second", [("First", "Second"), ("បទ១", "បទ២")])
def test_lines_are_kept_where_asked_with_one_empty_line_at_most(first, second):
    assert normal(f"\n {first} \r\n\r\n \n\n{second}\u2028\n", lines=True) == f"{first}\n\n{second}"
    assert normal(f"{first}\r{second}", lines=True) == f"{first}\n{second}"
    assert normal(f"{first}\n{second}") == f"{first} {second}"


def test_latin_letters_are_composed():
    assert normal("Andre\u0301 សុខ") == "Andr\u00e9 សុខ"


def test_a_latin_accent_does_not_part_a_coeng_from_its_letter():
    assert normal(points("1780 0301 17D2 1781")) == points("1780 0301 17D2 1781")


def test_digits_stay_as_typed():
    assert normal("ផ្ទះ១២ 34") == "ផ្ទះ១២ 34"


@pytest.mark.parametrize("code", [0x00, 0x08, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F, 0xD800, 0xDFFF])
@pytest.mark.parametrize("text", ["Sok{}", "សុខ{}"])
def test_control_characters_are_refused(code, text):
    with pytest.raises(Refused) as refused:
        normal(text.format(chr(code)))
    assert refused.value.reason == "control"


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
@pytest.mark.parametrize("text", ["Sok{}", "សុខ{}"])
def test_characters_that_turn_the_direction_are_refused(code, text):
    with pytest.raises(Refused) as refused:
        normal(text.format(chr(code)), lines=True)
    assert refused.value.reason == "direction"


@settings(deadline=None)
@given(some.one_of(typed, tangled), some.booleans())
def test_the_normal_form_of_a_normal_form_is_itself(text, lines):
    once = normal(text, lines=lines)
    assert normal(once, lines=lines) == once


def every_small_cluster():
    """A letter of the first series, of the second or BA with one or two subscripts or marks."""
    hanging = [chr(code) for code in (*range(0x17B6, 0x17D2), 0x17DD)] + ["្ក", "្រ", "្ប", "្ដ", "្"]
    for letter, one, two in itertools.product("សមប", ["", *hanging], hanging):
        yield letter + one + two


def test_every_small_cluster_has_one_normal_form():
    for cluster in every_small_cluster():
        once = normal(cluster)
        assert normal(once) == once


def test_the_short_way_for_tidy_texts_leaves_nothing_to_repair():
    tidy = [cluster for cluster in every_small_cluster() if khmer._TIDY.fullmatch(cluster)]
    assert len(tidy) > 500
    for cluster in tidy:
        assert khmer._repaired(cluster, False) == cluster


@settings(deadline=None)
@given(some.one_of(typed, tangled))
def test_the_short_way_leaves_nothing_to_repair_in_any_text(text):
    if khmer._TIDY.fullmatch(text):
        assert khmer._repaired(text, False) == text


@settings(deadline=None)
@given(typed)
def test_the_normal_form_shows_no_hidden_characters(text):
    assert not {"Cc", "Cf"} & {unicodedata.category(char) for char in normal(text)}


@settings(deadline=None)
@given(some.permutations(points("17CA 17B7 17C6 17D0")))
def test_the_order_in_which_marks_are_typed_does_not_matter(marks):
    assert normal("ហ" + "".join(marks)) == points("17A0 17CA 17B7 17C6 17D0")


def test_digits_are_written_in_either_script():
    assert khmer.latin_digits("ឆ្នាំ២០២៦ 05") == "ឆ្នាំ2026 05"
    assert khmer.khmer_digits("05/03") == "០៥/០៣"
    assert khmer.khmer_digits(2026) == "២០២៦"


@pytest.mark.parametrize("text", ["សុខ ដារ៉ា", "ឥន្ទ្រី", "អ៊ុំ-ស្រី", "ធម៌", "ព្រះ"])
def test_khmer_letters_spaces_and_hyphens_make_a_khmer_name(text):
    assert khmer.is_khmer_name(text)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "Sok", "សុខ Dara", "សុខ១", "សុខ1", "សុខ។", "ាក", "្ក", "ក្", "សុខ-", "ក\n", "(ក)"]
)
def test_anything_else_makes_none(text):
    assert not khmer.is_khmer_name(text)


@pytest.mark.parametrize(
    "text",
    ["Sok Dara", "SOK", "O'Neil", "D’Arc", "Anne-Marie", "J. Doe", "André", "Nguyễn", "Đặng", "R A/L K"],
)
def test_latin_letters_make_a_latin_name(text):
    assert khmer.is_latin_name(text)


@pytest.mark.parametrize(
    "text", ["", " ", "សុខ", "Sok ដា", "Sok1", "-Sok", "Sok\n", "<b>", "'", "=1+1", "/Sok", "a" * 60 + "1"]
)
def test_anything_else_makes_no_latin_name(text):
    assert not khmer.is_latin_name(text)


def test_letters_and_signs_are_counted_but_not_digits_latin_and_punctuation():
    assert khmer.khmer_letters("សុខ ដារ៉ា ២០។ៗ Sok") == 8
    assert khmer.khmer_letters("Sok 12") == 0
