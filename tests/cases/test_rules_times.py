"""Rules V001 to V006."""

from datetime import date, datetime, timedelta

from app.cases.models import Supplement
from app.cases.rules import CASE, SUPPLEMENT
from app.kernel.schema.rules import ERROR, WARNING, ask
from tests.factories import NOW, a_case, facts_of_a_case
from tests.search_requests import heard, said_of_case


def test_the_day_on_which_it_happened_is_known():
    assert said_of_case("V001", a_case(occurred_from=None)) == [("occurred_from", ERROR)]
    assert said_of_case("V001", a_case(time_unknown=True)) == []


def test_a_case_ends_after_it_begins():
    ended = datetime(2026, 3, 4, 18, 10)
    assert said_of_case("V002", a_case(occurred_to=ended)) == [("occurred_to", ERROR)]
    assert said_of_case("V002", a_case(occurred_to=None)) == []
    assert said_of_case("V002", a_case()) == []


def test_where_the_time_is_not_known_the_day_alone_counts():
    same_day = datetime(2026, 3, 4)
    assert said_of_case("V002", a_case(time_unknown=True, occurred_to=same_day)) == []
    assert said_of_case("V003", a_case(time_unknown=True, reported_at=same_day)) == []
    day_before = datetime(2026, 3, 3)
    assert said_of_case("V002", a_case(time_unknown=True, occurred_to=day_before)) == [("occurred_to", ERROR)]


def test_a_case_is_reported_after_it_ended():
    assert said_of_case("V003", a_case(reported_at=datetime(2026, 3, 4, 19, 45))) == [("reported_at", ERROR)]
    assert said_of_case("V003", a_case(reported_at=datetime(2026, 3, 4, 19, 50))) == []
    without_end = a_case(occurred_to=None, reported_at=datetime(2026, 3, 4, 19, 30))
    assert said_of_case("V003", without_end) == [("reported_at", ERROR)]


def test_nothing_happens_or_is_reported_in_the_future():
    late = NOW + timedelta(minutes=6)
    case = a_case(occurred_from=late, occurred_to=late, reported_at=late)
    assert said_of_case("V004", case) == [
        (field, ERROR) for field in ("occurred_from", "occurred_to", "reported_at")
    ]
    assert said_of_case("V004", a_case()) == []


def test_clocks_may_differ_by_five_minutes():
    assert said_of_case("V004", a_case(reported_at=NOW + timedelta(minutes=5))) == []


def test_a_registered_case_is_judged_by_the_time_of_its_entry():
    long_ago = a_case(recorded_at=datetime(2026, 3, 4, 21, 0))
    assert said_of_case("V005", long_ago, now=datetime(2027, 1, 1)) == []


def test_a_late_entry_has_a_reason():
    late = {"now": datetime(2026, 3, 6, 20, 16)}
    problems = ask(CASE, a_case(), facts_of_a_case(**late))
    assert [(p.field, p.severity, p.reasons) for p in problems] == [("reported_at", WARNING, "late_reason")]
    assert said_of_case("V005", a_case(late_reason="staff_absent"), **late) == []
    assert said_of_case("V005", a_case(), now=datetime(2026, 3, 6, 20, 15)) == []


def test_a_case_before_1979_is_refused_and_one_before_2000_asked_about():
    def of(day):
        moment = datetime.combine(day, datetime.min.time())
        return said_of_case("V006", a_case(occurred_from=moment, occurred_to=moment))

    assert of(date(1979, 1, 6)) == [("occurred_from", ERROR)]
    assert of(date(1979, 1, 7)) == [("occurred_from", WARNING)]
    assert of(date(1999, 12, 31)) == [("occurred_from", WARNING)]
    assert of(date(2000, 1, 1)) == []


def test_a_supplement_is_learned_before_it_is_written():
    tomorrow = Supplement(learned_on=date(2026, 3, 6), text="…")
    assert heard("V004", ask(SUPPLEMENT, tomorrow, facts_of_a_case())) == [("learned_on", ERROR)]
    assert ask(SUPPLEMENT, Supplement(learned_on=date(2026, 3, 5), text="…"), facts_of_a_case()) == []
