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
    escape = Event(DAY, "escape", shape="dot", within=True)
    liberty = Event(DAY, "liberty", shape="ring")
    told = sorted((escape, liberty, prison, end), key=lambda event: event.order)
    assert [event.title for event in told] == ["end of what was before", "prison", "escape", "liberty"]
