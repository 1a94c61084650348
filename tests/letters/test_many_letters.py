"""The list of incoming letters costs the same with 1,000 and with 100,000 letters of the unit."""

import pytest
from sqlalchemy import text

from app.letters.models import Letter, LetterRecipient
from tests.letters.sample_letters import send_letter
from tests.query_plans import planned

INCOMING = "/letter/list/?_flt_0_box=in"
PAGES = ("/letter/list/", INCOMING, f"{INCOMING}&_oc_LetterView=due_at&_od_LetterView=asc", "/inbox/list/")
STEPS = 10  # of SQLite's virtual machine, between two counts


def copy_rows(connection, model, first, last, **over):
    """Insert copies of the first row of a table, with these ids."""
    names = [column.name for column in model.__table__.columns]
    values = ", ".join(over.get(name, f'old."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    numbers = (
        "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
    )
    oldest = " ".join(("(SELECT * FROM", model.__tablename__, "ORDER BY id LIMIT 1) old"))
    copy = (
        "INSERT INTO",
        model.__tablename__,
        f"({columns})",
        numbers,
        "SELECT",
        values,
        "FROM numbers,",
        oldest,
    )
    connection.execute(text(" ".join(copy)), {"first": first, "last": last})


def add_letters(register, first, last):
    with register.owner.begin() as connection:
        copy_rows(connection, Letter, first, last, id="n", number="'L' || n")
        copy_rows(connection, LetterRecipient, first, last, id="n", letter_id="n")


def count_steps(register, browser, page):
    """Return the work of the database for the page, in steps of SQLite's virtual machine."""
    with planned(register) as asked:
        assert browser.get(page).status_code == 200
    steps = 0

    def count():
        nonlocal steps
        steps += STEPS

    with register.owner.connect() as connection:
        driver = connection.connection.driver_connection
        driver.set_progress_handler(count, STEPS)
        try:
            for statement, parameters in asked:
                connection.exec_driver_sql(statement, parameters).all()
        finally:
            driver.set_progress_handler(None, 0)
    return steps


@pytest.mark.slow
def test_list_of_many_letters_costs_no_more(register, client_as, db_session):
    letter = send_letter(client_as)
    reader = client_as("clerk.pp", "en")
    first, steps = letter.id + 1, []
    for last in (1_000, 100_000):
        add_letters(register, first, last)
        first = last + 1
        for page in PAGES:
            reader.get(page)
        steps.append({page: count_steps(register, reader, page) for page in PAGES})
    few, many = steps
    assert {page: (few[page], many[page]) for page in PAGES if many[page] > 1.15 * few[page]} == {}
