"""Query plans of imports start from the row values, also before SQLite has table statistics."""

import re
from importlib.resources import files

from tests.imports.steps import import_file
from tests.search.test_plans import recorded_statements

SAMPLE = files("app.imports") / "samples" / "ecrime-2010.csv"
# Columns in which most rows have the same value.
UNSELECTIVE = re.compile(r"\((role|merged_into_id|voided_at|status|sex|sensitivity|hidden)=\?\)$")


def explain(register, statement, parameters):
    with register.owner.connect() as connection:
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
    return [row[3] for row in rows if UNSELECTIVE.search(row[3])]


def test_import_queries_use_selective_indexes(register, db_session):
    with recorded_statements() as queries:
        import_file("ecrime-2010", SAMPLE)
    assert any("WITH periods" in one for one in queries), "no query for similar cases"
    assert any("name_bearer" in one for one in queries), "no query for names that sound alike"
    plans = {one: explain(register, one, parameters) for one, parameters in queries.items()}
    assert not {one: steps for one, steps in plans.items() if steps}
