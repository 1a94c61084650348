"""A key is the same from either script; what the eye or the ear does not tell apart does not part two names."""

import pytest

from app.kernel.text import khmer
from app.name_search import phonetic_keys
from app.name_search.query import read

PAIRS = [
    ("សុខ ដារ៉ា", "Sok Dara"),
    ("ហ៊ុន ម៉ាណែត", "Hun Manet"),
    ("ប្រាក់ សុខុន", "Prak Sokhonn"),
    ("ចម ប្រសិទ្ធ", "Cham Prasidh"),
    ("អូន ព័ន្ធមុនីរ័ត្ន", "Aun Pornmoniroth"),
    ("សាល តារារស្មី", "Sal Darareaksmey"),
    ("វីរៈ ច័ន្ទណាវី", "Vireak Channnavy"),
    ("គង់ គាំ", "Kong Korm"),
    ("តាំង ឡាយ", "Tang Lay"),
    ("ជា សុជាតិ", "Chea Socheat"),
]
SPELT_OTHERWISE = [
    ("Sok", "Sokh"), ("Vanna", "Wanna"), ("Sophea", "Sofea"), ("Chhay", "Chhai"), ("Bopha", "Popha"), ("Thida", "Tida"),
    ("Sopheary", "Sopheary"), ("Jan", "Chan"), ("Đara", "Dara"), ("Keo", "Kev"),
    ("ឥន", "អិន"), ("ឱ្យ", "អោយ"), ("ឲ្យ", "ឱ្យ"), ("ដារ៉ា", "តារា"), ("ណារី", "នារី"), ("ឡាយ", "លាយ"), ("ទ្បាយ", "ឡាយ"),
]  # fmt: skip


@pytest.mark.parametrize("name, latin", PAIRS)
def test_both_scripts_have_a_key_in_common(name, latin):
    assert set(phonetic_keys.of_name(*khmer.normal(name).split())) & set(
        phonetic_keys.of_name(*latin.split())
    )


@pytest.mark.parametrize("one, other", SPELT_OTHERWISE)
def test_another_spelling_has_the_same_key(one, other):
    assert set(phonetic_keys.skeletons(khmer.normal(one))) & set(phonetic_keys.skeletons(khmer.normal(other)))


def test_it_does_not_matter_where_the_blank_stands():
    assert (
        phonetic_keys.of_name("Sok", "Kosal")
        == phonetic_keys.of_name("SokKosal")
        == phonetic_keys.of_name("So", "kkosal")
    )


def test_names_that_begin_alike_are_one_range_of_numbers():
    first, last = phonetic_keys.number("SK"), phonetic_keys.last_beginning_with("SK")
    assert first <= phonetic_keys.number("SKTR") <= last and not first <= phonetic_keys.number("SL") <= last
    assert phonetic_keys.number("S" * 40) < 2**63


def test_one_edit_is_one_sound():
    edits = phonetic_keys.one_sound_away("SKT")
    assert {"KT", "ST", "SK", "SKTR", "SMT", "KST", "SLKT"} <= edits and "SKT" not in edits


@pytest.mark.parametrize(
    "mistyped", ["Nebg", "Negn", "Nneng", "eNng", "Nig", "Nzeng", "Nek", "Neg", "Nemg", "Nfng"]
)
def test_a_mistyped_letter_is_undone_with_what_it_did_to_its_neighbours(mistyped):
    question = read(f"{mistyped} Socheata")
    assert set(phonetic_keys.of_name("Neng", "Socheata")) & {*question.skeletons, *question.skeletons_nearby}


def test_in_a_question_a_surname_stands_first_or_last():
    assert read("Van An Nguyen").orders[1:] == (("an", "nguyen", "van"), ("nguyen", "van", "an"))


@pytest.mark.parametrize("typed", ["Kim និង", "សុខ Dara"])
def test_words_of_both_scripts_are_asked_for_in_one(typed):
    question = read(typed)
    assert not question.is_khmer and all(word.isascii() for word in question.words)
