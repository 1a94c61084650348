"""An arrest, an arrival or an end of custody of which only the day is known keeps the day, and the worst case counts."""

from datetime import datetime, time, timedelta

from sqlalchemy import select

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder
from app.custody import consistency_check
from app.custody.models import Arrest, Custody, CustodyStep
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    UNIT,
    enter_arrest,
    enter_custody,
    enter_custody_step,
    find_shown_rules,
    format_day,
    make_suspect,
)
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG
from tests.sql_calls import Program

DAY, ASKED = format_day(-1), {"at__V001__reason": "checked"}
BEGIN = datetime.combine((dates.now() - timedelta(days=1)).date(), time())
ONLY_DAY = {"arrived_at": DAY, "arrived_at__V001__reason": "checked"}


@prepared
def suspect(db_session):
    return make_suspect()


def find_fields(browser, arrest):
    form = browser.page(f"/arrest/edit/{arrest}").typed()
    return {name: values[-1] for name, values in form.items() if values and name not in ("q", "csrf_token")}


def read(db_session, model, pk):
    db_session.expire_all()
    return db_session.get(model, pk)


def test_a_day_without_a_time_stays_a_day(db_session, clerk, suspect, each_database):
    assert ("V001", "at") in find_shown_rules(enter_arrest(clerk, suspect, 422, at=DAY)), (
        "the time is asked for"
    )
    arrest = enter_arrest(clerk, suspect, at=DAY, **ASKED)
    held = enter_custody(clerk, arrest, **ONLY_DAY)
    found, custody = read(db_session, Arrest, arrest), db_session.get(Custody, held)
    assert (found.at, found.time_unknown, custody.arrived_at, custody.time_unknown) == (
        BEGIN,
        True,
        BEGIN,
        True,
    )
    assert custody.limit_at == BEGIN + timedelta(hours=48), "from the beginning of the day"
    day, moment = dates.format_date(BEGIN.date(), "km"), dates.format_datetime(BEGIN, "km")
    for url in (f"/arrest/show/{arrest}", "/arrest/list/", "/custody/list/"):
        page = clerk.page(url).text
        assert day in page and moment not in page, url
    assert "មិនដឹងម៉ោងពិតប្រាកដទេ" in clerk.page(f"/custody/show/{held}").text
    assert [row["time_unknown"] for row in clerk.get("/api/v1/arrests/").json["result"]] == [True]
    page = clerk.page(f"/arrest/edit/{arrest}")
    assert page.typed()["at"] == [f"{BEGIN:%d/%m/%Y}"], "an edit invents no time"


def test_a_time_entered_later_takes_the_place_of_the_day(db_session, clerk, suspect):
    arrest = enter_arrest(clerk, suspect, at=DAY, **ASKED)
    fields = find_fields(clerk, arrest)
    assert clerk.send(f"/arrest/edit/{arrest}", fields | {"officers": "កែវ"}).status_code == 302, "asked once"
    assert read(db_session, Arrest, arrest).time_unknown is True
    fields = find_fields(clerk, arrest)
    moment = f"{DAY} 14:30"
    assert clerk.send(f"/arrest/edit/{arrest}", fields | {"at": moment}).status_code == 302
    found = read(db_session, Arrest, arrest)
    assert (found.at.hour, found.time_unknown) == (14, False)


def test_a_program_that_sends_back_what_it_read_keeps_the_day(db_session, clerk, suspect):
    arrest, program = enter_arrest(clerk, suspect, at=DAY, **ASKED), Program(clerk)
    shown = program.get(f"arrests/{arrest}")["result"]
    values = {"version": shown["version"], "at": shown["at"], "officers": "កែវ"}
    program.put(f"arrests/{arrest}", values)
    found = read(db_session, Arrest, arrest)
    assert (found.officers, found.at, found.time_unknown) == ("កែវ", BEGIN, True)
    program.put(
        f"arrests/{arrest}", {"version": found.version, "at": shown["at"].replace("T00:00", "T14:30")}
    )
    found = read(db_session, Arrest, arrest)
    assert (found.at.hour, found.time_unknown) == (14, False)


def test_the_arrival_of_the_day_of_the_arrest_needs_no_time(db_session, clerk, suspect):
    arrest = enter_arrest(clerk, suspect, at=f"{DAY} 09:00")
    held = enter_custody(clerk, arrest, **ONLY_DAY)
    custody = read(db_session, Custody, held)
    assert (custody.arrived_at, custody.counts_from, custody.limit_at) == (
        BEGIN, BEGIN + timedelta(hours=9), BEGIN + timedelta(hours=9 + 48),
    ), "not before the arrest"  # fmt: skip
    assert consistency_check.find_drift(db_session.connection()) == []
    fields = find_fields(clerk, arrest) | {"at": f"{DAY} 11:00"}
    assert clerk.send(f"/arrest/edit/{arrest}", fields).status_code == 302
    assert read(db_session, Custody, held).limit_at == BEGIN + timedelta(hours=11 + 48)
    other = enter_arrest(clerk, make_suspect(number=4), at=f"{DAY} 09:00")
    before = {
        "arrest": other,
        "held_by": UNIT,
        "offence_class": "felony",
        **ONLY_DAY,
        "arrived_at": format_day(-2),
    }
    refused = clerk.send("/custody/add", before)
    assert refused.status_code == 422 and "V059" in refused.text


