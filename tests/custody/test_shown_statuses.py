"""Every page, list, card, printout and export shows the same status of a person and the same role in a case."""

from datetime import date

import pytest
from sqlalchemy import delete, insert, update

from app.audit_review import court_access
from app.cases import completeness, court_findings
from app.cases.models import Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.court_orders import queries, state_machine
from app.court_orders.models import CourtOrder
from app.court_orders.worklist import WorklistQuery
from app.duplicates import comparison
from app.exports.row_stream import ExportTable
from app.extensions import db
from app.imports import transfer_tables
from app.indices import network
from app.investigation import lookups
from app.kernel.schema import code_lists
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.people.status import STRONGEST_FIRST, WANTED, PersonStatus
from app.printouts import bulletins, patrol_lists, person_files
from app.series.models import CaseSeries, CaseSeriesMember
from app.statistics import facts, store
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import enter_judgment, format_day, make_suspect, send_form
from tests.exports.file_contents import download, parse_workbook, read_text, run_export, unzip
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared
from tests.printouts.pdf_text import build_case_sheet, collect_text, read_as
from tests.retention.sample_acts import add_act, confirm
from tests.sample_rows import acting_as, add_registered_case
from tests.search.conftest import search_page
from tests.sql_calls import Program

ROLES = {
    "convicted_not_final": "ពិរុទ្ធជន (សាលក្រមមិនទាន់ស្ថាពរ)", "convicted": "ទណ្ឌិត",
}  # fmt: skip


ONE_STATUS = (
    "people of the case",
    "lookup",
    "badge of the lookup",
    "suggestion",
)  # these say no more about the person
WANTED_LABEL, NOT_WANTED = "កំពុងតាមចាប់ខ្លួន", "គ្មាននរណាត្រូវតាមចាប់ខ្លួនតាមដីកានេះទេ"


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 60)


@pytest.fixture
def series(db_session, suspect):
    """The id of a series of two cases with the suspect."""
    with acting_as("clerk.bb"):
        other = add_registered_case(people=[(suspect.person, "suspect")])
    day = dates.now().date()
    found = CaseSeries(
        family="property", province_code="02", first_day=day, last_day=day, common={}, found_at=dates.now()
    )
    found.members = [CaseSeriesMember(case_id=one.id) for one in (suspect.case, other)]
    db_session.add(found)
    db_session.commit()
    return found.id


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
            one.text
            for one in browser.page(f"/case/show/{case_id}").all("td")
            if one.all("a", css="plainlink")
        ),
        "card": lambda: search_page(browser, name).all("li", css="result")[0].text,
        "case sheet": lambda: collect_text(build_case_sheet(app, "investigator.bb", case_id)),
        "file of the person": lambda: print_person(app, person_id),
        "list of people": lambda: browser.page("/person/list/").all("table")[0].text,
    }
    return {place: texts[place]() for place in places}


def find_roles(app, browser, suspect, noise):
    """Return place → the text in which the role of the suspect is stated, of the places that are no part of `find_texts`."""
    case_id, person_id = suspect.case_id, suspect.person_id
    files = unzip(download(browser, run_export(browser, f"/export/case/{case_id}")))
    with read_as(app, "chief.bb"):
        row = db.session.get(Involvement, suspect.id)
        sides = comparison.load_sides([person_id, noise])
        edges = network.find_network(network.CASE, row.case, 1).edges
        return {
            "export": files["involvement.csv"].decode(),
            "list of people in cases": browser.page("/involvement/list/").all("table")[0].text,
            "person in a case": browser.page(f"/involvement/show/{row.id}").text,
            "lookup of a person in a case": str(lookups.find_people(row.case.number)),
            "comparison of two people": sides[0].values["cases"],
            "link chart": " ".join(one.word for one in edges if (network.PERSON, person_id) == one.second),
        }


def find_figures(case_id):
    """Return (role, decision) of the people of a case in the statistics."""
    names = [one.split()[0] for one in store.TABLES["people"].split(",")]
    rows = facts.read_cases(db.session, lambda column: column == case_id, b"key")["people"]
    return [(row["role"], row["decision"]) for row in (dict(zip(names, one, strict=True)) for one in rows)]


def find_transferred(case_id):
    """Return the roles of the people of a case in the set for another system."""
    rows, _people = transfer_tables._build_case_rows([case_id])
    return [row["involvement.role"] for row in rows if "involvement.role" in row]


