"""Limits of SQL statements for each page, with thirty cases and persons on either database. No row adds a
statement.
"""

import pytest

from app import menu, roles
from app.accounts import demo_users
from app.cases.models import CaseOffence
from app.investigation.models import Charge, InvestigationAct
from app.kernel.audit import access_log
from app.kernel.screens.record_view import RecordView
from app.protection_orders.models import ProtectionOrder
from tests.matrix.provinces import at_home
from tests.prepared import prepared
from tests.sample_rows import (
    acting_as,
    add_photo,
    add_registered_case,
    make_registered_person,
    make_sample_row,
)
from tests.statement_counts import counted

PEOPLE = 30
FIRST_PAGE = 15 * 1024  # bytes, as they are sent

# The access log entry is written before the page: one statement locks the end of the log, one adds the entry.
LOOK = 2

# The list of every record view, with the saved views of the reader; a view with other queries has its own line in PAGES.
LISTS = {
    f"{view.route_base}/list/": 3 + (LOOK if access_log.LIST in view.needs_purpose else 0)
    for view in (*(entry[0] for entry in menu.SCREENS), *menu.HIDDEN_VIEWS)
    if issubclass(view, RecordView) and "can_list" in view.base_permissions
}

# page → largest number of statements. The first page loads the user with their roles and all cache versions.
PAGES = LISTS | {
    "/involvement/list/": 4 + LOOK,  # with the decisions about its people
    "/item/list/": 4 + LOOK,  # with the numbers of the exhibits
    "/about-the-data/": 2,
    "/find/": 3,
    "/text-search/": 2,
    "/": 6,  # with the offences of the latest cases
    "/person/list/": 4 + LOOK,  # with the photos of its rows
    "/person/list/?_oc_PersonView=name&_od_PersonView=desc": 4 + LOOK,
    "/duplicate/list/": 7 + LOOK,
    "/merge/list/": 4,
    "/case/list/": 4,  # with the offences of its rows
    # Of a person: cases, orders, custody, and the related rows of each entry in the timeline; the decisions about them.
    "/person/show/{person}": 6 + LOOK,
    "/in-custody/list/": 3,
    "/releases-due/list/": 3,
    "/supervision/list/": 3,
    "/case/show/{case}": 10 + LOOK,
    "/place/show/020310": 4,
    "/law/show/PC2009": 4,
    "/entry/": 2,
    "/entry/a-new-entry": 3,
    "/personname/add": 3,
    "/supplement/add": 3,
    "/person/edit/{person}": 3 + LOOK,
    "/case/edit/{case}": 3 + LOOK,
    "/involvement/edit/{involvement}": 3 + LOOK,  # one asks for a pending correction of the protection
    "/personname/edit/{name}": 3 + LOOK,
    "/api/v1/persons/": 2 + LOOK,
    "/api/v1/persons/{person}": 2 + LOOK,
    "/lookup/place?q=svay": 2,
    "/lookup/offence?q=353": 2,
}


@prepared
def ids(db_session):
    """Add thirty cases, each with its own suspect and protected victim; return the ids of one of each."""
    with acting_as("clerk.bb"):
        for number in range(PEOPLE):
            suspect, victim = (add_photo(make_registered_person(number + PEOPLE * n)) for n in range(2))
            people = [(suspect, "suspect"), (victim, "victim")]
            case = add_registered_case(people=people, sensitivity="sexual")
        db_session.commit()
        return {
            "person": suspect.id, "case": case.id, "involvement": case.involvements[0].id, "name": suspect.names[0].id,
        }  # fmt: skip


def test_no_page_takes_more_statements_than_it_may(register, clerk, ids, each_database):
    too_many, forbidden = {}, []
    for page, most in PAGES.items():
        url = page.format(**ids)
        if clerk.get(url).status_code == 403 and page in LISTS:  # also fills the caches of the process
            forbidden.append(page)
            continue
        with counted(register) as statements:
            answer = clerk.get(url)
        assert answer.status_code in (200, 302), f"{page}: {answer.status_code}"
        if len(statements) > most:
            told = "\n    ".join(" ".join(statement.split())[:150] for statement in statements)
            too_many[page] = f"{len(statements)} instead of {most}:\n    {told}"
    assert not too_many, "\n".join(f"{page}: {told}" for page, told in too_many.items())
    assert forbidden == [
        "/import/list/",
        "/caseseries/list/",
        "/preventionprogramme/list/",
        "/officialreport/list/",
        "/retentionreview/list/",
        "/retentionact/list/",
        "/minorcontact/list/",
        "/minorstep/list/",
        "/question/list/",
    ]  # a clerk may open the others


