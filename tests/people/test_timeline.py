"""Events of one day are sorted in the order in which they can have happened."""

from datetime import date, datetime

from app.people.timeline import Event

DAY = date(2026, 3, 5)


def test_release_sorts_after_arrest_and_prison_of_same_day():
    order = Event(DAY, "order", shape="square")
    arrest = Event(datetime(2026, 3, 5, 9, 42), "arrest", shape="dot")
    prison = Event(DAY, "prison", shape="clock")
    liberty = Event(DAY, "liberty", shape="ring")
    told = sorted((liberty, arrest, order, prison), key=lambda event: event.sort_key)
    assert [event.title for event in told] == ["order", "arrest", "prison", "liberty"]


def test_escape_sorts_after_prison_of_same_day():
    end = Event(DAY, "end of what was before", shape="dot")
    prison = Event(DAY, "prison", shape="clock")
    escape = Event(DAY, "escape", shape="dot", after="clock")
    liberty = Event(DAY, "liberty", shape="ring")
    told = sorted((escape, liberty, prison, end), key=lambda event: event.sort_key)
    assert [event.title for event in told] == ["end of what was before", "prison", "escape", "liberty"]


def test_judgment_sorts_before_its_steps():
    judgment = Event(DAY, "judgment", shape="diamond")
    notified = Event(DAY, "notified", shape="dot", after="diamond")
    final = Event(DAY, "final", shape="diamond", after="diamond")
    prison = Event(DAY, "prison", shape="clock")
    told = sorted((prison, notified, final, judgment), key=lambda event: event.sort_key)
    assert [event.title for event in told] == ["judgment", "notified", "final", "prison"]


def test_execution_sorts_after_arrest_of_same_minute():
    noon = datetime(2026, 3, 5, 12, 0)
    arrest, executed = Event(noon, "arrest", shape="dot"), Event(noon, "executed", shape="dot", after="dot")
    told = sorted((executed, arrest), key=lambda event: event.sort_key)
    assert [event.title for event in told] == ["arrest", "executed"]
