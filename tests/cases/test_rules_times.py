"""Rules V001 to V006."""

from datetime import date, datetime, timedelta

from app.cases.models import Supplement
from app.cases.rules import CASE, SUPPLEMENT
from app.kernel.schema.rules import ERROR, WARNING, check_rules
from tests.factories import NOW, make_case, make_case_facts
from tests.rule_problems import check_case, select_problems


def test_case_requires_date_of_occurrence():
    assert check_case("V001", make_case(occurred_from=None)) == [("occurred_from", ERROR)]
    assert check_case("V001", make_case(time_unknown=True)) == []


def test_end_must_be_after_beginning():
    ended = datetime(2026, 3, 4, 18, 10)
    assert check_case("V002", make_case(occurred_to=ended)) == [("occurred_to", ERROR)]
    assert check_case("V002", make_case(occurred_to=None)) == []
    assert check_case("V002", make_case()) == []


def test_unknown_time_compares_days_only():
    same_day = datetime(2026, 3, 4)
    assert check_case("V002", make_case(time_unknown=True, occurred_to=same_day)) == []
    assert check_case("V003", make_case(time_unknown=True, reported_at=same_day)) == []
    assert check_case("V003", make_case(report_time_unknown=True, reported_at=same_day)) == []
    assert check_case("V003", make_case(reported_at=same_day)) == [("reported_at", ERROR)]
    day_before = datetime(2026, 3, 3)
    assert check_case("V002", make_case(time_unknown=True, occurred_to=day_before)) == [
        ("occurred_to", ERROR)
    ]


def test_report_must_be_after_the_end():
    assert check_case("V003", make_case(reported_at=datetime(2026, 3, 4, 19, 45))) == [("reported_at", ERROR)]
    assert check_case("V003", make_case(reported_at=datetime(2026, 3, 4, 19, 50))) == []
    without_end = make_case(occurred_to=None, reported_at=datetime(2026, 3, 4, 19, 30))
    assert check_case("V003", without_end) == [("reported_at", ERROR)]


def test_future_times_are_refused():
    late = NOW + timedelta(minutes=6)
    case = make_case(occurred_from=late, occurred_to=late, reported_at=late)
    assert check_case("V004", case) == [
        (field, ERROR) for field in ("occurred_from", "occurred_to", "reported_at")
    ]
    assert check_case("V004", make_case()) == []


def test_times_may_differ_by_five_minutes():
    assert check_case("V004", make_case(reported_at=NOW + timedelta(minutes=5))) == []


def test_registered_case_is_checked_at_its_entry_time():
    long_ago = make_case(recorded_at=datetime(2026, 3, 4, 21, 0))
    assert check_case("V005", long_ago, now=datetime(2027, 1, 1)) == []


def test_late_entry_needs_a_reason():
    late = {"now": datetime(2026, 3, 6, 20, 16)}
    problems = check_rules(CASE, make_case(), make_case_facts(**late))
    assert [(p.field, p.severity, p.reasons) for p in problems] == [("reported_at", WARNING, "late_reason")]
    assert check_case("V005", make_case(late_reason="staff_absent"), **late) == []
    assert check_case("V005", make_case(), now=datetime(2026, 3, 6, 20, 15)) == []


def test_date_before_1979_is_refused_and_before_2000_warned():
    def check_day(day):
        moment = datetime.combine(day, datetime.min.time())
        return check_case("V006", make_case(occurred_from=moment, occurred_to=moment))

    assert check_day(date(1979, 1, 6)) == [("occurred_from", ERROR)]
    assert check_day(date(1979, 1, 7)) == [("occurred_from", WARNING)]
    assert check_day(date(1999, 12, 31)) == [("occurred_from", WARNING)]
    assert check_day(date(2000, 1, 1)) == []


def test_supplement_date_in_the_future_is_refused():
    tomorrow = Supplement(learned_on=date(2026, 3, 6), text="…")
    assert select_problems("V004", check_rules(SUPPLEMENT, tomorrow, make_case_facts())) == [
        ("learned_on", ERROR)
    ]
    assert check_rules(SUPPLEMENT, Supplement(learned_on=date(2026, 3, 5), text="…"), make_case_facts()) == []