def test_first_page_of_each_role_is_small(register, client_as, ids, each_database):
    """The most rows that a page shows are there: thirty cases and people of the reader's area."""
    first_of_role = {role: name for name, _full_name, role, *_where in reversed(demo_users.USERS)}
    assert first_of_role.keys() == roles.TABLE.keys()
    found = {}
    for role, name in first_of_role.items():
        browser = client_as(name)
        browser.get("/", headers={"Accept-Encoding": "br"})  # also fills the caches of the process
        with counted(register) as statements:
            answer = browser.get("/", headers={"Accept-Encoding": "br"})
        assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, "br")
        found[role] = len(statements), len(answer.data)
    assert all(count <= PAGES["/"] and size <= FIRST_PAGE for count, size in found.values()), found


@pytest.mark.parametrize("reader", ["clerk.bb", "chief.bb"])
def test_case_with_more_rows_takes_no_more_statements(register, client_as, db_session, reader):
    """A case with rows of every feature: its letters, and the many features, take one statement each."""
    case, browser = at_home().case, client_as(reader)
    pk = case.id
    db_session.commit()

    def count_statements():
        browser.page(f"/case/show/{pk}")
        with counted(register) as statements:
            browser.page(f"/case/show/{pk}")
        return len(statements)

    before = count_statements()
    with acting_as("clerk.bb"):
        for _number in range(2):
            case.offences.append(
                CaseOffence(offence=case.offences[0].offence, offence_class="felony", attempt=True)
            )
            db_session.flush()
            charge = make_sample_row(Charge, case)
            charge.case_offence = case.offences[-1]
            db_session.add_all(
                [charge, make_sample_row(InvestigationAct, case), make_sample_row(ProtectionOrder, case)]
            )
        db_session.commit()
    assert count_statements() == before <= PAGES["/case/show/{case}"] + 1


@pytest.mark.parametrize("page", ["arrest", "custody", "charge", "investigationact"])
def test_list_of_procedure_takes_no_statement_for_a_row(register, clerk, db_session, page):
    case = at_home().case
    with acting_as("clerk.bb"):
        case.offences.append(
            CaseOffence(offence=case.offences[0].offence, offence_class="felony", attempt=True)
        )
        db_session.flush()
        charge = make_sample_row(Charge, case)
        charge.case_offence = case.offences[-1]
        db_session.add_all([charge, make_sample_row(InvestigationAct, case)])
    db_session.commit()
    url = f"/{page}/list/"
    clerk.page(url)
    with counted(register) as statements:
        clerk.page(url)
    assert len(statements) <= LISTS[url], "\n".join(statements)


def test_a_longer_list_takes_no_more_statements(register, clerk, ids):
    for page in ("person", "case", "involvement", "exhibit"):

        def count_statements(size, page=page):
            with counted(register) as statements:
                clerk.page(f"/{page}/list/?psize_{page.title()}View={size}")
            return len(statements)

        count_statements(2)  # two rows: a suspect is among them
        assert count_statements(2) == count_statements(25), page


def test_later_list_pages_take_no_more_statements(register, clerk, ids):
    first = clerk.page("/person/list/")
    following = next(a["href"] for a in first.all("a", href=True) if "after_PersonView" in a["href"])
    with counted(register) as statements:
        clerk.page(following)
    assert len(statements) <= PAGES["/person/list/"]


def test_application_start_sends_no_statement(register):
    from app import create_app
    from tests.registers import SECRET

    with counted(register) as statements:
        create_app(SECRET_KEY=SECRET, SQLALCHEMY_DATABASE_URI=register.url)
    assert statements == []