def test_an_end_without_a_time_counts_to_the_end_of_the_day(db_session, clerk, suspect, each_database):
    held = enter_custody(clerk, enter_arrest(clerk, suspect, at=f"{DAY} 09:00"), arrived_at=f"{DAY} 10:00")
    enter_custody_step(clerk, held, "end", at=DAY, outcome="to_prosecutor", **ASKED)
    custody = read(db_session, Custody, held)
    assert custody.ended_at == BEGIN + timedelta(hours=23, minutes=59) and custody.end_time_unknown
    assert [one.time_unknown for one in db_session.scalars(select(CustodyStep))] == [True]
    assert "23:59" not in clerk.page(f"/custody/show/{held}").text
    assert consistency_check.find_drift(db_session.connection()) == []


def test_another_arrest_of_the_day_of_an_escape_ends_the_escape(db_session, clerk, suspect, each_database):
    """Their order on that day is not known: the person was arrested, so the escape came first."""
    held = enter_custody(clerk, enter_arrest(clerk, suspect, at=f"{DAY} 09:00"), arrived_at=f"{DAY} 10:00")
    enter_custody_step(clerk, held, "end", at=DAY, outcome="escaped", **ASKED)
    assert db_session.get(PersonStatus, suspect.person_id).status == "escaped"
    again = enter_arrest(clerk, suspect, at=f"{DAY} 15:00", at__V069__reason="checked")
    db_session.expire_all()
    assert db_session.get(PersonStatus, suspect.person_id).status == "in_custody"
    assert db_session.get(Arrest, again).awaits_custody


def test_the_own_arrest_of_the_day_of_an_escape_does_not_end_it(db_session, clerk, suspect):
    held = enter_custody(clerk, enter_arrest(clerk, suspect, at=DAY, **ASKED), arrived_at=f"{DAY} 10:00")
    enter_custody_step(clerk, held, "end", at=f"{DAY} 15:00", outcome="escaped")
    assert db_session.get(PersonStatus, suspect.person_id).status == "escaped"


def test_a_custody_of_the_day_does_not_answer_an_arrest_without_a_time(
    db_session, clerk, suspect, each_database
):
    """The person was released in the morning and arrested again on that day: the second arrest has no custody."""
    held = enter_custody(clerk, enter_arrest(clerk, suspect, at=f"{DAY} 01:00"), arrived_at=f"{DAY} 02:00")
    enter_custody_step(clerk, held, "end", at=f"{DAY} 10:00", outcome="released")
    again = enter_arrest(
        clerk, suspect, at=DAY, at__V069__reason="checked", at__V181__reason="checked", **ASKED
    )
    assert read(db_session, Arrest, again).awaits_custody
    assert db_session.get(PersonStatus, suspect.person_id).status == "in_custody"
    assert consistency_check.find_drift(db_session.connection()) == []


def test_the_execution_of_an_order_keeps_the_day(db_session, clerk, suspect):
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    order_id = order.id
    on_order = {
        "ground": "warrant",
        "order": order_id,
        "place": BATTAMBANG,
        "match_reason": "ភាពបន្ទាន់",
        "at": DAY,
    }
    enter_arrest(clerk, suspect, involvement=None, **on_order, **ASKED)
    done = read(db_session, CourtOrder, order_id).acts[-1]
    assert (done.kind, done.time_unknown, db_session.get(CourtOrder, order_id).status) == (
        "executed", True, state_machine.EXECUTED,
    )  # fmt: skip


def test_the_arrest_names_the_offences_of_its_case(db_session, clerk, suspect, each_database):
    codes = [row.offence_code for row in suspect.case.offences]
    page = clerk.page(f"/arrest/add?involvement={suspect.id}")
    assert sorted(one["value"] for one in page.all("input", name="charges")) == sorted(codes)
    arrest = enter_arrest(clerk, suspect, charges=codes[1])
    assert [*read(db_session, Arrest, arrest).charge_codes] == [codes[1]]
    name = db_session.get(Arrest, arrest).case.offences[1].offence.name_km
    assert name in clerk.page(f"/arrest/show/{arrest}").text
    other = make_suspect(felony=False, number=5)
    found = find_shown_rules(enter_arrest(clerk, other, 422, charges=codes[1]))
    assert {rule for rule, field in found if field.startswith("charges")} == {"V052"}
