"""Every page, list, card, printout and export shows the same status of a person and the same role in a case."""

from datetime import date

import pytest
from sqlalchemy import delete, insert, update

from app.audit_review import court_access
from app.cases.models import Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.court_orders import queries, state_machine
from app.court_orders.models import CourtOrder
from app.court_orders.worklist import WorklistQuery
from app.extensions import db
from app.kernel.schema import code_lists
from app.people import status
from app.people.models import Person
from app.people.status import STRONGEST_FIRST, WANTED, PersonStatus
from app.printouts import bulletins, patrol_lists, person_files
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import enter_judgment, format_day, make_suspect, send_form
from tests.exports.file_contents import download, run_export, unzip
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared
from tests.printouts.pdf_text import build_case_sheet, collect_text, read_as
from tests.retention.sample_acts import add_act, confirm
from tests.search.conftest import search_page
from tests.sql_calls import Program

ROLES = {
    "convicted_not_final": "ពិរុទ្ធជន (សាលក្រមមិនទាន់ស្ថាពរ)", "convicted": "ទណ្ឌិត",
}  # fmt: skip


ONE_STATUS = ("people of the case", "lookup", "badge of the lookup")  # these say no more about the person
WANTED_LABEL, NOT_WANTED = "កំពុងតាមចាប់ខ្លួន", "គ្មាននរណាត្រូវតាមចាប់ខ្លួនតាមដីកានេះទេ"


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 60)


def print_person(app, person_id):
    with read_as(app, "investigator.bb"):
        return collect_text(person_files.build_printout(person_files.load_record(person_id)))


def find_texts(app, browser, suspect, places):
    """Return place → the text in which a role or a status of the suspect is stated."""
    name, case_id, person_id = str(suspect.person), suspect.case_id, suspect.person_id
    person = browser.page(f"/person/show/{person_id}")
    texts = {
        "page of the person": lambda: person.text,
        "timeline": lambda: " ".join(one.text for one in person.all("ol")),
        "case": lambda: " ".join(
            one.text for one in browser.page(f"/case/show/{case_id}").all("a", css="plainlink")
        ),
        "card": lambda: search_page(browser, name).all("li", css="result")[0].text,
        "case sheet": lambda: collect_text(build_case_sheet(app, "investigator.bb", case_id)),
        "file of the person": lambda: print_person(app, person_id),
        "list of people": lambda: browser.page("/person/list/").all("table")[0].text,
    }
    return {place: texts[place]() for place in places}


def export_roles(browser, case_id):
    files = unzip(download(browser, run_export(browser, f"/export/case/{case_id}")))
    return files["involvement.csv"].decode()


def test_every_place_shows_the_role_of_the_judgments_in_force(app, db_session, client_as, suspect):
    clerk, investigator = client_as("clerk.bb"), client_as("investigator.bb")
    judgment_id = enter_judgment(clerk, suspect, decided_on=format_day(-50))
    db.session.get(Involvement, suspect.id).role = "convicted_not_final"
    db_session.commit()
    places = ("timeline", "case", "card", "case sheet", "file of the person")

    def check(expected):
        suspect = db.session.get(Involvement, suspect_id)
        texts = find_texts(app, investigator, suspect, places)
        texts |= {"export": export_roles(investigator, suspect.case_id)}
        for name, text in texts.items():
            assert {role for role, label in ROLES.items() if label in text} == expected, name
        (role,) = expected or {"accused"}  # a judgment was given
        program = Program(investigator)
        answer = program.get(f"involvements/{suspect.id}")["result"]
        assert (answer["role"], answer["current_role"]) == ("convicted_not_final", role)
        for one in SUSPECT_ROLES:
            found = program.get("involvements/", role=one)["result"]
            assert [(row["id"], row["current_role"]) for row in found] == [(suspect.id, role)] * (one == role)

    suspect_id = suspect.id
    check({"convicted_not_final"})
    typed = {"judgment": judgment_id, "document_no": "5/26"}
    send_form(clerk, "judgmentstep", kind="final", done_on=format_day(-10), **typed)
    check({"convicted"})
    send_form(clerk, "judgmentstep", kind="set_aside", done_on=format_day(), **typed)
    check(set())


def find_statuses(app, browser, order_id, act_id):
    """Return place → the text in which the status of the person of an order is stated."""
    with read_as(app, "chief.bb"):
        court_file = collect_text(court_access.build_printout(court_access.load_record(act_id)))
        order = db.session.get(CourtOrder, order_id)
        name, case_id = str(order.person), order.case_id
    pages = {"people of the case": f"/case/show/{case_id}", "order": f"/courtorder/show/{order_id}"}
    found = {
        place: " ".join(one.text for one in browser.page(url).all("span", css="status"))
        for place, url in pages.items()
    }
    (item,) = browser.send("/lookup/card", {"q": name}).json["items"]
    return found | {
        "lookup": item["detail"],
        "badge of the lookup": item["status"]["text"],
        "file for the court": court_file,
    }