def test_every_place_shows_the_role_of_the_judgments_in_force(app, db_session, client_as, suspect, series):
    clerk, investigator = client_as("clerk.bb"), client_as("investigator.bb")
    judgment_id = enter_judgment(clerk, suspect, decided_on=format_day(-50))
    db.session.get(Involvement, suspect.id).role = "convicted_not_final"
    db_session.commit()
    places = ("timeline", "case", "card", "case sheet", "file of the person")
    labels = code_lists.all_lists()["role"]

    def check(expected, verdict=None):
        """Check that each place shows the role, and the verdict that has ended the accusation."""
        suspect = db.session.get(Involvement, suspect_id)
        texts = find_texts(app, investigator, suspect, places)
        texts |= find_roles(app, investigator, suspect, noise_id)
        (role,) = expected or {"suspect" if verdict else "accused"}  # a judgment was given
        for name, text in texts.items():
            if verdict and name == "link chart":
                assert not text, "the chart shows no ended accusation"
                continue
            assert {role for role, label in ROLES.items() if label in text} == expected, name
            assert labels[role].name_km in text, name
            shown = code_lists.label("verdict", "acquitted") in text
            assert shown is bool(verdict), (name, text)
        named = f"/person/show/{suspect.person_id}"
        page = investigator.page(f"/caseseries/show/{series}")
        assert bool(page.all("a", href=named)) is not bool(verdict), "suspects of the series"
        assert find_figures(suspect.case_id) == [(role, verdict)]
        assert find_transferred(suspect.case_id) == ([] if verdict else ["suspect"])
        counted = completeness.count_suspects_by_role(
            suspect.case, court_findings.find_current_roles([suspect])
        )
        assert counted == ({} if verdict else {role: 1})
        program = Program(investigator)
        answer = program.get(f"involvements/{suspect.id}")["result"]
        assert (answer["role"], answer["current_role"]) == ("convicted_not_final", role)
        for one in SUSPECT_ROLES:
            found = program.get("involvements/", role=one)["result"]
            shown = [row["current_role"] for row in found if row["id"] == suspect.id]
            assert shown == [role] * (one == role)

    suspect_id, noise_id = suspect.id, make_suspect(number=9).person_id
    check({"convicted_not_final"})
    typed = {"judgment": judgment_id, "document_no": "5/26"}
    send_form(clerk, "judgmentstep", kind="final", done_on=format_day(-10), **typed)
    check({"convicted"})
    send_form(clerk, "judgmentstep", kind="set_aside", done_on=format_day(), **typed)
    check(set())
    again = enter_judgment(
        clerk, db.session.get(Involvement, suspect_id), verdict="acquitted", decided_on=format_day(-3), court_no="9/26"
    )  # fmt: skip
    send_form(clerk, "judgmentstep", judgment=again, kind="final", done_on=format_day(), document_no="6/26")
    check(set(), "acquitted")


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
    suggested = browser.send("/find/suggest", {"q": name}).json["items"]
    return found | {
        "lookup": item["detail"],
        "badge of the lookup": item["status"]["text"],
        "suggestion": next(one["status"] for one in suggested if one.get("status")),
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
        for filtered in {shown, status.CLEARED}:
            found = search_page(investigator, name, status=filtered).all("li", css="result")
            assert bool(found) is (filtered == shown), ("search", shown, filtered)


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
        person_id, number, case_id = order.person_id, order.number, order.case_id
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
        "case": browser.page(f"/case/show/{case_id}").text,
        "timeline": next(one.text for one in person.all("li") if number in one.text),
        "file of the person": print_person(app, person_id),
    }
    return wanted, labels, len(rows)


def format_row(app, order_id):
    """Return the row of an order in a file."""
    view = next(one for one in app.appbuilder.baseviews if getattr(one, "endpoint", "") == "CourtOrderView")
    with read_as(app, "investigator.bb"):
        table = ExportTable(view, [CourtOrder.id == order_id])
        (batch,) = table.iter_batches()
        return str([column.format_values(one) for column, one in zip(table.columns, batch, strict=True)])


def export_orders(browser):
    """Return format → the text of the list of orders as a file."""
    files = {
        one: download(browser, run_export(browser, "/export/table/CourtOrderView", one))
        for one in ("csv", "xlsx")
    }
    return {"csv": read_text(files["csv"]), "xlsx": str(parse_workbook(files["xlsx"]))}


def count_open_orders(browser):
    """Return the number of open orders on the dashboard."""
    page = browser.page("/")
    lines = [*page.all("p", css="big"), *page.all(css="all-places")]
    links = [link for line in lines for link in line.all("a") if link["href"] == "/orders/worklist/"]
    return int(links[0].text.split()[-1])


def test_every_place_shows_the_same_state_of_an_order(app, db_session, client_as, order):
    officer, order_id, person_id = client_as("warrant.bb"), order.id, order.person_id
    program, labels = Program(officer), code_lists.all_lists()["order_status"]
    investigator = client_as("investigator.bb")
    for state, code in labels.items():
        db.session.connection().execute(update(CourtOrder.__table__).values(status=state))
        status.refresh_statuses(db.session, [person_id])
        db.session.commit()
        is_active = state == state_machine.ACTIVE
        wanted, texts, rows = find_states(app, officer, order_id)
        assert set(wanted.values()) == {is_active}, (state, wanted)
        assert (rows, count_open_orders(officer)) == (is_active, is_active), state
        texts |= {"export": format_row(app, order_id)}
        texts |= export_orders(investigator) if state == state_machine.EXECUTED else {}
        (transferred,), _people = transfer_tables._build_order_rows([order_id])
        assert transferred["order.state"] == state
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
