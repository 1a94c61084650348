"""Suspects below 18 are named to the investigators and the chief of the owner unit, and to the clerk for 48 hours."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Involvement
from app.custody.models import Arrest, Custody, Judgment
from app.inbox.models import Message
from app.kernel.text import dates
from app.reference.models import Unit
from tests.corrections.steps import apply_correction, decide, load_correction, request_correction
from tests.custody.form_data import enter_arrest, enter_custody, enter_judgment, format_ago, format_day
from tests.exports.file_contents import download, read_text, run_export
from tests.locked_records import LOCKED_AGE, registered_before
from tests.matrix.provinces import NAME, NAME_LATIN
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

DOCUMENT = "098765432"
# The page or list, and the form or JSON body that asks for it.
CHANNELS = {
    "list": ("get", "/person/list/", None),
    "involvements": ("get", "/involvement/list/", None),
    "names": ("get", "/personname/list/", None),
    "case": ("get", "/case/show/{case}", None),
    "person": ("get", "/person/show/{person}", None),
    "search by name": ("send", "/find/", {"q": NAME_LATIN}),
    "search by number": ("send", "/find/", {"q": DOCUMENT}),
    "suggestions": ("send", "/find/suggest", {"q": NAME_LATIN}),
    "persons by API": ("get", "/api/v1/persons/", None),
    "involvements by API": ("get", "/api/v1/involvements/", None),
    "person by API": ("get", "/api/v1/persons/{person}", None),
    "lookup": ("send", "/lookup/card", {"q": NAME_LATIN}),
}


@pytest.fixture
def minor(db_session):
    """The row of a suspect of Battambang who was 16."""
    return add_minor(db_session)


def add_minor(db_session):
    person = make_registered_person(surname_km=NAME, surname_latin=NAME_LATIN)
    person.born_on = date(dates.now().year - 16, 1, 1)
    person.documents[0].number = DOCUMENT
    with acting_as("clerk.bb"):
        people = [(person, "suspect"), (make_registered_person(number=2), "suspect")]
        row = add_registered_case(people=people).involvements[0]
    db_session.commit()
    assert row.protection == "minor"
    return row


@pytest.mark.parametrize("how", ["birth", "day of the case"])
def test_corrected_adult_is_shown_by_name(db_session, client_as, how, each_database):
    day = dates.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=9)
    person = make_registered_person(surname_km=NAME, surname_latin=NAME_LATIN)
    person.born_on = day.date() - timedelta(days=18 * 366)
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        people = [(person, "suspect"), (make_registered_person(number=2), "suspect")]
        times = {
            "occurred_from": day,
            "occurred_to": None,
            "reported_at": day,
            "late_reason": "reported_late",
        }
        row = add_registered_case(people=people, **times).involvements[0]
        db_session.commit()
    if how == "birth":
        record, adult, young = person, {"born_on": f"{person.born_on}"}, {"born_on": f"{day.year - 16}-01-01"}
    else:
        record = row.case
        adult, young = ({"occurred_from": f"{one:%d-%m-%Y %H:%M}"} for one in (day, day - timedelta(days=60)))
    reader, pk = client_as("clerk.bb"), row.id
    chief, planner, group = (client_as(name) for name in ("chief.bb", "planning", "twg"))

    def correct(values):
        number = request_correction(chief, record, **values)
        follows = any(
            one.derived and one.column_name == "protection" for one in load_correction(number).fields
        )
        assert decide(planner, number).status_code == apply_correction(group, number).status_code == 302
        db_session.expire_all()
        one = db_session.get(Involvement, pk)
        return one.minor, one.protection, follows, NAME in ask(reader, "case", one)

    assert correct(young) == (True, "minor", True, False)
    assert correct(adult) == (False, None, True, True)
    assert correct(young) == (True, "minor", True, False)


def ask(browser, channel, minor):
    method, url, body = CHANNELS[channel]
    url = url.format(case=minor.case_id, person=minor.person_id)
    answer = browser.get(url) if method == "get" else browser.send(url, body)
    return answer.text


@pytest.mark.parametrize("username", ["manager", "monitor", "warrant.bb", "warrant.pp", "clerk.pp"])
def test_minor_suspect_is_not_named_to_others(each_database, client_as, minor, username):
    browser = client_as(username)
    for channel in CHANNELS:
        text = ask(browser, channel, minor)
        is_typed = CHANNELS[channel][2] is not None  # the page of a search repeats the typed text
        assert NAME not in text and (is_typed or NAME_LATIN not in text), channel


def test_minor_suspect_is_shown_by_initials_and_number(client_as, minor):
    for username in ("monitor", "warrant.bb"):
        page = client_as(username).page(f"/case/show/{minor.case_id}")
        assert f"{NAME[0]}. ដ. P-{minor.person_id:07d}" in page.text


def test_clerk_sees_the_name_for_48_hours(each_database, client_as, db_session):
    with registered_before(LOCKED_AGE):
        old = add_minor(db_session)
    clerk = client_as("clerk.bb")
    for channel in CHANNELS:
        text = ask(clerk, channel, old)
        assert NAME not in text and (CHANNELS[channel][2] is not None or NAME_LATIN not in text), channel
    assert NAME in ask(client_as("investigator.bb"), "case", old)


def test_unit_that_holds_a_minor_sees_the_name(each_database, client_as, db_session):
    with registered_before(LOCKED_AGE):
        old = add_minor(db_session)
    with acting_as("warrant.bb"):
        unit = db_session.get(Unit, "PC-02")
        at = dates.now().replace(microsecond=0)
        db_session.add(Arrest(involvement=old, at=at, ground="flagrant", by_unit=unit, officers="កែវ"))
        db_session.commit()
    for username in ("clerk.bb", "warrant.bb"):
        assert NAME in ask(client_as(username), "person", old)


CHIEF_AND_UNIT = [("Provincial chief", "PC-02"), (None, "PC-02")]


def list_notices(db_session):
    """Return (role, unit) of the notices that an act opened the name of a minor."""
    found = db_session.scalars(select(Message).where(Message.text_key == "person.minor_recorded"))
    return sorted(((one.to_role, one.to_unit_code) for one in found), key=str)


@pytest.mark.parametrize("username", ["clerk.bb", "warrant.bb"])
def test_officer_who_does_not_see_the_minor_records_the_arrest(
    each_database, client_as, db_session, username
):
    """The shortest time limit of the law starts, and the form names the minor by initials."""
    with registered_before(LOCKED_AGE):
        old = add_minor(db_session)
    browser = client_as(username)
    typed = {"involvement": old.id, "at": format_ago(hours=6), "ground": "flagrant", "by_unit": "PC-02"}
    refused = browser.send("/arrest/add", typed | {"at": "01/01/2099 10:00"})
    assert refused.status_code == 422 and NAME not in refused.text
    assert list_notices(db_session) == []
    arrest = db_session.get(Arrest, enter_arrest(browser, old))
    assert arrest.person_id == old.person_id
    assert list_notices(db_session) == CHIEF_AND_UNIT
    custody = db_session.get(Custody, enter_custody(browser, arrest.id, offence_class="misdemeanour"))
    assert custody.limit_at - custody.counts_from == timedelta(hours=36)
    assert list_notices(db_session) == CHIEF_AND_UNIT, "the unit sees the name since the arrest"


def test_unit_that_an_edit_names_for_a_moment_loses_the_minor_again(each_database, client_as, db_session):
    with registered_before(LOCKED_AGE):
        old = add_minor(db_session)
    arrest = db_session.get(Arrest, enter_arrest(client_as("investigator.bb"), old))
    assert list_notices(db_session) == [], "the investigator sees the name"
    for unit, is_named in (("PC-12", True), ("PC-02", False)):
        db_session.refresh(arrest)
        changes = {"version": arrest.version, "by_unit": unit}
        Program(client_as("investigator.bb")).put(f"arrests/{arrest.id}", changes, 200)
        assert (NAME in ask(client_as("warrant.pp"), "person", old)) is is_named
    assert NAME in ask(client_as("warrant.bb"), "person", old)
    assert list_notices(db_session) == CHIEF_AND_UNIT


def test_judgment_of_a_minor_is_recorded_by_a_clerk(each_database, client_as, db_session):
    with registered_before(LOCKED_AGE):
        old = add_minor(db_session)
    judgment = db_session.get(Judgment, enter_judgment(client_as("clerk.bb"), old, decided_on=format_day()))
    assert judgment.person_id == old.person_id
    assert list_notices(db_session) == CHIEF_AND_UNIT


def test_owner_unit_sees_the_name(each_database, client_as, minor):
    for username in ("investigator.bb", "chief.bb", "clerk.bb"):
        assert NAME in ask(client_as(username), "case", minor)
        assert NAME in ask(client_as(username), "search by name", minor)


def test_no_export_names_an_adult_as_the_minor_suspect_of_an_earlier_case(
    each_database, client_as, db_session
):
    """The person is visible by a later case as an adult. The rows of the earlier case name nobody."""
    now = dates.now().replace(second=0, microsecond=0)
    person = make_registered_person(surname_km=NAME, surname_latin=NAME_LATIN)
    person.born_on = (now - timedelta(days=6)).date().replace(year=now.year - 18)
    begun = now - timedelta(days=9)
    days = {"occurred_from": begun, "occurred_to": begun + timedelta(hours=1), "reported_at": now}
    with acting_as("clerk.bb"):
        early, later = (
            add_registered_case(people=[(person, "suspect")], **over).involvements[0] for over in (days, {})
        )
        by_unit = db_session.get(Unit, "PC-02")
        db_session.add_all(
            Arrest(involvement=row, at=now, ground="flagrant", by_unit=by_unit, officers="ម")
            for row in (early, later)
        )
        db_session.commit()
    assert (early.protection, later.protection) == ("minor", None)
    browser = client_as("manager")
    for view in ("InvolvementView", "ArrestView"):
        content = read_text(download(browser, run_export(browser, f"/export/table/{view}")))
        assert content.count(NAME) == content.count(f"P-{person.id:07d}") == 1, view
        assert early.case.number in content


@pytest.mark.parametrize("view", ["PersonView", "InvolvementView", "PersonNameView"])
def test_no_export_names_a_minor_suspect(each_database, client_as, minor, view):
    browser = client_as("investigator.bb")
    content = read_text(download(browser, run_export(browser, f"/export/table/{view}")))
    assert NAME not in content and NAME_LATIN not in content and DOCUMENT not in content
    assert content.count("ដារ៉ា"), "the other suspect is in the file"
