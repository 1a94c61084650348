"""Events of one day stand in the order in which they can have happened."""

from datetime import date, datetime

from app.people.timeline import Event

DAY = date(2026, 3, 5)


def test_whoever_was_arrested_imprisoned_and_released_on_one_day_was_released_last():
    order = Event(DAY, "order", shape="square")
    arrest = Event(datetime(2026, 3, 5, 9, 42), "arrest", shape="dot")
    prison = Event(DAY, "prison", shape="clock")
    liberty = Event(DAY, "liberty", shape="ring")
    told = sorted((liberty, arrest, order, prison), key=lambda event: event.order)
    assert [event.title for event in told] == ["order", "arrest", "prison", "liberty"]


def test_who_escaped_on_the_first_day_was_imprisoned_before():
    end = Event(DAY, "end of what was before", shape="dot")
    prison = Event(DAY, "prison", shape="clock")
    escape = Event(DAY, "escape", shape="dot", after="clock")
    liberty = Event(DAY, "liberty", shape="ring")
    told = sorted((escape, liberty, prison, end), key=lambda event: event.order)
    assert [event.title for event in told] == ["end of what was before", "prison", "escape", "liberty"]


def test_a_judgment_was_given_before_it_was_notified_and_became_final():
    judgment = Event(DAY, "judgment", shape="diamond")
    notified = Event(DAY, "notified", shape="dot", after="diamond")
    final = Event(DAY, "final", shape="diamond", after="diamond")
    prison = Event(DAY, "prison", shape="clock")
    told = sorted((prison, notified, final, judgment), key=lambda event: event.order)
    assert [event.title for event in told] == ["judgment", "notified", "final", "prison"]


def test_an_order_is_executed_by_the_arrest_of_that_minute():
    noon = datetime(2026, 3, 5, 12, 0)
    arrest, executed = Event(noon, "arrest", shape="dot"), Event(noon, "executed", shape="dot", after="dot")
    told = sorted((executed, arrest), key=lambda event: event.order)
    assert [event.title for event in told] == ["arrest", "executed"]
