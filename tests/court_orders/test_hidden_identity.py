"""An order against a person below 18 names the person to its units, their chief, and units with a confirmed match."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.accounts.user_scope import build_user_scope
from app.court_orders import queries
from app.court_orders.models import CourtOrder, OrderFile
from app.court_orders.row_filter import shows_minor
from app.court_orders.worklist import WorklistQuery
from app.kernel.actor import Actor, act_as
from app.kernel.text import dates
from app.printouts import bulletins, patrol_lists
from app.reference.models import Unit
from tests.cases.test_row_filter import session_as
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import make_active_order, make_order
from tests.exports.file_contents import download, read_text, run_export
from tests.locked_records import LOCKED_AGE, registered_before
from tests.matrix.provinces import NAME, NAME_LATIN, SECRET
from tests.prepared import prepared
from tests.printouts.test_documents import collect_text, read_as
from tests.sample_rows import FILE_COLUMNS, acting_as, make_registered_person
from tests.special_access.sample_cases import find_user
from tests.sql_calls import Program

CHANNELS = {
    "order": ("get", "/courtorder/show/{order}", None),
    "orders": ("get", "/courtorder/list/", None),
    "edit form": ("get", "/courtorder/edit/{order}", None),
    "check": ("get", "/order-verification/{order}", None),
    "work list": ("get", "/orders/worklist/", None),
    "received": ("get", "/orders/worklist/?list=check", None),
    "patrol list": ("get", "/printout/patrol", None),
    "order by API": ("get", "/api/v1/court-orders/{order}", None),
    "orders by API": ("get", "/api/v1/court-orders/", None),
    "events by API": ("get", "/api/v1/order-events/", None),
    "person": ("get", "/person/show/{person}", None),
    "people": ("get", "/person/list/", None),
    "search": ("send", "/find/", {"q": NAME_LATIN}),
    "lookup": ("send", "/lookup/card", {"q": NAME_LATIN}),
}


@prepared
def order(db_session):
    """A warrant of a district of Battambang against a person of 16 without a case. Its officer is warrant.pp."""
    find_user("warrant.pp").unit = db_session.get(Unit, "DI-0203")
    db_session.commit()
    return add_order(db_session, make_active_order)


def add_order(db_session, make, **over):
    born = date(dates.now().year - 16, 1, 1)
    names = {"surname_km": NAME, "surname_latin": NAME_LATIN, "father_name": SECRET, "born_on": born}
    with acting_as("warrant.pp"):
        person = make_registered_person(**names)
        db_session.add(person)
        db_session.flush()
        options = {"person": person} if make is make_active_order else {}
        order = make(**options, writer="warrant.pp", **names, **over)
        db_session.add(OrderFile(order=order, **FILE_COLUMNS))
    db_session.commit()
    return order


def ask(browser, channel, order):
    method, url, body = CHANNELS[channel]
    url = url.format(order=order.id, person=order.person_id or 0)
    answer = browser.get(url) if method == "get" else browser.send(url, body)
    return answer.text.replace(NAME_LATIN if body else "\0", "")


@pytest.mark.parametrize("username", ["manager", "monitor", "warrant.bb", "investigator.bb", "clerk.bb"])
def test_person_below_18_is_not_named_to_other_units(each_database, client_as, order, username):
    browser = client_as(username)
    for channel in CHANNELS:
        found = ask(browser, channel, order)
        assert not {word for word in (NAME, NAME_LATIN, SECRET) if word in found}, channel
    assert f"{NAME[0]}. ដ. P-{order.person_id:07d}" in ask(browser, "work list", order)
    assert browser.get(f"/file/order-file/{order.files[0].id}/full").status_code == 404


@pytest.mark.parametrize("username", ["warrant.pp", "chief.bb"])
def test_units_of_the_order_and_their_chief_see_the_name(each_database, client_as, order, username):
    for channel in ("order", "work list", "order by API", "person"):
        assert NAME in ask(client_as(username), channel, order), channel


def test_adult_of_an_order_is_named(client_as, db_session):
    make_active_order()
    db_session.commit()
    assert "សុខ ដារ៉ា" in client_as("warrant.bb").page("/orders/worklist/").text


def test_name_follows_a_corrected_birth(each_database, client_as, db_session, order):
    number = request_correction(client_as("chief.bb"), order, born_on="01/01/1990")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    order.person.born_on = date(1990, 1, 1)
    db_session.commit()
    db_session.refresh(order)
    assert not order.minor and NAME in ask(client_as("investigator.bb"), "order", order)
    order.person.born_on = date(dates.now().year - 17, 12, 31)
    db_session.commit()
    db_session.refresh(order)
    assert order.minor and NAME not in ask(client_as("investigator.bb"), "order", order)


def test_other_unit_cannot_identify_or_change_the_person(each_database, client_as, db_session, order):
    received = add_order(db_session, make_order, number="7/26")
    browser = client_as("warrant.bb")
    person = make_registered_person(number=4)
    db_session.add(person)
    db_session.commit()
    page = browser.send(f"/order-verification/{received.id}", {"new": "y"}, follow_redirects=True)
    assert "ក្រោម ១៨ ឆ្នាំ" in page.text or "below 18" in page.text
    answer = browser.post(
        f"/api/v1/court-orders/{received.id}/check",
        json={"new": True},
        headers={"X-CSRFToken": browser.token},
    )
    assert answer.status_code == 422 and NAME not in answer.text
    version = browser.get(f"/api/v1/court-orders/{received.id}").json["result"]["version"]
    body = {"version": version, "father_name": "ក"}
    headers = {"X-CSRFToken": browser.token}
    answer = browser.put(f"/api/v1/court-orders/{received.id}", json=body, headers=headers)
    assert answer.status_code == 422 and SECRET not in answer.text
    db_session.refresh(received)
    assert received.status == "received" and received.father_name == SECRET


def test_no_export_names_the_person(client_as, order):
    browser = client_as("warrant.pp")
    content = read_text(download(browser, run_export(browser, "/export/table/CourtOrderView")))
    assert order.number in content
    assert not {word for word in (NAME, NAME_LATIN, SECRET, str(order.born_on)) if word in content}


def test_printouts_do_not_name_the_person(app, order):
    with read_as(app, "investigator.bb"):
        orders = patrol_lists.load_orders(WorklistQuery(), queries.current_scope(), "PC-02")
        printed = collect_text(patrol_lists.build_printout(orders, ""))
    assert order.number in printed and NAME not in printed and NAME_LATIN.upper() not in printed


def test_no_bulletin_of_an_adult_who_was_16_at_the_offence(app, db_session):
    person = make_registered_person(born_on=date(2005, 1, 1))
    db_session.add(person)
    db_session.flush()
    order = make_active_order(person=person, occurred_on=date(2021, 6, 1))
    db_session.commit()
    with read_as(app, "warrant.bb"):
        assert bulletins.explain_refusal(bulletins.load_record(order.id))


def test_author_sees_the_name_for_48_hours(db_session):
    find_user("warrant.pp").unit = db_session.get(Unit, "DI-0203")
    db_session.commit()
    with registered_before(LOCKED_AGE):
        old = add_order(db_session, make_order, number="8/26")
    new, scope = add_order(db_session, make_order, number="9/26"), build_user_scope(find_user("clerk.bb"))
    assert not shows_minor(new, scope)
    (_clerk, since), author = scope.entered_by, new.recorded_by_id
    scope = replace(scope, entered_by=(author, since))
    assert shows_minor(new, scope) and not shows_minor(old, scope)


@pytest.mark.parametrize("username", ["manager", "investigator.bb", "warrant.pp", "chief.bb", "planning"])
def test_scans_are_visible_where_the_name_is(db_session, order, username):
    user = find_user(username)
    act_as(db_session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
    db_session.expire_all()
    shown = db_session.get(CourtOrder, order.id)
    assert bool(db_session.query(OrderFile).count()) == (not shown.hides_identity)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_plain_sql_finds_no_person_below_18_of_another_unit(db_session, order):
    """The same holds for a suspect of a case, and for the tables of the person."""
    asked_for = text("SELECT count(*) FROM person WHERE surname_km = :name").bindparams(name=NAME)
    names = ("investigator.bb", "clerk.bb", "manager", "warrant.pp", "chief.bb")
    found = {}
    for username in names:
        with session_as(username) as session:
            found[username] = session.connection().execute(asked_for).scalar()
    assert found == dict.fromkeys(names[:3], 0) | dict.fromkeys(names[3:], 1)


def test_young_age_on_paper_hides_an_unknown_person(db_session, client_as):
    find_user("warrant.pp").unit = db_session.get(Unit, "DI-0203")
    db_session.commit()
    day = dates.now().date() - timedelta(days=10)
    order = make_order(writer="warrant.pp", surname_km=NAME, age_stated=17, issued_on=day)
    db_session.commit()
    assert order.minor and NAME not in ask(client_as("warrant.bb"), "received", order)
    program = Program(client_as("warrant.bb"))
    version = program.get(f"court-orders/{order.id}")["result"]["version"]
    program.put(f"court-orders/{order.id}", {"age_stated": 30, "version": version}, 422)
    assert NAME not in ask(client_as("warrant.bb"), "received", order)
