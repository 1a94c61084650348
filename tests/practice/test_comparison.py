"""The comparison of an answer with a model answer, and the exercises of E-Crime."""

import json

import pytest

from app.practice import answers, comparison
from app.practice.comparison import DIFFERENT, EXTRA, MISSING, RIGHT, RULES, SECTIONS, compare
from app.practice.exercises import FOLDER
from app.practice.views import _find_field
from tests.house.test_rule_book import find_documented

MODEL = {
    "case": [{"place": {"begins": "12"}, "summary": {"words": ["ម៉ូតូ", "លួច|បាត់"]}}],
    "people": [
        {"role": "victim", "given_km": "ចាន់ថា", "age_stated": {"any": ["34"], "may": True}},
        {"role": "suspect", "given_km": "ដារ៉ា"},
    ],
    "exhibits": [{"kind": "vehicle", "plate": {"any": ["1AB-2345", "1AB2345"]}}],
}
SHIPPED = sorted(FOLDER.glob("*.json"))


def find_verdicts(comparison):
    return {(row.section, one.name, one.verdict) for row in comparison.rows for one in row.fields}


def test_right_answer_has_full_score():
    answer = {
        "case": [{"place": "120101", "summary": "ម៉ូតូបាត់ពីមុខផ្ទះ", "report_kind": "complaint"}],
        "people": [{"role": "suspect", "given_km": "ដារ៉ា"}, {"role": "victim", "given_km": "ចាន់ថា"}],
        "exhibits": [{"kind": "vehicle", "plate": "1AB2345"}],
    }
    comparison = compare(MODEL, answer)
    assert comparison.score == 100
    assert {verdict for _section, _name, verdict in find_verdicts(comparison)} == {RIGHT}


def test_each_difference_is_named_with_its_rule():
    answer = {
        "case": [{"place": "080201", "late_reason": "other"}],
        "people": [
            {"role": "victim", "given_km": "ចន្ថា", "injury": "dead"},
            {"role": "witness", "given_km": "សុខ"},
        ],
        "exhibits": [{"kind": "vehicle", "plate": "1AB-2345"}, {"kind": "cash"}],
    }
    comparison = compare(MODEL, answer)
    assert {
        ("case", "place", DIFFERENT), ("case", "summary", MISSING), ("case", "late_reason", EXTRA),
        ("people", "given_km", DIFFERENT), ("people", "injury", EXTRA), ("exhibits", "plate", RIGHT),
    } <= find_verdicts(comparison)  # fmt: skip
    assert [row.verdict for row in comparison.rows if row.section == "people"] == [DIFFERENT, MISSING, EXTRA]
    rules = {one.name: one.rule for row in comparison.rows for one in row.fields}
    assert (rules["place"], rules["plate"]) == ("V007", "V022")
    assert comparison.score == 30  # 3 of 8 fields are right, and two rows are superfluous


def test_nothing_entered_scores_nothing():
    assert compare(MODEL, {}).score == 0 and compare({}, {}).score == 0


def test_each_row_of_a_large_answer_is_rated_once_with_each_row_of_the_model(monkeypatch):
    rows, rated = [{"role": "victim", "given_km": str(number), "sex": "M"} for number in range(60)], []
    rate = comparison._rate_fit
    monkeypatch.setattr(comparison, "_rate_fit", lambda *pair: rated.append(pair) or rate(*pair))
    assert compare({"people": rows}, {"people": rows[::-1]}).score == 100
    assert len(rated) == 60 * 60


def test_rules_of_fields_are_documented():
    assert set(RULES.values()) <= set(find_documented())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_exercise_names_existing_fields_and_answers_itself(path):
    content = json.loads(path.read_text("utf-8"))
    assert len(content["title"]) <= 120 and len(content["incident"]) > 100
    assert set(content["model"]) <= set(SECTIONS)
    for section, rows in content["model"].items():
        for row in rows:
            assert [name for name in row if _find_field(section, name) is None] == []
    answer = {
        section: [{name: give(expected) for name, expected in row.items()} for row in rows]
        for section, rows in content["model"].items()
    }
    assert compare(content["model"], answer).score == 100


def give(expected):
    """Return a text that meets what the model asks for."""
    if isinstance(expected, str):
        return expected
    if "words" in expected:
        return " ".join(one.split("|")[0] for one in expected["words"])
    return expected["begins"] if "begins" in expected else expected["any"][0]


def test_twenty_four_exercises_ship():
    assert len(SHIPPED) == 24


def test_dates_move_with_the_day_of_the_exercise():
    from datetime import date

    answer = {"case": [{"occurred_from": "2026-11-12T18:00", "born_on": "1990-01-02", "summary": "2026"}]}
    relative = answers.make_relative(answer, date(2026, 11, 13))
    assert relative["case"][0] == {"occurred_from": "{-1}T18:00", "born_on": "1990-01-02", "summary": "2026"}
    assert answers.fill_days(relative, date(2027, 1, 1))["case"][0]["occurred_from"] == "2026-12-31T18:00"
    assert "២០២៦" in answers.fill_days_in_text("ថ្ងៃ {-1}", date(2027, 1, 1), "km")
