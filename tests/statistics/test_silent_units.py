"""A unit without entries beyond its usual interval is reported to its chief, once for each silence."""

from datetime import timedelta

from sqlalchemy import select

from app.extensions import db
from app.inbox.models import Message
from app.kernel.actor import SYSTEM, act_as
from app.kernel.text import dates
from app.reference.models import Unit
from app.statistics import reader, silent_units, timeliness
from tests.accounts.sample_staff import change_as_system
from tests.sample_rows import acting_as, add_registered_case


def make_entries(unit, first_id, last_days_ago, number=25):
    """Return one case a day, the last so many days ago."""
    now = dates.now()
    return [
        {"id": first_id + n, "unit": unit, "imported": False, "recorded": now - timedelta(days=last_days_ago + number - n - 1)}
        for n in range(number)
    ]  # fmt: skip


def send():
    act_as(db.session, SYSTEM)
    return silent_units.report_silent_units(db.session)


def find_notices():
    found = db.session.scalars(
        select(Message).where(Message.text_key == silent_units.SILENT).order_by(Message.id)
    )
    return [(one.to_role, one.to_unit_code, one.entity_id, one.facts["days"]) for one in found]


def test_silent_unit_is_reported_once_to_its_chief(session, publish_facts, each_database, client_as):
    publish_facts(
        cases=[
            *make_entries("PC-02", 1, 9),
            *make_entries("PC-12", 101, 3),
            *make_entries("PC-01", 201, 9, 10),
        ]
    )
    assert (send(), send()) == (1, 0)
    assert find_notices() == [("Provincial chief", "PC-02", 25, 9)]
    assert "has registered no case for 9 days" in client_as("chief.bb", "en").page("/inbox/list/").text


def test_new_silence_is_reported_again(session, publish_facts):
    publish_facts(cases=make_entries("PC-02", 1, 9))
    assert send() == 1
    publish_facts(cases=[{**make_entries("PC-02", 26, 8, 1)[0]}])
    assert send() == 1
    assert [row[2] for row in find_notices()] == [25, 26]


def test_entry_that_is_not_in_the_figures_yet_is_no_silence(session, publish_facts):
    publish_facts(cases=make_entries("PC-02", 1, 9))
    with acting_as("clerk.bb"):
        add_registered_case()
    session.commit()
    assert send() == 0


def test_closed_unit_is_not_silent(session, publish_facts, client_as, each_database):
    publish_facts(cases=make_entries("DI-0201", 1, 9))
    figures, now = reader.open_reader(), dates.now()
    assert [one.is_unusual for one in timeliness.find_silence(figures, reader.NATIONWIDE, now)] == [True]

    def close():
        unit = db.session.get(Unit, "DI-0201")
        unit.valid_to, unit.successor_code = now.date() - timedelta(days=5), "PC-02"

    change_as_system(close)
    assert send() == 0
    assert [one.is_unusual for one in timeliness.find_silence(figures, reader.NATIONWIDE, now)] == [False]
    page = client_as("chief.bb", "en").page("/statistics/timeliness/unit/DI-0201")
    assert "(closed)" in page.all("h1")[0].text
    assert page.all("a", href=True) and "/statistics/timeliness/unit/PC-02" in {
        one["href"].partition("?")[0] for one in page.all("a", href=True)
    }


def test_unit_founded_within_the_period_is_not_silent(session, publish_facts):
    """Its few entries do not show what is usual for it."""
    publish_facts(cases=make_entries("PC-02", 1, 9, 19))
    assert send() == 0


def test_without_figures_nothing_is_reported(session):
    assert send() == 0
