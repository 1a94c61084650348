"""Which of two names is more like the question: the better spelling, and what those who bear a name make of it."""

from app.name_search.query import read
from app.name_search.ranking import Ranking

BORNE = [("កែវ", "វណ្ណា", "Qeo", "Vanna"), ("កែវ", "សុភា", "Qeo", "Sophea")]
KHMER_ALONE = ("", "")


def ranking(text, *names):
    """The ranking of these names, each known by its place in the list."""
    found = Ranking(read(text))
    found.add([(place, *name) for place, name in enumerate(names)])
    return found


def order(text, *names):
    return [one.name_id for one in ranking(text, *names).best_first()]


def test_of_the_same_latin_letters_the_khmer_decides():
    assert order("Sok Dara", ("សុខ", "តារា", "Sok", "Dara"), ("សុខ", "ដារ៉ា", "Sok", "Dara")) == [1, 0]


def test_a_name_in_khmer_alone_is_held_to_how_others_write_it():
    asked = ("កែវ", "រតនា", *KHMER_ALONE)
    alone, among_others = ranking("Qeo Ratana", asked), ranking("Qeo Ratana", asked, *BORNE)
    assert among_others.best[0].cost < alone.best[0].cost - 1


def test_a_name_of_the_other_order_comes_behind_the_same_in_order():
    assert order("Sok Chan", ("ចាន់", "សុខ", *KHMER_ALONE), ("សុខ", "ចាន់", *KHMER_ALONE)) == [1, 0]


def test_a_second_portion_of_names_is_ranked_among_the_first():
    found = ranking("Sok Dara", ("សុខ", "ធីតា", *KHMER_ALONE))
    assert found.are_poor
    found.add([(1, "សុខ", "ដារ៉ា", *KHMER_ALONE)])
    assert [one.name_id for one in found.best_first()] == [1, 0] and not found.are_poor
