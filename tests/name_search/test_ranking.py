"""The ranking of names: the better spelling, and the spellings that the bearers of a name use."""

import pytest

from app.name_search.query import parse_query
from app.name_search.ranking import Ranking

BORNE = [("កែវ", "វណ្ណា", "Qeo", "Vanna"), ("កែវ", "សុភា", "Qeo", "Sophea")]
KHMER_ALONE = ("", "")


def rank_names(text, *names):
    """Return the ranking of these names. The name id is the position in the list."""
    found = Ranking(parse_query(text))
    found.add([(place, *name) for place, name in enumerate(names)])
    return found


def rank_ids(text, *names):
    return [one.name_id for one in rank_names(text, *names).sorted_names()]


def test_same_latin_letters_are_ranked_by_khmer():
    assert rank_ids("Sok Dara", ("សុខ", "តារា", "Sok", "Dara"), ("សុខ", "ដារ៉ា", "Sok", "Dara")) == [1, 0]


def test_khmer_only_name_uses_spelling_of_others():
    asked = ("កែវ", "រតនា", *KHMER_ALONE)
    alone, among_others = rank_names("Qeo Ratana", asked), rank_names("Qeo Ratana", asked, *BORNE)
    assert among_others.best[0].cost < alone.best[0].cost - 1


def test_other_order_of_name_ranks_lower():
    assert rank_ids("Sok Chan", ("ចាន់", "សុខ", *KHMER_ALONE), ("សុខ", "ចាន់", *KHMER_ALONE)) == [1, 0]


def test_later_names_are_ranked_with_earlier_ones():
    found = rank_names("Sok Dara", ("សុខ", "ធីតា", *KHMER_ALONE))
    found.add([(1, "សុខ", "ដារ៉ា", *KHMER_ALONE)])
    assert [one.name_id for one in found.sorted_names()] == [1, 0]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Mao Chey", ("អ៊ុំ", "ពៅ", "Um", "Porv")),
        ("zzqqxx", ("ជា", "សុខ", "Chea", "Sok")),
        ("zzqqxx", ("ស៊ិន", "សុខ", *KHMER_ALONE)),
        ("ម៉ៅ ជ័យ", ("អ៊ុំ", "ពៅ", "Um", "Porv")),
    ],
)
def test_unrelated_name_is_no_match(typed, name):
    """A common key is not enough: the letters must be similar too."""
    assert rank_ids(typed, name) == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Mao Cey", ("ម៉ៅ", "ជ័យ", "Mao", "Chey")),
        ("Moa Chei", ("ម៉ៅ", "ជ័យ", "Mao", "Chey")),
        ("ម៉ៅ ជយ", ("ម៉ៅ", "ជ័យ", "Mao", "Chey")),
    ],
)
def test_misspelled_name_is_still_a_match(typed, name):
    assert rank_ids(typed, name) == [0]