def test_every_place_shows_the_same_status(app, db_session, client_as, suspect):
    investigator, person_id = client_as("investigator.bb"), suspect.person_id
    order = make_active_order(person=suspect.person, case=suspect.case)
    order_id, name = order.id, str(suspect.person)
    act_id = confirm(add_act("access", person=suspect.person)).id
    db_session.commit()
    row = {"person_id": person_id, "entity": "person", "entity_id": person_id, "since": date(2026, 1, 5)}
    places = ("page of the person", "card", "file of the person", "list of people")
    labels = {key: code.name_km for key, code in code_lists.all_lists()["person_status"].items()}
    assert set(labels) == set(STRONGEST_FIRST)
    for shown, label in labels.items():
        db.session.execute(delete(PersonStatus))
        db.session.execute(insert(PersonStatus), [row | {"status": shown}])
        db.session.commit()
        texts = find_texts(app, investigator, suspect, places)
        texts |= find_statuses(app, investigator, order_id, act_id)
        for place, text in texts.items():
            assert label in text, (shown, place)
            others = {one for one in labels.values() if one not in label and label not in one}
            assert place not in ONE_STATUS or not any(one in text for one in others), (shown, place)
        for filtered in {shown, STRONGEST_FIRST[0]}:
            listed = investigator.page(f"/person/list/?_flt_0_standing={filtered}").all("table")
            assert any(name in one.text for one in listed) is (filtered == shown), (shown, filtered)


@pytest.fixture
def order(db_session, suspect):
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    return order


def find_states(app, browser, order_id):
    """Return place → the label of the state of the order, or whether the place shows its person as wanted under it."""
    with read_as(app, "warrant.bb"):
        order = db.session.get(CourtOrder, order_id)
        listed = patrol_lists.load_orders(WorklistQuery(), queries.current_scope(), "PC-02")
        wanted = {
            "patrol list": order in listed,
            "bulletin": not bulletins.explain_refusal(order),
        }
        person_id, number = order.person_id, order.number
    person, work_list = browser.page(f"/person/show/{person_id}"), browser.page("/orders/worklist/")
    rows = [row for row in work_list.all("tr") if number in row.text]
    wanted |= {
        "page of the person": any(WANTED_LABEL in one.text for one in person.all("span", css="status")),
        "work list": any(NOT_WANTED not in row.text for row in rows),
    }
    labels = {
        "order": browser.page(f"/courtorder/show/{order_id}").text,
        "list of orders": next(
            row.text for row in browser.page("/courtorder/list/").all("tr") if number in row.text
        ),
        "timeline": next(one.text for one in person.all("li") if number in one.text),
        "file of the person": print_person(app, person_id),
    }
    return wanted, labels, len(rows)


def count_open_orders(browser):
    """Return the number of open orders on the dashboard."""
    page = browser.page("/")
    lines = [*page.all("p", css="big"), *page.all("p", css="empty-cards")]
    links = [link for line in lines for link in line.all("a") if link["href"] == "/orders/worklist/"]
    return int(links[0].text.split()[-1])


def test_every_place_shows_the_same_state_of_an_order(app, db_session, client_as, order):
    officer, order_id, person_id = client_as("warrant.bb"), order.id, order.person_id
    program, labels = Program(officer), code_lists.all_lists()["order_status"]
    for state, code in labels.items():
        db.session.connection().execute(update(CourtOrder.__table__).values(status=state))
        status.refresh_statuses(db.session, [person_id])
        db.session.commit()
        is_active = state == state_machine.ACTIVE
        wanted, texts, rows = find_states(app, officer, order_id)
        assert set(wanted.values()) == {is_active}, (state, wanted)
        assert (rows, count_open_orders(officer)) == (is_active, is_active), state
        for place, text in texts.items():
            assert code.name_km in text, (state, place)
        assert program.get(f"court-orders/{order_id}")["result"]["status"] == state
        assert len(program.get("court-orders/", status=state)["result"]) == 1


def test_no_place_shows_a_dead_person_or_a_child_as_wanted(app, db_session, client_as, order):
    officer, order_id, person_id = client_as("warrant.bb"), order.id, order.person_id
    birth = order.person.born_on

    def correct_birth(day):
        of_person = update(Person.__table__).where(Person.id == person_id)
        db.session.connection().execute(of_person.values(born_on=day))

    def report_death():
        correct_birth(birth)
        db.session.expire_all()
        confirm_death(db.session.get(Person, person_id))

    for change in (lambda: correct_birth(date(2020, 1, 5)), report_death):
        change()
        status.refresh_statuses(db.session, [person_id])
        db.session.commit()
        with read_as(app, "warrant.bb"):
            order = db.session.get(CourtOrder, order_id)
            assert order.status == state_machine.ACTIVE and not order.is_wanted
            assert not patrol_lists.load_orders(WorklistQuery(), queries.current_scope(), "PC-02")
            assert bulletins.explain_refusal(order)
            found = status.get_statuses(db.session, [person_id]).get(person_id)
            assert found is None or found.status != WANTED
        for address in (f"/courtorder/show/{order_id}", "/orders/worklist/"):
            assert NOT_WANTED in officer.page(address).text, address


def test_change_feed_names_what_changed_with_its_state(db_session, client_as, order):
    program = Program(client_as("warrant.bb"))
    cursor = program.get("changes/", after="end")["next"]
    add_event(order, "recalled", **make_document(order))
    db_session.commit()
    changes = program.get("changes/", after=cursor)["result"]
    (change,) = [one for one in changes if one["resource"] == "court-orders"]
    stored = program.get(f"court-orders/{order.id}")["result"]
    assert (change["id"], change["version"]) == (order.id, stored["version"])
    assert stored["status"] == state_machine.RECALLED
