"""Bands, drawing and the analysis of questions."""

import pytest

from app.training.choices import draw_questions, order_for, parse_choices
from app.training.results import AVERAGE, GOOD, NOT_YET, analyse_items, find_band


@pytest.mark.parametrize(
    ("percent", "band"),
    [(100, GOOD), (80, GOOD), (79, AVERAGE), (50, AVERAGE), (49, NOT_YET), (0, NOT_YET), (None, None)],
)
def test_band_follows_the_settings_of_the_course(percent, band):
    assert find_band(percent, 80, 50) == band


def test_choices_are_lines_with_stars():
    found = parse_choices("* ត្រូវ\n\n  ខុស \n*ត្រូវដែរ")
    assert [(one.text, one.is_right) for one in found] == [("ត្រូវ", True), ("ខុស", False), ("ត្រូវដែរ", True)]
    assert parse_choices(None) == []


def test_questions_are_drawn_by_topic_and_seed():
    bank = {"law": list(range(10)), "entry": list(range(10, 20)), "few": [20]}
    drawn = draw_questions(bank, 9, 7)
    assert drawn == draw_questions(bank, 9, 7) != draw_questions(bank, 9, 8)
    assert len(set(drawn)) == 9 and 20 in drawn and sum(one < 10 for one in drawn) == 4
    assert len(draw_questions(bank, 50, 1)) == 21, "the bank has no more"
    assert sorted(order_for(drawn, 7, 1)) == sorted(drawn) and order_for(drawn, 7, 1) == order_for(
        drawn, 7, 1
    )


def test_analysis_compares_the_best_with_the_weakest():
    results = [(at, {1} if at >= 20 else set()) for at in range(40)]
    for _percent, right in results:
        right.add(2)
    items = {item.question_id: item for item in analyse_items([1, 2, 3], results)}
    assert (items[1].right, items[1].best, items[1].weakest, items[1].discrimination) == (50, 100, 0, 100)
    assert (items[2].right, items[2].discrimination) == (100, 0) and items[3].right == 0
    assert analyse_items([1], results[:29]) == [], "fewer than 30 answers say nothing"
