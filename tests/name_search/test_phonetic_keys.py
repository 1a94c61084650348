"""Phonetic keys are equal in both scripts, and for spellings that look or sound alike."""

import pytest

from app.kernel.text import khmer
from app.name_search import phonetic_keys
from app.name_search.query import parse_query

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
def test_both_scripts_share_a_key(name, latin):
    assert set(phonetic_keys.build_name_skeletons(*khmer.normalize(name).split())) & set(
        phonetic_keys.build_name_skeletons(*latin.split())
    )


@pytest.mark.parametrize("one, other", SPELT_OTHERWISE)
def test_other_spelling_has_same_key(one, other):
    assert set(phonetic_keys.build_skeletons(khmer.normalize(one))) & set(
        phonetic_keys.build_skeletons(khmer.normalize(other))
    )


def test_position_of_space_does_not_change_key():
    assert (
        phonetic_keys.build_name_skeletons("Sok", "Kosal")
        == phonetic_keys.build_name_skeletons("SokKosal")
        == phonetic_keys.build_name_skeletons("So", "kkosal")
    )


def test_keys_with_same_prefix_form_a_range():
    first, last = phonetic_keys.encode_key("SK"), phonetic_keys.last_key_with_prefix("SK")
    assert (
        first <= phonetic_keys.encode_key("SKTR") <= last
        and not first <= phonetic_keys.encode_key("SL") <= last
    )
    assert phonetic_keys.encode_key("S" * 40) < 2**63


def test_one_edit_changes_one_sound():
    edits = phonetic_keys.find_one_edit_skeletons("SKT")
    assert {"KT", "ST", "SK", "SKTR", "SMT", "KST", "SLKT"} <= edits and "SKT" not in edits


@pytest.mark.parametrize(
    "mistyped", ["Nebg", "Negn", "Nneng", "eNng", "Nig", "Nzeng", "Nek", "Neg", "Nemg", "Nfng"]
)
def test_mistyped_letter_is_found_by_typo_skeletons(mistyped):
    query = parse_query(f"{mistyped} Socheata")
    assert set(phonetic_keys.build_name_skeletons("Neng", "Socheata")) & {
        *query.skeletons,
        *query.typo_skeletons,
    }


def test_query_orders_rotate_surname():
    assert parse_query("Van An Nguyen").orders[1:] == (("an", "nguyen", "van"), ("nguyen", "van", "an"))


@pytest.mark.parametrize("typed", ["Kim និង", "សុខ Dara"])
def test_query_in_both_scripts_becomes_latin(typed):
    query = parse_query(typed)
    assert not query.is_khmer and all(word.isascii() for word in query.words)
