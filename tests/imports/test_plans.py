"""What an import asks begins with what its rows name, also where SQLite knows nothing yet of tables that a file has just filled."""

import re
from importlib.resources import files

from tests.imports.steps import brought_in
from tests.search.test_plans import statements

SAMPLE = files("app.imports") / "samples" / "ecrime-2010.csv"
# Columns in which most rows of the nation hold the same.
SHARED = re.compile(r"\((role|joined_into_id|voided_at|status|sex|sensitivity|hidden)=\?\)$")


def plan(register, statement, parameters):
    with register.owner.connect() as connection:
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
    return [row[3] for row in rows if SHARED.search(row[3])]


def test_nothing_that_an_import_asks_goes_through_the_nation(register, db_session):
    with statements() as asked:
        brought_in("ecrime-2010", SAMPLE)
    assert any("WITH asked" in one for one in asked), "Nobody looked for similar cases"
    assert any("name_bearer" in one for one in asked), "Nobody looked for names of one sound"
    plans = {one: plan(register, one, parameters) for one, parameters in asked.items()}
    assert not {one: steps for one, steps in plans.items() if steps}
