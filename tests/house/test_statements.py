"""How many SQL statements a page takes, with thirty cases and people on either database, and that no row adds one."""

import pytest

from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by
from tests.statement_counts import counted

PEOPLE = 30

# A look is written down before it is shown: the end of the log is held, then its entry is added.
LOOK = 2

HELD = (
    "arrest", "custody", "custodystep", "detention", "detentionstep", "judgment", "judgmentstep", "sentence",
    "sentencechange", "release", "trackingstep",
)  # fmt: skip

# page → at most so many statements. The first one loads the reader with his roles and the versions of all caches.
PAGES = {
    "/about-the-data/": 2,
    "/find/": 3,
    "/texts/": 2,
    "/": 9,
    "/person/list/": 2 + LOOK,
    "/person/list/?_oc_PersonView=name&_od_PersonView=desc": 2 + LOOK,
    "/duplicate/list/": 6 + LOOK,
    "/joining/list/": 4,
    "/case/list/": 3,  # with the offences of its rows
    "/involvement/list/": 2 + LOOK,
    "/caseoffence/list/": 2,
    "/exhibit/list/": 2,
    "/casefile/list/": 2,
    "/supplement/list/": 2,
    "/personname/list/": 2 + LOOK,
    "/persondocument/list/": 2 + LOOK,
    "/personaddress/list/": 2 + LOOK,
    "/personmark/list/": 2 + LOOK,
    "/personphoto/list/": 2 + LOOK,
    "/place/list/": 2,
    "/unit/list/": 2,
    "/court/list/": 2,
    "/prison/list/": 2,
    "/law/list/": 2,
    "/offence/list/": 2,
    "/code/list/": 2,
    # Of a person: cases, orders, what holds him or did, and what is told of each in the time line.
    "/person/show/{person}": 5 + LOOK,
    "/held-now/list/": 3,
    "/releases-coming/list/": 3,
    "/followed/list/": 3,
    **dict.fromkeys((f"/{name}/list/" for name in HELD), 2 + LOOK),
    "/timelimit/list/": 2,
    "/case/show/{case}": 7 + LOOK,
    "/place/show/020310": 4,
    "/law/show/PC2009": 4,
    "/entry/": 2,
    "/entry/a-new-entry": 3,
    "/personname/add": 3,
    "/supplement/add": 3,
    "/person/edit/{person}": 3 + LOOK,
    "/case/edit/{case}": 3 + LOOK,
    "/involvement/edit/{involvement}": 2 + LOOK,
    "/personname/edit/{name}": 3 + LOOK,
    "/api/v1/persons/": 2 + LOOK,
    "/api/v1/persons/{person}": 2 + LOOK,
    "/lookup/place?q=svay": 2,
    "/lookup/offence?q=353": 2,
}


@pytest.fixture
def ids(db_session):
    """Thirty cases, each with its own suspect and victim; the ids of one of each."""
    with written_by("clerk.bb"):
        for number in range(PEOPLE):
            suspect, victim = (with_photo(a_registered_person(number + PEOPLE * n)) for n in range(2))
            case = a_registered_case(people=[(suspect, "suspect"), (victim, "victim")])
        db_session.commit()
        return {
            "person": suspect.id, "case": case.id, "involvement": case.involvements[0].id, "name": suspect.names[0].id,
        }  # fmt: skip


def test_no_page_takes_more_statements_than_it_may(register, clerk, ids, each_database):
    too_many = {}
    for page, most in PAGES.items():
        url = page.format(**ids)
        clerk.get(url)  # what a process keeps in memory is read once
        with counted(register) as statements:
            answer = clerk.get(url)
        assert answer.status_code in (200, 302), f"{page}: {answer.status_code}"
        if len(statements) > most:
            told = "\n    ".join(" ".join(statement.split())[:150] for statement in statements)
            too_many[page] = f"{len(statements)} instead of {most}:\n    {told}"
    assert not too_many, "\n".join(f"{page}: {told}" for page, told in too_many.items())


def test_a_longer_list_takes_no_more_statements(register, clerk, ids):
    for page in ("person", "case", "involvement", "exhibit"):

        def asked(size, page=page):
            with counted(register) as statements:
                clerk.page(f"/{page}/list/?psize_{page.title()}View={size}")
            return len(statements)

        asked(1)
        assert asked(1) == asked(25), page


def test_another_page_of_a_list_takes_no_more_statements_than_the_first(register, clerk, ids):
    first = clerk.page("/person/list/")
    following = next(a["href"] for a in first.all("a", href=True) if "after_PersonView" in a["href"])
    with counted(register) as statements:
        clerk.page(following)
    assert len(statements) <= PAGES["/person/list/"]


def test_making_an_application_asks_the_database_nothing(register):
    from app import create_app
    from tests.registers import SECRET

    with counted(register) as statements:
        create_app(SECRET_KEY=SECRET, SQLALCHEMY_DATABASE_URI=register.url)
    assert statements == []
